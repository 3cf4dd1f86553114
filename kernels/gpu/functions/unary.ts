/** y = f(x, p, q) element by element: one kernel a function, which differ in `apply` alone. */
import type { KernelSource, Thread } from '../source.ts';
import { rint } from './rint.ts';

declare function apply(x: number, p: number, q: number): number;

function main(this: Thread, x: Float32Array, p: number, q: number): number {
  return apply(x[this.thread.x]!, p, q);
}

// A shader's functions are called with all arguments: each takes all three.
function abs(x: number, p: number, q: number): number {
  return Math.abs(x);
}

function ceil(x: number, p: number, q: number): number {
  return Math.ceil(x);
}

function clip(x: number, p: number, q: number): number {
  return Math.min(Math.max(x, p), q);
}

function cos(x: number, p: number, q: number): number {
  return Math.cos(x);
}

function elu(x: number, p: number, q: number): number {
  let y = x;
  if (x < 0) y = p * (Math.exp(x) - 1);
  return y;
}

/** 0.5 x (1 + erf(x / sqrt 2)) */
function gelu(x: number, p: number, q: number): number {
  return 0.5 * x * (1 + erf(x * 0.7071067811865476, p, q));
}

/** A rational approximation good to 1.5e-7. */
function erf(x: number, p: number, q: number): number {
  const a = Math.abs(x);
  const t = 1 / (1 + 0.3275911 * a);
  const y = 1 - t * (0.254829592 + t * (t * (1.421413741 + t * (t * 1.061405429 - 1.453152027)) - 0.284496736)) * Math.exp(0 - a * a);
  let r = y;
  if (x < 0) r = 0 - y;
  return r;
}

function exp(x: number, p: number, q: number): number {
  return Math.exp(x);
}

function floor(x: number, p: number, q: number): number {
  return Math.floor(x);
}

function hardSigmoid(x: number, p: number, q: number): number {
  return Math.min(Math.max(p * x + q, 0), 1);
}

function hardSwish(x: number, p: number, q: number): number {
  return x * Math.min(Math.max(x / 6 + 0.5, 0), 1);
}

function leakyRelu(x: number, p: number, q: number): number {
  let y = x;
  if (x < 0) y = p * x;
  return y;
}

/** Shaders need not give what lies at and below 0. */
function log(x: number, p: number, q: number): number {
  let infinite = 3.4e38; // as a variable: shaders refuse constants that overflow
  infinite = infinite * 10;
  let y = Math.log(x);
  if (x === 0) y = 0 - infinite;
  if (x < 0) y = infinite - infinite;
  return y;
}

function neg(x: number, p: number, q: number): number {
  return 0 - x;
}

function nonZero(x: number, p: number, q: number): number {
  let y = 1;
  if (x === 0) y = 0;
  return y;
}

function not(x: number, p: number, q: number): number {
  return 1 - x;
}

function quickGelu(x: number, p: number, q: number): number {
  return x / (1 + Math.exp(0 - p * x));
}

function reciprocal(x: number, p: number, q: number): number {
  return 1 / x;
}

function relu(x: number, p: number, q: number): number {
  return Math.max(x, 0);
}

function round(x: number, p: number, q: number): number {
  return rint(x);
}

function sigmoid(x: number, p: number, q: number): number {
  return 1 / (1 + Math.exp(0 - x));
}

function sin(x: number, p: number, q: number): number {
  return Math.sin(x);
}

/** log(1 + t) as a series where t is small: the sum would round it away. */
function softplus(x: number, p: number, q: number): number {
  const t = Math.exp(0 - Math.abs(x));
  let y = Math.log(1 + t);
  if (t < 0.05) y = t * (1 - t * (0.5 - t * (0.3333333333333333 - t * (0.25 - t * 0.2))));
  return Math.max(x, 0) + y;
}

function sqrt(x: number, p: number, q: number): number {
  return Math.sqrt(x);
}

/** Shaders overflow in tanh of large arguments; beyond 20 it is 1. */
function tanh(x: number, p: number, q: number): number {
  return Math.tanh(Math.min(Math.max(x, 0 - 20), 20));
}

function truncate(x: number, p: number, q: number): number {
  let y = Math.floor(x);
  if (x < 0) y = Math.ceil(x);
  return y;
}

const FUNCTIONS = {
  abs, ceil, clip, cos, elu, gelu, erf, exp, floor, hardSigmoid, hardSwish, leakyRelu, log, neg, nonZero, not, quickGelu,
  reciprocal, relu, round, sigmoid, sin, softplus, sqrt, tanh, truncate,
} satisfies Readonly<Record<string, (x: number, p: number, q: number) => number>>;

export type UnaryFunction = keyof typeof FUNCTIONS;

/** The kernel of a function of one value and two parameters. */
export function unary(name: UnaryFunction): KernelSource {
  return { name: `unary ${name}`, main, helpers: [rint, erf], functions: { apply: FUNCTIONS[name] } };
}
