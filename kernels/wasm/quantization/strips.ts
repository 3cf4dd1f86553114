/** Rows of a left matrix, in strips of what a micro-kernel takes: `count` strips of `rows` rows from row `row` on. */
export interface Strips {
  readonly row: number;
  readonly rows: number;
  readonly count: number;
}

/** Strips of `sizes` rows, which fall to 1: as many of the first as fit, then of the next. */
export function stripsOf(m: number, sizes: readonly number[]): Strips[] {
  const strips: Strips[] = [];
  let row = 0;
  for (const rows of sizes) {
    const count = Math.floor((m - row) / rows);
    if (count > 0) strips.push({ row, rows, count });
    row += count * rows;
  }
  return strips;
}

/** The same, each strip for itself. */
export function singleStrips(m: number, sizes: readonly number[]): { readonly row: number; readonly rows: number }[] {
  return stripsOf(m, sizes).flatMap(({ row, rows, count }) => Array.from({ length: count }, (_, i) => ({ row: row + i * rows, rows })));
}
