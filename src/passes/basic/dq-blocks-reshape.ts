import { EXACT, fresh, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { QDQ_DISABLED } from '../settings.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf, dtypeOf, staticShape } from '../support/constants.ts';
import { dq } from '../support/quantization.ts';

/**
 * reshape(dequantize(w [N, B, K], s [N, B, 1]), [N, B K]) = dequantize(w [N, B K], s [N, B], axis 1, blocks of K)
 *
 * Exporters that have no blocks write them as an axis of their own. As a matrix in blocks the weight fits MatMulNBits, and
 * the transpose after it moves into the constants. The cast that may follow stays: it rounds.
 */
export const dqBlocksReshape: PatternPass = {
  name: 'dq-matmul-nbits-fusion-l1',
  level: 'basic',
  contract: EXACT,
  unless: [QDQ_DISABLED, ['session.enable_dq_matmulnbits_fusion', '0']],
  doc: 'Makes one matrix of block-quantized weights that have an axis for blocks. reshape(dequantize(w [n, b, k], s [n, b, 1])) = dequantize(w [n, b k], s [n, b]).',
  pattern: op('Reshape', dq('w'), 'shape'),
  rewrite(m) {
    const node = m.node('dq_w');
    const [w, s, z] = [constantOf(m.edge('w')), constantOf(m.edge('w_scale')), constantOf(m.optional('w_zero'))];
    if (w?.dims.length !== 3 || node.int('block_size', 0) === 0) return undefined;
    const [N, B, K] = w.dims as [number, number, number];
    const axis = node.int('axis', 1);
    if ((axis !== 2 && axis !== -1) || node.int('block_size', 0) < K) return refuse('the last axis is not one block');
    if (s === undefined || (z === undefined && m.optional('w_zero') !== undefined)) return refuse('scale or zero point is not constant');
    if (staticShape(m.result)?.join() !== [N, B * K].join()) return refuse('the blocks of a row are not joined');
    if (dtypeOf(m.result) !== s.type) return refuse('the scale is of another type than the result');
    const matrix = fresh('matrix');
    const inputs = [matrix, newConstant('scales', s.reshape([N, B])), z && newConstant('zero_points', z.reshape([N, B]))];
    return replaceBy(
      newNode('Reshape', [m.edge('w'), m.edge('shape')], [matrix]),
      newNode('DequantizeLinear', inputs, [m.result], { ...attributesOf(node), axis: 1, block_size: K }),
    );
  },
};
