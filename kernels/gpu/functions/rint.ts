/** The nearest integer, halves to even. Exact for every float32. */
export function rint(x: number): number {
  const low = Math.floor(x);
  const part = x - low;
  let r = low;
  if (part > 0.5) r = low + 1;
  if (part === 0.5 && low - 2 * Math.floor(low / 2) !== 0) r = low + 1;
  return r;
}
