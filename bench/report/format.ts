/** Numbers as people read them. */
import type { Ceilings } from '../ceilings.ts';
import { isBandwidth, type Result, type RowFacts, type Timing } from '../result.ts';

/** Three significant digits. */
export const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x >= 0.1 ? x.toFixed(2) : x.toPrecision(2));

export const amount = (row: RowFacts, x: number): string => (row.unit === 'bytes' ? `${digits(x / 1e3)} kB` : `${digits(x)} ms`);

/** GOPS, or GB/s where nothing is calculated. */
export function rate(row: RowFacts, { median }: Timing): string {
  if (row.operations !== undefined) return `${digits(row.operations / median / 1e6)} GOPS`;
  return row.bytes === undefined ? '' : `${digits(row.bytes / median / 1e6)} GB/s`;
}

export const ceilingText = (name: keyof Ceilings, value: number): string => (Number.isFinite(value) ? `${digits(value)} ${isBandwidth(name) ? 'GB/s' : 'GOPS'}` : 'not here');

export const times = (x: number | undefined): string => (x === undefined ? '' : `${x >= 100 ? x.toFixed(0) : x.toFixed(2)}x`);

export const percent = (x: number | undefined): string => (x === undefined ? '' : `${x.toFixed(0)} %`);

export const differenceText = ({ difference }: Timing): string => (difference === undefined ? '' : difference === 0 ? 'none' : difference.toExponential(0));

/** What a row says of contenders whose results are wrong. */
export const mismatchText = (row: RowFacts, wrong: Result['timings']): string =>
  `RESULTS DIFFER: ${wrong.map((t) => `${t.contender} by ${t.difference === Infinity ? 'a shape, NaN or infinity' : t.difference!.toExponential(1)}`).join(', ')}; at most ${row.tolerance ?? 0} is right`;
