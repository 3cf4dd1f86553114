/** Functions of one number that several operators share. */
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { erf } from './erf.ts';

/** One rounding step: to float32, or none for float64. */
export type Round = (x: number) => number;

export const roundOf = (x: Tensor): Round => (x.type === 'float64' ? (v) => v : f32);

/** Attributes are float32 in the file; defaults in a contract are decimal and must be rounded likewise. */
export const float = (attrs: Attrs, name: string): number => f32(attrs.float(name));

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** ln(1 + e^x), without overflow: max(x, 0) + ln(1 + e^-|x|). */
export const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** x / 2 * (1 + erf(x / sqrt(2))) */
export const geluOf = (x: number): number => (x / 2) * (1 + erf(x * Math.SQRT1_2));

/** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) */
export const geluTanh = (x: number): number =>
  (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

/** x / (1 + e^(-alpha * x)) */
export const swishOf = (x: number, alpha: number): number => x * logistic(alpha * x);
