/**
 * Attention as a recurrence: a state S [B, G, Dk, Dv] that each token decays, corrects and reads.
 *
 *     S = S * exp(decay)                    gated, gated_delta: decay a key dimension or a head
 *     v = beta * (v - S^T k)                delta, gated_delta
 *     S = S + k v^T
 *     output = scale * S^T q                query head n reads the state of head floor(n / (N / G))
 *
 * query [B, T, N * Dk], key [B, T, G * Dk], value [B, T, G * Dv]; computed in float32.
 * https://onnx.ai/onnx/operators/onnx__LinearAttention.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { linearAttention as contract } from '../../../src/ops/contracts.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, floatOutput } from '../support/index.ts';

const RULES: Readonly<Record<string, { readonly gated: boolean; readonly delta: boolean }>> = {
  linear: { gated: false, delta: false },
  gated: { gated: true, delta: false },
  delta: { gated: false, delta: true },
  gated_delta: { gated: true, delta: true },
};

type Inputs = [query: Tensor, key: Tensor, value: Tensor, past?: Tensor, decay?: Tensor, beta?: Tensor];

/** Entries of a token that belong to each head: one for all heads, one a head, or one a key dimension of each head. */
interface PerToken {
  readonly values: ArrayLike<number>;
  readonly at: (b: number, t: number, g: number) => number;
  readonly step: 0 | 1;
}

export const linearAttention = implement(contract, ({ attrs }) => {
  const heads = attrs.int('q_num_heads'), kvHeads = attrs.int('kv_num_heads');
  const ruleName = attrs.string('update_rule');
  const rule = choose(RULES, ruleName, 'update_rule');
  if (kvHeads < 1 || heads < 1 || heads % kvHeads !== 0) {
    fail('E_ATTRIBUTE', 'q_num_heads must be a multiple of kv_num_heads', { found: `${heads} and ${kvHeads}` });
  }
  const given = f32(attrs.float('scale'));
  return ([query, key, value, past, decayTensor, betaTensor]: Inputs, ctx) => {
    const [batch, length, width] = query.dims;
    const dk = width / heads, dv = value.dims[2] / kvHeads;
    check(query, key, value, batch, length, kvHeads, dk, dv);
    if (rule.gated !== (decayTensor !== undefined)) fail('E_MODEL', `the rule ${ruleName} ${rule.gated ? 'needs' : 'has no'} decay`);
    if (rule.delta !== (betaTensor !== undefined)) fail('E_MODEL', `the rule ${ruleName} ${rule.delta ? 'needs' : 'has no'} beta`);
    const decay = decayTensor && perToken(decayTensor, batch, length, kvHeads, [kvHeads * dk, kvHeads], 'decay');
    const beta = betaTensor && perToken(betaTensor, batch, length, kvHeads, [kvHeads, 1], 'beta');
    const scale = given === 0 ? f32(1 / f32(Math.sqrt(dk))) : given;
    const stateDims = [batch, kvHeads, dk, dv];
    if (past !== undefined && past.dims.join() !== stateDims.join()) {
      fail('E_SHAPE', 'past_state does not fit', { expected: describeShape(stateDims), found: describeShape(past.dims) });
    }
    const present = floatOutput(ctx, 1, past?.type ?? query.type, stateDims);
    const state = present.y as Float32Array;
    if (past !== undefined) state.set(unpack(past));
    const out = floatOutput(ctx, 0, query.type, [batch, length, heads * dv]);
    const q = unpack(query), k = unpack(key), v = unpack(value);
    const group = heads / kvHeads;
    const write = new Float32Array(dv); // what a token adds along its key
    for (let b = 0; b < batch; b++) {
      for (let g = 0; g < kvHeads; g++) {
        ctx.checkAbort();
        const at = (b * kvHeads + g) * dk * dv;
        for (let t = 0; t < length; t++) {
          const kAt = ((b * length + t) * kvHeads + g) * dk, vAt = ((b * length + t) * kvHeads + g) * dv;
          if (decay !== undefined) decayState(state, at, dk, dv, decay, decay.at(b, t, g));
          for (let j = 0; j < dv; j++) write[j] = v[vAt + j];
          if (beta !== undefined) correct(write, state, at, k, kAt, dk, dv, beta.values[beta.at(b, t, g)]);
          for (let i = 0; i < dk; i++) for (let j = 0; j < dv; j++) state[at + i * dv + j] += f32(k[kAt + i] * write[j]);
          for (let n = g * group; n < (g + 1) * group; n++) {
            read(out.y as Float32Array, ((b * length + t) * heads + n) * dv, state, at, q, ((b * length + t) * heads + n) * dk, dk, dv, scale);
          }
        }
      }
    }
    return [out.finish(), present.finish()];
  };
});

function check(query: Tensor, key: Tensor, value: Tensor, batch: number, length: number, kvHeads: number, dk: number, dv: number): void {
  const fits = (t: Tensor, width: number) => t.dims.length === 3 && t.dims[0] === batch && t.dims[1] === length && t.dims[2] === width;
  if (query.dims.length !== 3 || !Number.isInteger(dk) || !Number.isInteger(dv) || !fits(key, kvHeads * dk) || !fits(value, kvHeads * dv)) {
    fail('E_SHAPE', 'query, key and value do not fit together', { found: [query, key, value].map((t) => describeShape(t.dims)).join(', ') });
  }
}

/** A tensor [B, T, width] whose width is one of `widths`: entries for each key dimension, for each head, or one for all. */
function perToken(tensor: Tensor, batch: number, length: number, kvHeads: number, widths: readonly number[], name: string): PerToken {
  const width = tensor.dims[2];
  if (tensor.dims.length !== 3 || tensor.dims[0] !== batch || tensor.dims[1] !== length || !widths.includes(width)) {
    fail('E_SHAPE', `${name} does not fit`, {
      expected: widths.map((w) => `[${batch}, ${length}, ${w}]`).join(' or '), found: describeShape(tensor.dims),
    });
  }
  const perHead = Math.floor(width / kvHeads); // 0: one for all heads
  return { values: unpack(tensor), at: (b, t, g) => (b * length + t) * width + g * perHead, step: perHead > 1 ? 1 : 0 };
}

/** S[i, :] *= exp(decay[i]) */
function decayState(state: Float32Array, at: number, dk: number, dv: number, decay: PerToken, from: number): void {
  for (let i = 0; i < dk; i++) {
    const factor = f32(Math.exp(decay.values[from + i * decay.step]));
    for (let j = 0; j < dv; j++) state[at + i * dv + j] *= factor;
  }
}

/** write = beta * (write - S^T k) */
function correct(
  write: Float32Array, state: Float32Array, at: number, k: ArrayLike<number>, kAt: number, dk: number, dv: number, beta: number,
): void {
  for (let j = 0; j < dv; j++) {
    let retrieved = 0;
    for (let i = 0; i < dk; i++) retrieved = f32(retrieved + f32(state[at + i * dv + j] * k[kAt + i]));
    write[j] = f32(write[j] - retrieved) * beta;
  }
}

/** out = scale * S^T q */
function read(
  out: Float32Array, outAt: number, state: Float32Array, at: number, q: ArrayLike<number>, qAt: number, dk: number, dv: number, scale: number,
): void {
  for (let j = 0; j < dv; j++) {
    let sum = 0;
    for (let i = 0; i < dk; i++) sum = f32(sum + f32(q[qAt + i] * state[at + i * dv + j]));
    out[outAt + j] = scale * sum;
  }
}
