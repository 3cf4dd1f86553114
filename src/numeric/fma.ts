/**
 * a * b + c with a single rounding to float32, as fused multiply-add instructions give; a, b and c hold float32 values.
 *
 * The product is exact in double. The sum in double may be inexact, and rounding it again goes wrong only where it lies
 * half way between two floats while the exact sum does not: there the sign of the double's own error decides.
 */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const near = Math.fround(sum);
  const other = near + 2 * (sum - near); // the float on the far side, when sum is a midpoint
  if (other === near || Math.fround(other) !== other) return near;
  const back = sum - product;
  const error = (product - (sum - back)) + (c - back); // exact sum - sum
  return error === 0 || error > 0 === near > other ? near : other;
}
