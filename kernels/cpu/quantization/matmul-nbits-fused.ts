import { matMulNBitsMlp as mlp, matMulNBitsQkv as qkv } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { normalizeRows } from '../norm/row-norm.ts';
import { floatOutput, type FloatArray } from '../support/index.ts';
import { blockWeights, rowsOf } from './blocks.ts';
import { FUNCTIONS } from './moe-activation.ts';
import { addBias, multiplyRows } from './rows-product.ts';

/** A projection with weights in blocks, as MatMulNBits has them, with packed zero points at their default. */
type Projection = readonly [codes: Tensor, scales: Tensor, bias: Tensor | undefined];

/**
 * x = A, or (A + skip) / sqrt(mean((A + skip)^2) + epsilon) * norm_scale when norm_scale is given; output `sumIndex` is
 * A + skip. A, skip, x: [..., K]
 */
function normalizedInput(attrs: Attrs, a: Tensor, skip: Tensor | undefined, scale: Tensor | undefined, sumIndex: number, ctx: KernelContext) {
  const K = attrs.int('K');
  const values = unpack(a);
  const added = skip && unpack(skip);
  if (added !== undefined && added.length !== values.length) fail('E_SHAPE', 'skip must have the shape of A', { expected: `[${a.dims.join(', ')}]`, found: `[${skip!.dims.join(', ')}]` });
  const sum = added === undefined ? values : Float32Array.from(values, (v, i) => v + added[i]);
  const saved = ctx.wants(sumIndex) ? floatOutput(ctx, sumIndex, a.type, a.dims) : undefined;
  saved?.y.set(sum);
  let x: NumberArray = sum;
  if (scale !== undefined) {
    x = new Float32Array(sum.length);
    normalizeRows(sum, x, { length: K, epsilon: f32(attrs.float('epsilon')), centered: false, step: f32, scale: { values: unpack(scale), row: 0 } });
  }
  return { x, sum: saved?.finish() };
}

/** y = x * W^T + bias. x: [M, K], W: [N, K], y: [M, N] */
function project(attrs: Attrs, x: NumberArray, N: number, [codes, scales, bias]: Projection, y: FloatArray, ctx: KernelContext): void {
  const K = attrs.int('K');
  const M = x.length / K;
  const weights = blockWeights({ K, N, bits: attrs.int('bits'), blockSize: attrs.int('block_size') }, codes, scales);
  multiplyRows(x, M, K, N, rowsOf(weights), y, ctx);
  if (bias !== undefined) addBias(y, unpack(bias), M, N);
}

type MlpInputs = [
  a: Tensor, skip: Tensor | undefined, scale: Tensor | undefined, gate: Tensor, gateScales: Tensor, gateBias: Tensor | undefined,
  up: Tensor, upScales: Tensor, upBias?: Tensor,
];

/** Y = activation(x * gate^T + gate_bias) * (x * up^T + up_bias), x = A or its normalized sum with skip. Y: [..., N] */
export const matMulNBitsMlp = implement(mlp, ({ attrs }) => {
  const N = attrs.int('N');
  const activate = FUNCTIONS[attrs.string('activation')];
  return ([a, skip, scale, gate, gateScales, gateBias, up, upScales, upBias]: MlpInputs, ctx) => {
    const { x, sum } = normalizedInput(attrs, a, skip, scale, 1, ctx);
    const { y, finish } = floatOutput(ctx, 0, a.type, [...a.dims.slice(0, -1), N]);
    const gates = new Float32Array(y.length);
    project(attrs, x, N, [gate, gateScales, gateBias], gates, ctx);
    project(attrs, x, N, [up, upScales, upBias], y, ctx);
    for (let i = 0; i < y.length; i++) y[i] = f32(activate(gates[i])) * y[i];
    return [finish(), sum];
  };
});

type QkvInputs = [
  a: Tensor, skip: Tensor | undefined, scale: Tensor, q: Tensor, qScales: Tensor, qBias: Tensor | undefined,
  k: Tensor, kScales: Tensor, kBias: Tensor | undefined, v: Tensor, vScales: Tensor, vBias?: Tensor,
];

/** Q, K, V = x * W^T + bias with weights of their own, x = the normalized sum of A and skip. Q: [..., Nq], K, V: [..., Nkv] */
export const matMulNBitsQkv = implement(qkv, ({ attrs }) => (
  [a, skip, scale, q, qScales, qBias, k, kScales, kBias, v, vScales, vBias]: QkvInputs, ctx,
) => {
  const { x, sum } = normalizedInput(attrs, a, skip, scale, 3, ctx);
  const outputs = ([[q, qScales, qBias], [k, kScales, kBias], [v, vScales, vBias]] as const).map((projection, i) => {
    const N = attrs.int(i === 0 ? 'Nq' : 'Nkv');
    const { y, finish } = floatOutput(ctx, i, a.type, [...a.dims.slice(0, -1), N]);
    project(attrs, x, N, projection, y, ctx);
    return finish();
  });
  return [...outputs, sum];
});
