/** What happens between the layers of an expert. */
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';

/** [M, inter] from the first layer's output, [M, inter] or [M, 2 * inter], and the gate's, [M, inter]. */
export type Activation = (x: Float32Array, gate: Float32Array | undefined, M: number, inter: number) => Float32Array;

const sigmoid = (x: number): number => f32(1 / f32(1 + f32(Math.exp(-x))));

/** Activations of one operand, by name. */
export const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  gelu: (x) => f32(f32(0.5 * x) * f32(1 + f32(Math.tanh(0.7978845608 * (x + 0.044715 * x * x * x))))),
  silu: (x) => f32(x * sigmoid(x)),
  identity: (x) => x,
};

/**
 * `activation_type` of a node. swiglu: g * sigmoid(alpha * g) * (l + beta), with g and l clamped to swiglu_limit; they lie
 * interleaved (fusion 1) or one half after the other (fusion 2) in the first layer's output, or l is the gate (fusion 0).
 */
export function activationOf(attrs: Attrs): Activation {
  const type = attrs.string('activation_type');
  if (type !== 'swiglu') {
    const f = FUNCTIONS[type];
    return (x, gate) => x.map((v, i) => (gate === undefined ? f(v) : f(v) * gate[i]));
  }
  const fusion = attrs.int('swiglu_fusion');
  const alpha = f32(attrs.float('activation_alpha')), beta = f32(attrs.float('activation_beta'));
  const limit = attrs.has('swiglu_limit') ? f32(attrs.float('swiglu_limit')) : Infinity;
  return (x, gate, M, inter) => Float32Array.from({ length: M * inter }, (_, i) => {
    const m = Math.floor(i / inter), at = i % inter;
    const g = fusion === 0 ? x[i] : fusion === 1 ? x[2 * i] : x[2 * m * inter + at];
    const l = fusion === 0 ? gate![i] : fusion === 1 ? x[2 * i + 1] : x[(2 * m + 1) * inter + at];
    const bounded = Math.min(g, limit);
    return f32(f32(bounded * sigmoid(f32(alpha * bounded))) * f32(Math.max(-limit, Math.min(l, limit)) + beta));
  });
}
