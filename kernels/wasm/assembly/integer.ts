// Integers and truth values of two operands over runs of contiguous memory: steps are 0 or 1. Operators are compile-time constants.

const ADD = 0, SUB = 1, MUL = 2, MIN = 3, MAX = 4;

// @ts-ignore: decorator
@inline
function of32(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return i32x4.add(x, y);
  if (op == SUB) return i32x4.sub(x, y);
  if (op == MUL) return i32x4.mul(x, y);
  if (op == MIN) return i32x4.min_s(x, y);
  return i32x4.max_s(x, y);
}

// @ts-ignore: decorator
@inline
function run32(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, of32(op, aStep ? v128.load(a + o) : v128.load32_splat(a), bStep ? v128.load(b + o) : v128.load32_splat(b)));
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    v128.store32_lane(y + o, of32(op, v128.load32_zero(aStep ? a + o : a), v128.load32_zero(bStep ? b + o : b)), 0);
  }
}

/** y[i] = a[i] + b[i] modulo 2^32 */
export function i32_add(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run32(ADD, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] - b[i] modulo 2^32 */
export function i32_sub(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run32(SUB, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] * b[i] modulo 2^32 */
export function i32_mul(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run32(MUL, a, aStep, b, bStep, y, n); }
/** y[i] = min(a[i], b[i]), signed */
export function i32_min(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run32(MIN, a, aStep, b, bStep, y, n); }
/** y[i] = max(a[i], b[i]), signed */
export function i32_max(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run32(MAX, a, aStep, b, bStep, y, n); }

// @ts-ignore: decorator
@inline
function run64(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const p = load<i64>(a), q = load<i64>(b);
    store<i64>(y, op == ADD ? p + q : op == SUB ? p - q : op == MUL ? p * q : op == MIN ? min(p, q) : max(p, q));
    a += <usize>aStep << 3;
    b += <usize>bStep << 3;
    y += 8;
  }
}

/** y[i] = a[i] + b[i] modulo 2^64 */
export function i64_add(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run64(ADD, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] - b[i] modulo 2^64 */
export function i64_sub(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run64(SUB, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] * b[i] modulo 2^64 */
export function i64_mul(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run64(MUL, a, aStep, b, bStep, y, n); }
/** y[i] = min(a[i], b[i]), signed */
export function i64_min(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run64(MIN, a, aStep, b, bStep, y, n); }
/** y[i] = max(a[i], b[i]), signed */
export function i64_max(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { run64(MAX, a, aStep, b, bStep, y, n); }

const EQUAL = 0, LESS = 1, LESS_OR_EQUAL = 2;

// @ts-ignore: decorator
@inline
function compare<T>(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  const width = sizeof<T>();
  for (let i: i32 = 0; i < n; i++) {
    const p = load<T>(a), q = load<T>(b);
    store<u8>(y + <usize>i, op == EQUAL ? p == q : op == LESS ? p < q : p <= q);
    a += <usize>aStep * width;
    b += <usize>bStep * width;
  }
}

/** y[i] = a[i] == b[i] as a byte */
export function f32_equal(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<f32>(EQUAL, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] < b[i] */
export function f32_less(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<f32>(LESS, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] <= b[i] */
export function f32_less_or_equal(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<f32>(LESS_OR_EQUAL, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] == b[i] */
export function i32_equal(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<i32>(EQUAL, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] < b[i] */
export function i32_less(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<i32>(LESS, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] <= b[i] */
export function i32_less_or_equal(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<i32>(LESS_OR_EQUAL, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] == b[i] */
export function i64_equal(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<i64>(EQUAL, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] < b[i] */
export function i64_less(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<i64>(LESS, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] <= b[i] */
export function i64_less_or_equal(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { compare<i64>(LESS_OR_EQUAL, a, aStep, b, bStep, y, n); }

const AND = 0, OR = 1, XOR = 2;

// @ts-ignore: decorator
@inline
function logic(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 16 <= n; i += 16) {
    const p = aStep ? v128.load(a + <usize>i) : v128.load8_splat(a), q = bStep ? v128.load(b + <usize>i) : v128.load8_splat(b);
    v128.store(y + <usize>i, op == AND ? v128.and(p, q) : op == OR ? v128.or(p, q) : v128.xor(p, q));
  }
  for (; i < n; i++) {
    const p = load<u8>(a + <usize>(i * aStep)), q = load<u8>(b + <usize>(i * bStep));
    store<u8>(y + <usize>i, op == AND ? p & q : op == OR ? p | q : p ^ q);
  }
}

/** y[i] = a[i] & b[i] on bytes */
export function u8_and(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { logic(AND, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] | b[i] on bytes */
export function u8_or(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { logic(OR, a, aStep, b, bStep, y, n); }
/** y[i] = a[i] ^ b[i] on bytes */
export function u8_xor(a: usize, aStep: i32, b: usize, bStep: i32, y: usize, n: i32): void { logic(XOR, a, aStep, b, bStep, y, n); }
