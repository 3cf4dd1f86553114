/** Operators that map each 8-bit code on its own: a table of 256 codes, one lookup an element. What the providers' kernels share. */
import { f32, integerRange, rint, saturate } from '../../numeric/index.ts';
import type { DType } from '../../tensor/index.ts';

export interface CodeParameters {
  readonly scale: number;
  readonly zero: number;
}

/**
 * table[code & 255] = saturate(rint(f((code - from.zero) * from.scale) / to.scale) + to.zero): dequantize, apply a float32
 * function, quantize.
 */
export function lookupTable(dtype: DType, from: CodeParameters, to: CodeParameters, f: (value: number) => number): Int16Array {
  const [lo, hi] = integerRange(dtype);
  const table = new Int16Array(256);
  for (let code = lo; code <= hi; code++) {
    const value = f(f32((code - from.zero) * from.scale));
    table[code & 255] = saturate(rint(f32(value / to.scale)) + to.zero, lo, hi);
  }
  return table;
}

/** Codes of one quantization as codes of another; equal parameters leave them as they are. */
export function requantizingTable(dtype: DType, from: CodeParameters, to: CodeParameters): Int16Array {
  if (from.scale === to.scale && from.zero === to.zero) {
    return Int16Array.from({ length: 256 }, (_, i) => (dtype === 'int8' && i > 127 ? i - 256 : i));
  }
  return lookupTable(dtype, from, to, (value) => value);
}

/** 1 / (1 + e^-x), rounded to float32. */
export const sigmoidOf = (x: number): number => f32(1 / (1 + Math.exp(-x)));

/** x where it is 0 or more, else alpha * x. */
export const leakyReluOf = (alpha: number) => (x: number): number => (x >= 0 ? x : f32(alpha * x));

/** What one step of a sum of `count` codes is worth in steps of their quantized mean. */
export const meanMultiplier = (xScale: number, yScale: number, count: number): number => f32(xScale / f32(yScale * count));

const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/**
 * What QLinearSoftmax needs for rows of `length`: table[d] = exp(shift - d * scale) in float32, the shift as large as a sum over such a row
 * allows, and the number of output steps in 1.
 */
export function softmaxTable(scale: number, length: number, outputScale: number): { readonly table: Float32Array; readonly steps: number } {
  const shift = Math.max(0, f32(Math.log(f32(LARGEST_FLOAT / length))) - 5) / scale;
  return { table: Float32Array.from({ length: 256 }, (_, d) => Math.exp((shift - d) * scale)), steps: f32(Math.floor(f32(1 / outputScale))) };
}
