const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The next double after a positive one. */
export function above(x: number): number {
  double[0] = x;
  bits[0]! += 1n;
  return double[0];
}

/** The double before a positive one. */
export function below(x: number): number {
  double[0] = x;
  bits[0]! -= 1n;
  return double[0];
}
