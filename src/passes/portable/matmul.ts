import type { Edge } from '../../graph/index.ts';
import { pack, type DType } from '../../tensor/index.ts';
import { newConstant, refuse, ulp, type PatternPass } from '../pass.ts';
import { constantOf, dtypeOf, numbersOf, rankOf } from '../support/constants.ts';
import { unpackRows } from '../support/nbits.ts';
import { lowering, Sequence, type Argument } from './lowering.ts';

export const lowerMatMulNBits: PatternPass = lowering(
  'lower-matmul-nbits', 'com.microsoft.MatMulNBits', ulp(64),
  'Dequantizes block-quantized weights by DequantizeLinear. MatMulNBits(a, w) = matmul(a, dequantize(w)) + bias.',
  (node) => {
    const [a, weight, scales, zeros, order, bias] = node.inputs;
    const [K, N, bits, blockSize] = [node.int('K', 0), node.int('N', 0), node.int('bits', 4), node.int('block_size', 0)];
    const [w, s, z] = [constantOf(weight), constantOf(scales), constantOf(zeros)];
    if (node.graph.opsetOf('') < 21) return refuse('DequantizeLinear knows no blocks before opset 21');
    if (w === undefined || s === undefined || (zeros !== undefined && z === undefined)) return refuse('weight, scales or zero points are not constant');
    if (bits !== 4 && bits !== 8) return refuse('the weight is of neither 4 nor 8 bits');
    if (order !== undefined) return refuse('rows are reordered by g_idx');
    if (z !== undefined && z.type !== 'uint8') return refuse('zero points are not integers');
    const blocks = Math.ceil(K / blockSize);
    const offset = z === undefined ? 1 << (bits - 1) : 0;
    const type = `${z === undefined ? 'int' : 'uint'}${bits}` as DType;
    const rowScales = numbersOf(s)!;
    const inputs = [
      newConstant('weight', pack(type, unpackRows(w, N, K, bits, offset), [K, N])),
      newConstant('scales', pack(s.type, Array.from({ length: blocks * N }, (_, i) => rowScales[(i % N) * blocks + Math.floor(i / N)]!), [blocks, N])),
      z && newConstant('zero_points', pack(type, unpackRows(z, N, blocks, bits, 0), [blocks, N])),
    ];
    const sequence = new Sequence(node);
    const dequantized = sequence.make('DequantizeLinear', inputs, { axis: 0, block_size: blockSize });
    if (bias === undefined) sequence.end('MatMul', [a, dequantized]);
    else sequence.end('Add', [sequence.make('MatMul', [a, dequantized]), bias]);
    return sequence.patch();
  },
);

export const lowerFusedMatMul: PatternPass = lowering(
  'lower-fused-matmul', 'com.microsoft.FusedMatMul', ulp(16), "Writes transpositions and the factor out. FusedMatMul(a, b) = alpha matmul(a', b').",
  (node) => {
    if (node.int('transBatchA', 0) !== 0 || node.int('transBatchB', 0) !== 0) return refuse('batch axes are transposed');
    const s = new Sequence(node);
    const operands: Argument[] = [];
    for (const [i, attribute] of (['transA', 'transB'] as const).entries()) {
      const edge: Edge = node.inputs[i]!;
      const rank = rankOf(edge);
      if (node.int(attribute, 0) === 0 || rank === 1) operands.push(edge);
      else if (rank === undefined) return refuse('the rank is unknown');
      else operands.push(s.make('Transpose', [edge], { perm: [...Array(rank - 2).keys(), rank - 1, rank - 2] }));
    }
    const alpha = node.float('alpha', 1);
    if (alpha === 1) s.end('MatMul', operands);
    else s.end('Mul', [s.make('MatMul', operands), s.number('alpha', alpha)]);
    return s.patch();
  },
);

export const lowerMatMulIntegerToFloat: PatternPass = lowering(
  'lower-matmul-integer-to-float', 'com.microsoft.MatMulIntegerToFloat', ulp(4),
  'Writes the scaling out. MatMulIntegerToFloat(a, b) = cast(MatMulInteger(a, b)) (a_scale b_scale) + bias.',
  (node) => {
    if (dtypeOf(node.outputs[0]) !== 'float32') return refuse('the result is not float32');
    const [a, b, aScale, bScale, aZero, bZero, bias] = node.inputs;
    const s = new Sequence(node);
    endScaled(s, s.make('MatMulInteger', [a, b, aZero, bZero]), s.make('Mul', [aScale, bScale]), bias);
    return s.patch();
  },
);

export const lowerDynamicQuantizeMatMul: PatternPass = lowering(
  'lower-dynamic-quantize-matmul', 'com.microsoft.DynamicQuantizeMatMul', ulp(4),
  'Quantizes the activation by a node of its own. DynamicQuantizeMatMul(x, b) = cast(MatMulInteger(DynamicQuantizeLinear(x), b)) (x_scale b_scale) + bias.',
  (node) => {
    const [x, b, bScale, bZero, bias] = node.inputs;
    const s = new Sequence(node);
    const [quantized, scale, zero] = s.makeThree('DynamicQuantizeLinear', [x]);
    endScaled(s, s.make('MatMulInteger', [quantized, b, zero, bZero]), s.make('Mul', [scale, bScale]), bias);
    return s.patch();
  },
);

const FLOAT32 = 1;

function endScaled(s: Sequence, product: Argument, scale: Argument, bias: Argument | undefined): void {
  const factors = [s.make('Cast', [product], { to: FLOAT32 }), scale];
  if (bias === undefined) s.end('Mul', factors);
  else s.end('Add', [s.make('Mul', factors), bias]);
}
