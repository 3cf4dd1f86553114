/**
 * The test images as text: test.json is a list of `{ label, pixels }`, `pixels` holding the 8 rows of an image, one
 * character a pixel, `0` (background) to `9`, then `a` to `g` (16, full ink).
 */
import { Tensor } from '../../src/tensor/index.ts';

export interface Digit {
  readonly label: number;
  /** Row-major, 0 to 16. */
  readonly pixels: readonly number[];
}
export type Digits = readonly Digit[];

export const SIDE = 8;
export const FULL_INK = 16;

export function encodeDigits(digits: Digits): string {
  const rows = ({ pixels }: Digit): string[] =>
    Array.from({ length: SIDE }, (_, y) => pixels.slice(y * SIDE, (y + 1) * SIDE).map((p) => p.toString(FULL_INK + 1)).join(''));
  return `[\n${digits.map((d) => JSON.stringify({ label: d.label, pixels: rows(d) })).join(',\n')}\n]\n`;
}

export function decodeDigits(json: string): Digits {
  return (JSON.parse(json) as { label: number; pixels: string[] }[])
    .map(({ label, pixels }) => ({ label, pixels: Array.from(pixels.join(''), (c) => parseInt(c, FULL_INK + 1)) }));
}

/** What the networks take: float32 [n, 1, 8, 8], 0 to 1. */
export function imageTensor(digits: Digits): Tensor {
  const data = Float32Array.from(digits.flatMap((d) => d.pixels), (p) => p / FULL_INK);
  return new Tensor('float32', data, [digits.length, 1, SIDE, SIDE]);
}
