// Activations of float32 runs: y[i] = f(x[i]; p, q). Operators are compile-time constants of inlined loops.
import { sigmoid4, tanh4 } from './sigmoid';
import { erf4, onePlusErf4 } from './erf';

const SCALE = 0, CLIP = 1, LEAKY = 2, HARD_SIGMOID = 3, HARD_SWISH = 4, THRESHOLD = 5, SOFTSIGN = 6;
const SWISH = 7, GELU = 8, GELU_TANH = 9, ERF = 10, SQUARE = 11, ROOT = 12, CUBE = 13, CEIL = 14, FLOOR = 15, NEAREST = 16;

// @ts-ignore: decorator
@inline
function hardSigmoid(x: v128, p: v128, q: v128): v128 {
  return f32x4.max(f32x4.splat(0), f32x4.min(f32x4.splat(1), f32x4.add(f32x4.mul(p, x), q)));
}

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, p: v128, q: v128): v128 {
  if (op == SCALE) return f32x4.mul(x, p);
  if (op == CLIP) {
    const raised = v128.bitselect(p, x, f32x4.lt(x, p));
    return v128.bitselect(q, raised, f32x4.gt(raised, q));
  }
  if (op == LEAKY) return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, f32x4.splat(0)));
  if (op == HARD_SIGMOID) return hardSigmoid(x, p, q);
  if (op == HARD_SWISH) return f32x4.mul(x, hardSigmoid(x, f32x4.splat(1.0 / 6.0), f32x4.splat(0.5)));
  if (op == THRESHOLD) return v128.bitselect(x, f32x4.splat(0), f32x4.gt(x, p));
  if (op == SOFTSIGN) return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)));
  if (op == SWISH) return f32x4.mul(x, sigmoid4(f32x4.mul(p, x)));
  if (op == GELU) return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), onePlusErf4(f32x4.mul(x, f32x4.splat(0.70710678))));
  if (op == GELU_TANH) {
    const inner = f32x4.mul(f32x4.splat(0.79788456), f32x4.add(x, f32x4.mul(f32x4.splat(0.044715), f32x4.mul(f32x4.mul(x, x), x))));
    return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(f32x4.splat(1), tanh4(inner)));
  }
  if (op == ERF) return erf4(x);
  if (op == SQUARE) return f32x4.mul(x, x);
  if (op == ROOT) {
    // The power of one half: +0 for -0 and +inf for -inf, unlike the square root.
    const lowest = f32x4.eq(x, f32x4.splat(-Infinity));
    return f32x4.sqrt(v128.bitselect(f32x4.splat(Infinity), f32x4.add(x, f32x4.splat(0)), lowest));
  }
  if (op == CUBE) return f32x4.mul(f32x4.mul(x, x), x);
  if (op == CEIL) return f32x4.ceil(x);
  if (op == FLOOR) return f32x4.floor(x);
  return f32x4.nearest(x);
}

// @ts-ignore: decorator
@inline
function map(op: i32, x: usize, p: f32, q: f32, y: usize, n: i32): void {
  const ps = f32x4.splat(p), qs = f32x4.splat(q);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, apply(op, v128.load(x + o), ps, qs));
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    v128.store32_lane(y + o, apply(op, v128.load32_zero(x + o), ps, qs), 0);
  }
}

/** y = p x */
export function f32_scale(x: usize, p: f32, y: usize, n: i32): void { map(SCALE, x, p, 0, y, n); }
/** y = min(max(x, p), q); the upper bound wins, NaN stays */
export function f32_clip(x: usize, p: f32, q: f32, y: usize, n: i32): void { map(CLIP, x, p, q, y, n); }
/** y = x where x >= 0, p x elsewhere */
export function f32_leaky_relu(x: usize, p: f32, y: usize, n: i32): void { map(LEAKY, x, p, 0, y, n); }
/** y = max(0, min(1, p x + q)) */
export function f32_hard_sigmoid(x: usize, p: f32, q: f32, y: usize, n: i32): void { map(HARD_SIGMOID, x, p, q, y, n); }
/** y = x max(0, min(1, x / 6 + 0.5)) */
export function f32_hard_swish(x: usize, y: usize, n: i32): void { map(HARD_SWISH, x, 0, 0, y, n); }
/** y = x where x > p, 0 elsewhere */
export function f32_thresholded_relu(x: usize, p: f32, y: usize, n: i32): void { map(THRESHOLD, x, p, 0, y, n); }
/** y = x / (1 + |x|) */
export function f32_softsign(x: usize, y: usize, n: i32): void { map(SOFTSIGN, x, 0, 0, y, n); }
/** y = x / (1 + e^(-p x)) */
export function f32_swish(x: usize, p: f32, y: usize, n: i32): void { map(SWISH, x, p, 0, y, n); }
/** y = x / 2 (1 + erf(x / sqrt(2))) */
export function f32_gelu(x: usize, y: usize, n: i32): void { map(GELU, x, 0, 0, y, n); }
/** y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
export function f32_gelu_tanh(x: usize, y: usize, n: i32): void { map(GELU_TANH, x, 0, 0, y, n); }
/** y = erf(x) */
export function f32_erf(x: usize, y: usize, n: i32): void { map(ERF, x, 0, 0, y, n); }
/** y = x^2 */
export function f32_square(x: usize, y: usize, n: i32): void { map(SQUARE, x, 0, 0, y, n); }
/** y = x^0.5 */
export function f32_root(x: usize, y: usize, n: i32): void { map(ROOT, x, 0, 0, y, n); }
/** y = x^3 */
export function f32_cube(x: usize, y: usize, n: i32): void { map(CUBE, x, 0, 0, y, n); }
/** y = the least integer from x on */
export function f32_ceil(x: usize, y: usize, n: i32): void { map(CEIL, x, 0, 0, y, n); }
/** y = the largest integer up to x */
export function f32_floor(x: usize, y: usize, n: i32): void { map(FLOOR, x, 0, 0, y, n); }
/** y = the nearest integer, halves to even */
export function f32_nearest(x: usize, y: usize, n: i32): void { map(NEAREST, x, 0, 0, y, n); }
