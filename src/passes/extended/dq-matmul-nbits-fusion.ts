import { dtypeInfo, type Tensor } from '../../tensor/index.ts';
import { EXACT, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { constantOf, dtypeOf } from '../support/constants.ts';
import { repack } from '../support/nbits.ts';
import { dq } from '../support/quantization.ts';
import { accuracyLevel, QDQ_DISABLED } from '../settings.ts';

const BLOCK_SIZES = new Set([16, 32, 64, 128, 256]);

/**
 * MatMul(a, DequantizeLinear(w, s, z)) = MatMulNBits(a, w', s', z')  for w [K, N] of 2, 4 or 8 bits, in blocks along K
 *
 * Only the layout changes: w' [N, blocks, bytes], s' [N, blocks], z' [N, bytes]. The kernel takes the same differences times the same
 * scales. accuracy_level stays 0, unless the session sets it: from level 4 on, activations are quantized too.
 */
export const dqMatMulNBitsFusion: PatternPass = {
  name: 'dq-matmul-nbits-fusion',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Multiplies by block-quantized weights without unpacking them. matmul(a, dequantize(w)) = MatMulNBits(a, w).',
  pattern: [op('MatMul', 'a', dq('w')), op('Gemm', 'a', dq('w'), 'bias?')],
  rewrite(m, { settings, allowInexact }) {
    const { root } = m;
    const node = m.node('dq_w');
    const blockSize = node.int('block_size', 0);
    if (blockSize === 0) return undefined;
    const transposed = root.int('transB', 0) !== 0;
    const axis = node.int('axis', 1);
    if ((axis < 0 ? axis + 2 : axis) !== (transposed ? 1 : 0)) return refuse('the blocks do not lie along K');
    if (!BLOCK_SIZES.has(blockSize)) return refuse('the block size is not a power of two from 16 to 256');
    if (root.float('alpha', 1) !== 1 || root.float('beta', 1) !== 1 || root.int('transA', 0) !== 0) return refuse('Gemm scales or transposes');
    const [w, s, z] = [constantOf(m.edge('w')), constantOf(m.edge('w_scale')), constantOf(m.optional('w_zero'))];
    if (w === undefined || w.dims.length !== 2) return refuse('the weight is not a constant matrix');
    if (s === undefined || (z === undefined && m.optional('w_zero') !== undefined)) return refuse('scale or zero point is not constant');
    if (!isPackable(w)) return refuse('the weight is not an integer of 2, 4 or 8 bits');
    if (s.type !== 'float32' || dtypeOf(m.edge('a')) !== 'float32') return refuse('the scale is not float32');
    const bias = m.optional('bias');
    const [K, N] = transposed ? [w.dims[1], w.dims[0]] : [w.dims[0], w.dims[1]];
    if (bias !== undefined && constantOf(bias)?.dims.join() !== String(N)) return refuse('the bias is not a constant vector of columns');
    const level = accuracyLevel(settings);
    if (level !== 0 && !allowInexact) return refuse('the accuracy level asked for is inexact');
    const packed = repack(w, s, z, blockSize, transposed);
    const inputs = [
      m.edge('a'), newConstant('weight', packed.weight), newConstant('scales', packed.scales),
      packed.zeros && newConstant('zero_points', packed.zeros), undefined, bias,
    ];
    const attributes = { K, N, bits: dtypeInfo(w.type).bits, block_size: blockSize, accuracy_level: level };
    return replaceBy(newNode('com.microsoft.MatMulNBits', inputs, [m.result], attributes));
  },
};

function isPackable({ type }: Tensor): boolean {
  const { class: cls, bits } = dtypeInfo(type);
  return (cls === 'int' || cls === 'uint') && bits <= 8;
}

/** Add(MatMulNBits(a, w), bias) = MatMulNBits(a, w, bias) */
export const matMulNBitsFusion: PatternPass = {
  name: 'matmul-nbits-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Adds the bias inside MatMulNBits. MatMulNBits(a, w) + bias = MatMulNBits(a, w, bias).',
  pattern: op('Add', as('product', op('com.microsoft.MatMulNBits', 'a', 'w', 's', 'z?', 'g?')), 'bias'),
  rewrite(m) {
    const product = m.node('product');
    const bias = constantOf(m.edge('bias'));
    if (bias === undefined || bias.dims.length !== 1 || bias.size !== product.int('N', 0)) return refuse('the bias is not a constant vector of columns');
    const inputs = [m.edge('a'), m.edge('w'), m.edge('s'), m.optional('z'), m.optional('g'), m.edge('bias')];
    return replaceBy(newNode('com.microsoft.MatMulNBits', inputs, [m.result], Object.fromEntries(product.attributes)));
  },
};
