/** Mixtures of experts: MoE with float weights, QMoE with 2-, 4- or 8-bit ones. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { expectSize, rowsOf, zeroPointsOf } from './blocks.ts';
import { activationOf, type Activation } from './moe-activation.ts';
import { addBias, multiplyRows } from './rows-product.ts';

/** One of an expert's layers: y [M, N] = x [M, K] * W^T + bias, with W [N, K] and bias [N] of expert `e`. */
interface Layer {
  readonly K: number;
  readonly N: number;
  readonly rows: (e: number) => (n: number) => Float32Array;
  readonly bias: NumberArray | undefined;
}

/** Layers of all experts; `gate` (fc3) multiplies the activated first layer. */
interface Experts {
  readonly first: Layer;
  readonly second: Layer;
  readonly gate: Layer | undefined;
}

/** What one token asks of one expert. */
interface Route {
  readonly token: number;
  readonly weight: number;
}

/**
 * y[t] = sum over the experts e that t is routed to of weight * (W2[e] * h + b2[e]), h = activation(W1[e] * x[t] + b1[e]),
 * multiplied by W3[e] * x[t] + b3[e] when there is a third layer. x, y: [tokens, hidden]
 */
function mixture(x: NumberArray, experts: Experts, routes: readonly Route[][], activate: Activation, y: NumberArray, ctx: KernelContext): void {
  const { first, second, gate } = experts;
  const hidden = first.K;
  routes.forEach((chosen, e) => {
    const M = chosen.length;
    if (M === 0) return;
    const input = new Float32Array(M * hidden);
    chosen.forEach(({ token }, m) => { for (let k = 0; k < hidden; k++) input[m * hidden + k] = x[token * hidden + k]; });
    const inner = activate(apply(first, e, input, M, ctx), gate && apply(gate, e, input, M, ctx), M, second.K);
    const result = apply(second, e, inner, M, ctx);
    chosen.forEach(({ token, weight }, m) => {
      for (let k = 0; k < hidden; k++) y[token * hidden + k] = f32(y[token * hidden + k] + f32(weight * result[m * hidden + k]));
    });
  });
}

function apply({ K, N, rows, bias }: Layer, e: number, x: Float32Array, M: number, ctx: KernelContext): Float32Array {
  const y = new Float32Array(M * N);
  multiplyRows(x, M, K, N, rows(e), y, ctx);
  if (bias !== undefined) addBias(y, bias.subarray(e * N, (e + 1) * N), M, N);
  return y;
}

/** The experts of each token: the k largest of its logits (on a tie the later expert), with their weights. */
function route(logits: NumberArray, experts: number, k: number, weigh: (chosen: readonly number[], at: number) => readonly number[]): Route[][] {
  const routes: Route[][] = Array.from({ length: experts }, () => []);
  for (let token = 0; token * experts < logits.length; token++) {
    const at = token * experts;
    const order = Array.from({ length: experts }, (_, e) => e).sort((a, b) => logits[at + b] - logits[at + a] || b - a);
    const chosen = order.slice(0, k);
    const weights = weigh(chosen, at);
    chosen.forEach((e, i) => { if (weights[i] > 0) routes[e].push({ token, weight: weights[i] }); });
  }
  return routes;
}

/** Softmax over some logits. */
function softmax(values: readonly number[]): number[] {
  const max = Math.max(...values);
  const terms = values.map((v) => f32(Math.exp(f32(v - max))));
  const sum = terms.reduce((a, b) => f32(a + b), 0);
  return terms.map((t) => f32(t / sum));
}

const normalized = (weights: readonly number[]): number[] => {
  const sum = weights.reduce((a, b) => f32(a + b), 0);
  return weights.map((w) => (sum === 0 ? 0 : f32(w / sum)));
};

/** Sizes that follow from the operands: hidden from the input, experts from the router, inter from the second layer. */
function sizesOf(attrs: Attrs, input: Tensor, router: Tensor, second: Tensor, perElement: number) {
  const hidden = input.dims.at(-1) ?? 0;
  const experts = router.dims.at(-1) ?? 0;
  const inter = (second.size * perElement) / (hidden * experts);
  const tokens = hidden === 0 ? 0 : input.size / hidden;
  if (router.dims.length !== 2 || router.dims[0] !== tokens || second.dims.length !== 3 || second.dims[0] !== experts || !Number.isInteger(inter)) {
    fail('E_SHAPE', 'input, router_probs and expert weights do not fit together', {
      found: [input, router, second].map((t) => `[${t.dims.join(', ')}]`).join(', '),
    });
  }
  const fused = attrs.string('activation_type') === 'swiglu' && attrs.int('swiglu_fusion') !== 0;
  return { hidden, experts, inter, wide: fused ? 2 * inter : inter };
}

type MoEInputs = [
  input: Tensor, router: Tensor, w1: Tensor, b1: Tensor | undefined, w2: Tensor, b2?: Tensor, w3?: Tensor, b3?: Tensor,
];

/**
 * Routing weights are the softmax of all logits; normalize_routing_weights divides them by the sum of the chosen ones.
 * input, output: [..., hidden], router_probs (logits): [tokens, experts], fc1: [experts, inter, hidden] (swiglu, fused:
 * 2 * inter), fc2: [experts, hidden, inter], fc3: [experts, inter, hidden], biases: [experts, rows]
 */
export const moE = implement(contracts.moE, ({ attrs }) => {
  const activate = activationOf(attrs);
  return ([input, router, w1, b1, w2, b2, w3, b3]: MoEInputs, ctx) => {
    const { hidden, experts, inter, wide } = sizesOf(attrs, input, router, w2, 1);
    const layer = (name: string, w: Tensor, b: Tensor | undefined, N: number, K: number): Layer => {
      expectSize(`${name}_experts_weights`, w, experts * N * K);
      if (b !== undefined) expectSize(`${name}_experts_bias`, b, experts * N);
      const values = unpack(w) as Float32Array;
      return { K, N, rows: (e) => (n) => values.subarray((e * N + n) * K, (e * N + n + 1) * K), bias: b && unpack(b) };
    };
    const logits = unpack(router);
    const routes = route(logits, experts, attrs.int('k'), (chosen, at) => {
      const all = softmax(Array.from(logits.subarray(at, at + experts)));
      const weights = chosen.map((e) => all[e]);
      return attrs.int('normalize_routing_weights') !== 0 ? normalized(weights) : weights;
    });
    const { y, finish } = floatOutput(ctx, 0, input.type, input.dims);
    mixture(unpack(input), {
      first: layer('fc1', w1, b1, wide, hidden), second: layer('fc2', w2, b2, hidden, inter),
      gate: w3 && layer('fc3', w3, b3, inter, hidden),
    }, routes, activate, y, ctx);
    return [finish()];
  };
});

type QMoEInputs = [
  input: Tensor, router: Tensor, w1: Tensor, s1: Tensor | undefined, b1: Tensor | undefined, w2: Tensor, s2?: Tensor, b2?: Tensor,
  w3?: Tensor, s3?: Tensor, b3?: Tensor, z1?: Tensor, z2?: Tensor, z3?: Tensor, routerWeights?: Tensor,
];

/**
 * MoE with quantized weights W = (code - zero point) * scale, a scale for each row or for each block of block_size. Routing
 * weights are the softmax of the chosen logits, or the entries of router_weights, divided by their sum when
 * normalize_routing_weights is set.
 * Codes: rows of ceil(K * bits / 8) bytes, scales: [experts, rows] or [experts, rows, blocks], zero points: packed along
 * the rows, or along the blocks of each row.
 */
export const qMoE = implement(contracts.qMoE, ({ attrs }) => {
  const type = attrs.string('quant_type');
  if (type !== 'int') fail('E_OP_UNSUPPORTED', 'QMoE runs with integer weights only', { arg: { kind: 'attribute', name: 'quant_type' }, expected: 'int', found: type });
  const activate = activationOf(attrs);
  const bits = attrs.int('expert_weight_bits');
  const blockSize = attrs.has('block_size') ? attrs.int('block_size') : 0;
  return ([input, router, w1, s1, b1, w2, s2, b2, w3, s3, b3, z1, z2, z3, routerWeights]: QMoEInputs, ctx) => {
    const { hidden, experts, inter, wide } = sizesOf(attrs, input, router, w2, 8 / bits);
    const layer = (name: string, w: Tensor, scales: Tensor | undefined, b: Tensor | undefined, zeros: Tensor | undefined, N: number, K: number): Layer => {
      if (scales === undefined) fail('E_MODEL', `${name} weights need scales`);
      const rowBytes = Math.ceil((K * bits) / 8);
      const blocks = blockSize === 0 ? 1 : Math.ceil(K / blockSize);
      expectSize(`${name}_experts_weights`, w, experts * N * rowBytes);
      expectSize(`${name}_scales`, scales, experts * N * blocks);
      if (b !== undefined) expectSize(`${name}_experts_bias`, b, experts * N);
      const codes = w.data as Uint8Array;
      const allScales = unpack(scales);
      const allZeros = blocks > 1 ? zeroPointsOf(zeros, experts * N, blocks, bits) : zeroPointsOf(zeros, experts, N, bits);
      return {
        K, N, bias: b && unpack(b),
        rows: (e) => rowsOf({
          K, N, bits, blocks, rowBytes, blockSize: blockSize === 0 ? K : blockSize, groups: undefined,
          codes: codes.subarray(e * N * rowBytes, (e + 1) * N * rowBytes),
          scales: allScales.subarray(e * N * blocks, (e + 1) * N * blocks), zeros: allZeros.subarray(e * N * blocks, (e + 1) * N * blocks),
        }),
      };
    };
    const logits = unpack(router);
    const given = routerWeights && unpack(routerWeights);
    const routes = route(logits, experts, attrs.int('k'), (chosen, at) => {
      if (given === undefined) return softmax(chosen.map((e) => logits[at + e]));
      const weights = chosen.map((e) => given[at + e]);
      return attrs.int('normalize_routing_weights') !== 0 ? normalized(weights) : weights;
    });
    const { y, finish } = floatOutput(ctx, 0, input.type, input.dims);
    mixture(unpack(input), {
      first: layer('fc1', w1, s1, b1, z1, wide, hidden), second: layer('fc2', w2, s2, b2, z2, hidden, inter),
      gate: w3 && layer('fc3', w3, s3, b3, z3, inter, hidden),
    }, routes, activate, y, ctx);
    return [finish()];
  };
});
