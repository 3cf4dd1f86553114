/** y = f(a, b) with both broadcast by strides over up to four axes of lengths n0 x n1 x n2 x n3; kernels differ in `combine` alone. */
import type { KernelSource, Thread } from '../source.ts';
import { divide } from './divide.ts';

declare function combine(a: number, b: number): number;

function main(
  this: Thread, a: Float32Array, b: Float32Array, n1: number, n2: number, n3: number,
  a0: number, a1: number, a2: number, a3: number, b0: number, b1: number, b2: number, b3: number,
): number {
  let rest = this.thread.x;
  let over = divide(rest, n3);
  let at = (rest - over * n3) * a3;
  let to = (rest - over * n3) * b3;
  rest = over;
  over = divide(rest, n2);
  at = at + (rest - over * n2) * a2;
  to = to + (rest - over * n2) * b2;
  rest = over;
  over = divide(rest, n1);
  at = at + (rest - over * n1) * a1 + over * a0;
  to = to + (rest - over * n1) * b1 + over * b0;
  return combine(a[at]!, b[to]!);
}

type Combine = (a: number, b: number) => number;

function add(a: number, b: number): number {
  return a + b;
}

function sub(a: number, b: number): number {
  return a - b;
}

function mul(a: number, b: number): number {
  return a * b;
}

function div(a: number, b: number): number {
  return a / b;
}

function max(a: number, b: number): number {
  return Math.max(a, b);
}

function min(a: number, b: number): number {
  return Math.min(a, b);
}

/** Powers of negative bases are those of whole exponents, and NaN for others. */
function pow(a: number, b: number): number {
  let y = Math.pow(Math.abs(a), b);
  if (b === 2) y = a * a;
  else if (b === 0) y = 1;
  else if (a < 0) {
    let infinite = 3.4e38; // as a variable: shaders refuse constants that overflow
    infinite = infinite * 10;
    if (b !== Math.floor(b)) y = infinite - infinite;
    else if (b - 2 * Math.floor(b / 2) !== 0) y = 0 - y;
  }
  return y;
}

function equal(a: number, b: number): number {
  let y = 0;
  if (a === b) y = 1;
  return y;
}

function greater(a: number, b: number): number {
  let y = 0;
  if (a > b) y = 1;
  return y;
}

function greaterOrEqual(a: number, b: number): number {
  let y = 0;
  if (a >= b) y = 1;
  return y;
}

function less(a: number, b: number): number {
  let y = 0;
  if (a < b) y = 1;
  return y;
}

function lessOrEqual(a: number, b: number): number {
  let y = 0;
  if (a <= b) y = 1;
  return y;
}

function and(a: number, b: number): number {
  return a * b;
}

function or(a: number, b: number): number {
  return Math.max(a, b);
}

function prelu(a: number, b: number): number {
  let y = a;
  if (a < 0) y = a * b;
  return y;
}

const FUNCTIONS = {
  add, sub, mul, div, max, min, pow, equal, greater, greaterOrEqual, less, lessOrEqual, and, or, prelu,
} satisfies Readonly<Record<string, Combine>>;

export type BinaryFunction = keyof typeof FUNCTIONS;

/** The kernel of a function of two values. */
export function binary(name: BinaryFunction): KernelSource {
  return { name: `binary ${name}`, main, helpers: [divide], functions: { combine: FUNCTIONS[name] } };
}
