// Elementwise float32 kernels over runs of contiguous memory. Operators are compile-time constants of inlined loops.
import { exp4 } from './exp';
import { sigmoid4, tanh4 } from './sigmoid';

const ADD = 0, SUB = 1, MUL = 2, DIV = 3, MIN = 4, MAX = 5, PRELU = 6;

// @ts-ignore: decorator
@inline
function binary(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return f32x4.add(x, y);
  if (op == SUB) return f32x4.sub(x, y);
  if (op == MUL) return f32x4.mul(x, y);
  if (op == DIV) return f32x4.div(x, y);
  if (op == MIN) return f32x4.min(x, y);
  if (op == MAX) return f32x4.max(x, y);
  return v128.bitselect(f32x4.mul(y, x), x, f32x4.lt(x, f32x4.splat(0)));
}

// One run: an operand with step 0 is one value for the whole run, with step 1 an array.
// @ts-ignore: decorator
@inline
function run(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  let i: i32 = 0;
  if (aStep && bStep) {
    for (; i + 4 <= n; i += 4) {
      const o = <usize>i << 2;
      v128.store(y + o, binary(op, v128.load(a + o), v128.load(b + o)));
    }
  } else if (aStep) {
    const s = v128.load32_splat(b);
    for (; i + 4 <= n; i += 4) {
      const o = <usize>i << 2;
      v128.store(y + o, binary(op, v128.load(a + o), s));
    }
  } else {
    const s = v128.load32_splat(a);
    for (; i + 4 <= n; i += 4) {
      const o = <usize>i << 2;
      v128.store(y + o, binary(op, s, bStep ? v128.load(b + o) : v128.load32_splat(b)));
    }
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    v128.store32_lane(y + o, binary(op, v128.load32_zero(aStep ? a + o : a), v128.load32_zero(bStep ? b + o : b)), 0);
  }
}

/** y[i] = a[i] + b[i]; steps 0 or 1. */
export function f32_add(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(ADD, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] - b[i] */
export function f32_sub(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(SUB, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] * b[i] */
export function f32_mul(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(MUL, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] / b[i] */
export function f32_div(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(DIV, a, aStep, b, bStep, y, n); }
/** y[i] = min(a[i], b[i]), NaN if either is */
export function f32_min(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(MIN, a, aStep, b, bStep, y, n); }
/** y[i] = max(a[i], b[i]), NaN if either is */
export function f32_max(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(MAX, a, aStep, b, bStep, y, n); }

/** y[i] = a[i] where a[i] >= 0, b[i] a[i] elsewhere */
export function f32_prelu(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run(PRELU, a, aStep, b, bStep, y, n); }

const RELU = 0, SIGMOID = 1, TANH = 2, SQRT = 3, NEG = 4, ABS = 5, EXP = 6, RECIPROCAL = 7, SILU = 8;

// @ts-ignore: decorator
@inline
function unary(op: i32, x: v128): v128 {
  if (op == RELU) return v128.andnot(x, f32x4.lt(x, f32x4.splat(0)));
  if (op == SIGMOID) return sigmoid4(x);
  if (op == TANH) return tanh4(x);
  if (op == SQRT) return f32x4.sqrt(x);
  if (op == NEG) return f32x4.neg(x);
  if (op == ABS) return f32x4.abs(x);
  if (op == EXP) return exp4(x);
  if (op == RECIPROCAL) return f32x4.div(f32x4.splat(1), x);
  return f32x4.mul(x, sigmoid4(x));
}

// @ts-ignore: decorator
@inline
function map(op: i32, x: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, unary(op, v128.load(x + o)));
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    v128.store32_lane(y + o, unary(op, v128.load32_zero(x + o)), 0);
  }
}

/** y[i] = 0 where x[i] < 0, x[i] elsewhere, -0 and NaN too */
export function f32_relu(x: usize, y: usize, n: i32): void { map(RELU, x, y, n); }
/** y[i] = 1 / (1 + e^-x[i]) */
export function f32_sigmoid(x: usize, y: usize, n: i32): void { map(SIGMOID, x, y, n); }
/** y[i] = tanh(x[i]) */
export function f32_tanh(x: usize, y: usize, n: i32): void { map(TANH, x, y, n); }
/** y[i] = sqrt(x[i]) */
export function f32_sqrt(x: usize, y: usize, n: i32): void { map(SQRT, x, y, n); }
/** y[i] = -x[i] */
export function f32_neg(x: usize, y: usize, n: i32): void { map(NEG, x, y, n); }
/** y[i] = |x[i]| */
export function f32_abs(x: usize, y: usize, n: i32): void { map(ABS, x, y, n); }
/** y[i] = e^x[i] */
export function f32_exp(x: usize, y: usize, n: i32): void { map(EXP, x, y, n); }
/** y[i] = 1 / x[i] */
export function f32_reciprocal(x: usize, y: usize, n: i32): void { map(RECIPROCAL, x, y, n); }
/** y[i] = x[i] * sigmoid(x[i]) */
export function f32_silu(x: usize, y: usize, n: i32): void { map(SILU, x, y, n); }
