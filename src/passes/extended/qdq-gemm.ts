import { LSB, newNode, refuse, replaceBy, ulp, type Patch, type PatternPass, type Refusal } from '../pass.ts';
import { as, op, type Match } from '../pattern.ts';
import { bias, integerBias, unitsOf } from '../support/bias.ts';
import { readScalar } from '../support/constants.ts';
import { dequantized, dq, isRefusal, pairingRefusal, q, quantizedResult, type Quantized } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

const gemm = as('gemm', op('Gemm', dq('a'), dq('b_matrix'), bias));

/** quantize(Gemm(dequantize(a), dequantize(b), c)) = QGemm(a, b, c) */
export const qdqGemm: PatternPass = {
  name: 'qdq-gemm',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Runs Gemm on integers. quantize(gemm(dequantize(a), dequantize(b), c)) = QGemm(a, b, c).',
  pattern: q(gemm),
  rewrite(m) {
    const y = quantizedResult(m);
    return isRefusal(y) ? y : fuse(m, y);
  },
};

/** Gemm(dequantize(a), dequantize(b), dequantize(c)) = QGemm(a, b, c) where the result stays float */
export const qdqGemmToFloat: PatternPass = {
  name: 'qdq-gemm-to-float',
  level: 'extended',
  contract: ulp(64),
  unless: [QDQ_DISABLED],
  doc: 'Runs Gemm on integers where the result stays float. gemm(dequantize(a), dequantize(b), dequantize(c)) = QGemm(a, b, c).',
  pattern: gemm,
  rewrite: (m) => fuse(m, undefined),
};

// QGemm adds C to the integer sums, so it must come in units of alpha * a_scale * b_scale, and beta must be 1.
function fuse(m: Match, y: Quantized | undefined): Patch | Refusal {
  const node = m.node('gemm');
  const a = dequantized(m, 'a');
  if (isRefusal(a)) return a;
  const b = dequantized(m, 'b_matrix', { axis: node.int('transB', 0) === 0 ? 1 : 0, rank: 2 });
  if (isRefusal(b)) return b;
  const pairing = pairingRefusal(a, b, y);
  if (pairing !== undefined) return pairing;
  const hasBias = node.inputs[2] !== undefined;
  if (hasBias && node.float('beta', 1) !== 1) return refuse('beta is not 1');
  const units = unitsOf(m.edge('a_scale'), m.edge('b_matrix_scale'), node.float('alpha', 1));
  if (units.some((u) => !(u > 0))) return refuse('alpha is not positive');
  const c = integerBias(m, units, y === undefined ? undefined : readScalar(m.edge('y_scale')));
  if (c !== undefined && isRefusal(c)) return c;
  const inputs = [a.value, a.scale, a.zero, b.value, b.scale, b.zero, c, y?.scale, y?.zero];
  const attributes = { alpha: node.float('alpha', 1), transA: node.int('transA', 0), transB: node.int('transB', 0) };
  return replaceBy(newNode('com.microsoft.QGemm', inputs, [m.result], attributes));
}
