/** The arithmetic of a post-training quantizer, as onnxruntime's does it. */
import { integerRange, rint, saturate } from '../../src/numeric/index.ts';
import { Tensor } from '../../src/tensor/index.ts';

export const scalar = (value: number): Tensor => new Tensor('float32', Float32Array.of(value), []);

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The range of many tensors, 0 included. */
export function rangeOf(tensors: readonly Tensor[]): Range {
  let min = 0, max = 0;
  for (const { data } of tensors) {
    for (const v of data as Float32Array) {
      if (v < min) min = v;
      if (v > max) max = v;
    }
  }
  return { min, max };
}

/** Scale and zero point of uint8 codes over a range. */
export function activation({ min, max }: Range): { readonly scale: number; readonly zero: number } {
  const scale = Math.fround((max - min) / 255) || 1;
  return { scale, zero: saturate(rint(-min / scale), 0, 255) };
}

/**
 * int8 codes of a weight, symmetric: codes = rint(w / scale), scale = max |w| / 127. One scale for the tensor, or one for each element of `axis`.
 * w: any shape, scales: [] or [length of the axis]
 */
export function symmetric(w: Tensor, axis?: number): { readonly codes: Tensor; readonly scales: Tensor } {
  const data = w.data as Float32Array;
  const channels = axis === undefined ? 1 : w.dims[axis];
  const inner = axis === undefined ? data.length : w.dims.slice(axis + 1).reduce((n, d) => n * d, 1);
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  const largest = new Float32Array(channels);
  data.forEach((v, i) => { largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(v)); });
  const scales = largest.map((v) => (v === 0 ? 1 : v / 127));
  const [lo, hi] = integerRange('int8');
  const codes = Int8Array.from(data, (v, i) => saturate(rint(v / scales[channelOf(i)]), lo, hi));
  return { codes: new Tensor('int8', codes, w.dims), scales: new Tensor('float32', scales, axis === undefined ? [] : [channels]) };
}

/** int32 codes of a bias at scale `input` x `weights` of its channel. */
export function biasCodes(bias: Tensor, input: number, weights: Tensor): { readonly codes: Tensor; readonly scales: Tensor } {
  const scales = (weights.data as Float32Array).map((s) => s * input);
  const codes = Int32Array.from(bias.data as Float32Array, (v, i) => rint(v / scales[i]));
  return { codes: new Tensor('int32', codes, bias.dims), scales: new Tensor('float32', scales, weights.dims) };
}
