/** Quantization of activations while a model runs. */
import { f32, rint, saturate } from '../../../src/numeric/index.ts';

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
