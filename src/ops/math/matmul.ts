import { defineOp } from '../define.ts';
import { einsumShape } from './einsum.ts';
import { fusedMatMulShape, gemmShape, matMulShape } from './infer-matmul.ts';

export const matMul = defineOp('MatMul', {
  doc: 'y[.., m, n] = sum over k of a[.., m, k] * b[.., k, n], leading axes broadcast; a 1-D operand is a row or a column.',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'Y:T', types: { T: 'floats' } },
    9: { types: { T: 'floats int32 int64 uint32 uint64' } },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
  },
  infer: matMulShape,
});

export const gemm = defineOp('Gemm', {
  doc: "y = alpha * a' * b' + beta * c, where ' transposes when transA or transB ask for it and c broadcasts to y.",
  versions: {
    1: {
      inputs: 'A:T B:T C:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { alpha: 'float=1', beta: 'float=1', broadcast: 'int=0', transA: 'int=0', transB: 'int=0' },
    },
    6: {},
    7: { without: ['broadcast'] },
    9: { types: { T: 'floats int32 int64 uint32 uint64' } },
    11: { inputs: 'A:T B:T C?:T' },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
  },
  infer: gemmShape,
});

export const einsum = defineOp('Einsum', {
  doc: 'output = the sum of products of the inputs over the labels of the equation that its output does not name.',
  versions: {
    12: { inputs: 'Inputs*:T', outputs: 'Output:T', types: { T: 'ints uints floats' }, attributes: { equation: 'string!' } },
    28: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: einsumShape,
});

export const fusedMatMul = defineOp('FusedMatMul', {
  doc: "y = alpha * a' * b', where ' swaps the last two axes (trans) and moves the first axis before the last (transBatch).",
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T B:T',
      outputs: 'Y:T',
      types: { T: 'floats bfloat16' },
      attributes: { alpha: 'float=1', transA: 'int=0', transB: 'int=0', transBatchA: 'int=0', transBatchB: 'int=0' },
    },
  },
  infer: fusedMatMulShape,
});

export const fusedGemm = defineOp('FusedGemm', {
  doc: "y = activation(alpha * a' * b' + beta * c).",
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T B:T C?:T',
      outputs: 'Y:T',
      types: { T: 'floats int32 int64 uint32 uint64' },
      attributes: { activation: 'string', activation_alpha: 'float', activation_beta: 'float', activation_gamma: 'float', alpha: 'float=1', beta: 'float=1', transA: 'int=0', transB: 'int=0' },
    },
  },
  infer: gemmShape,
});

export const transposeMatMul = defineOp('TransposeMatMul', {
  doc: "y = alpha * a' * b', where ' swaps the last two axes when transA or transB ask for it.",
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'Y:T', types: { T: 'floats bfloat16' }, attributes: { alpha: 'float=1', transA: 'int=0', transB: 'int=0' } },
  },
  infer: fusedMatMulShape,
});
