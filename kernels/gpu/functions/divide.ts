/** floor(i / n) for integers 0 <= i < 2^24 and n > 0, however roughly the device divides: the remainder tells. */
export function divide(i: number, n: number): number {
  let q = Math.floor(i / n);
  const rest = i - q * n;
  if (rest < 0) q = q - 1;
  if (rest >= n) q = q + 1;
  return q;
}
