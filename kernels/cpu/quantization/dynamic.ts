/** Quantization of activations while a model runs. */
import { f32, rint, saturate } from '../../../src/numeric/index.ts';
import type { NumberArray } from '../../../src/tensor/index.ts';

/** uint8 codes of a float tensor and the parameters they were made with. */
export interface DynamicQuantization {
  readonly codes: Uint8Array;
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * Quantizes to uint8 over the range of the values and 0:
 * scale = (max - min) / 255, zero point = saturate(rint(0 - min / scale)); a range of 0 gives scale 1 and zero point 0.
 */
export function quantizeDynamically(x: ArrayLike<number>, codes: Uint8Array): DynamicQuantization {
  let min = 0, max = 0;
  for (let i = 0; i < x.length; i++) {
    if (x[i] < min) min = x[i]; // comparisons, so that NaN is passed over
    else if (x[i] > max) max = x[i];
  }
  const scale = min === max ? 1 : f32(f32(max - min) / 255);
  const zeroPoint = saturate(rint(f32(0 - f32(min / scale))), 0, 255);
  for (let i = 0; i < x.length; i++) codes[i] = saturate(rint(f32(x[i] / scale)) + zeroPoint, 0, 255);
  return { codes, scale, zeroPoint };
}

/** Rows in int8 blocks: `codes` [M, K] and a `scale` for each block [M, blocks]. */
export interface QuantizedRows {
  readonly codes: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Quantizes the rows of a [M, K] symmetrically, block by block: scale = max |a| / 127, code = rint(a * (127 / max |a|)).
 * The last block of a row may be short.
 */
export function quantizeRows(a: NumberArray, M: number, K: number, blockSize: number): QuantizedRows {
  const blocks = Math.ceil(K / blockSize);
  const codes = new Int8Array(M * K);
  const scales = new Float32Array(M * blocks);
  for (let m = 0; m < M; m++) {
    for (let b = 0; b < blocks; b++) {
      const start = m * K + b * blockSize, end = m * K + Math.min(K, (b + 1) * blockSize);
      let max = 0;
      for (let i = start; i < end; i++) max = Math.max(max, Math.abs(a[i]));
      const inverse = max === 0 ? 0 : f32(127 / max);
      scales[m * blocks + b] = max / 127;
      for (let i = start; i < end; i++) codes[i] = rint(f32(a[i] * inverse));
    }
  }
  return { codes, scales };
}
