/**
 * Neighbouring axes that are reduced, as [from, to); no axes mean all. Undefined where the rank is not known, or they are not
 * neighbours.
 */
export function reducedBlock(axes: readonly number[], rank: number | undefined): { readonly from: number; readonly to: number } | undefined {
  if (rank === undefined) return undefined;
  if (axes.length === 0) return { from: 0, to: rank };
  const front = [...new Set(axes.map((a) => (a < 0 ? a + rank : a)))].sort((a, b) => a - b);
  const from = front[0], to = from + front.length;
  return from >= 0 && front.at(-1) === to - 1 && to <= rank ? { from, to } : undefined;
}
