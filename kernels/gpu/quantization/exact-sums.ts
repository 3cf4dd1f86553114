/** What the kernels that sum products of codes exactly share: zero points of the weights, what sums start from, and how large sums can get. */
import { integerRange } from '../../../src/numeric/index.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';

/** Arguments of `integer-product` and `integer-conv`, in their order. */
export interface ExactSums {
  /** Zero points of the weights, and the high and low parts of what each channel's sum starts from. */
  readonly tables: readonly Tensor[];
  /** How many zero points, and how many starts: 1 where all channels share one. */
  readonly counts: readonly number[];
}

/** A start, an int32 bias, is split so that both of its parts are exact as float32. */
export function exactSums(gpu: GpuEngine, zero: Tensor | undefined, bias: Tensor | undefined): ExactSums {
  const zeros = zero === undefined ? [0] : unpack(zero);
  const start = bias === undefined ? [0] : (bias.data as Int32Array);
  const high = Float32Array.from(start, (v) => Math.floor(v / 65536));
  return {
    tables: [gpu.table(zeros), gpu.table(high), gpu.table(Float32Array.from(start, (v, i) => v - high[i] * 65536))],
    counts: [zeros.length, start.length],
  };
}

/**
 * |sum| at most, over all channels: the largest distance of two codes of `type` against the weights of a channel. Weight `i` of channel `c` lies
 * at `c * channelStep + i * step`.
 */
export function largestSum(
  type: DType, weights: Tensor, zero: Tensor | undefined, channels: number, channelStep: number, count: number, step: number,
): number {
  const [lo, hi] = integerRange(type);
  const codes = unpack(weights), zeros = zero === undefined ? [0] : unpack(zero);
  let most = 0;
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Math.abs(codes[c * channelStep + i * step] - zeros[zeros.length > 1 ? c : 0]);
    most = Math.max(most, sum * (hi - lo));
  }
  return most;
}
