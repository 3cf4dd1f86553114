/** Results for the terminal. */
import { bold, dim, green, red, table } from '../../src/cli/text.ts';
import type { Ceilings } from '../ceilings.ts';
import type { Claim } from '../check.ts';
import { ceilingOf, mismatches, ofCeiling, ratio, remarks, type Result } from '../result.ts';
import { amount, ceilingText, differenceText, mismatchText, percent, rate, times } from './format.ts';

export const ceilingsText = (ceilings: Ceilings): string =>
  `ceilings of one thread: ${Object.entries(ceilings).map(([k, v]) => `${k} ${ceilingText(k as keyof Ceilings, v as number)}`).join(', ')}`;

/** One row as a table of its contenders. */
export function rowText(result: Result, ceilings: Ceilings): string {
  const { row, timings, absent } = result;
  const wrong = mismatches(result);
  const ceiling = ceilingOf(row, ceilings);
  const cells = timings.map((t) => [
    t.contender, amount(row, t.median), t.samples > 1 ? `${amount(row, t.quartiles[0]).split(' ')[0]} .. ${amount(row, t.quartiles[1]).split(' ')[0]}` : 'once',
    rate(row, t), percent(ofCeiling(row, t.median, ceilings)), times(ratio(result, t, 'ort-web')), times(ratio(result, t, 'ort-node')), differenceText(t),
  ]);
  const columns = ['', 'median', 'middle half', 'rate', ceiling === undefined ? '' : `of ${ceiling}`, 'ort-web', 'ort-node', 'difference'];
  return [
    bold(row.name), table(columns.map((title, i) => ({ title, align: i === 0 ? 'left' as const : 'right' as const })), cells, 2),
    ...remarks(result).map((r) => dim(`  ${r}`)),
    ...(absent.length === 0 ? [] : [dim(`  not run: ${absent.map((a) => `${a.contender} (${a.reason})`).join('; ')}`)]),
    ...(wrong.length === 0 ? [] : [red(bold(`  !!! ${mismatchText(row, wrong)}`))]),
  ].join('\n');
}

/** Claims that do not hold first. */
export function claimsText(claims: readonly Claim[]): string {
  const missed = claims.filter((c) => !c.holds);
  const rows = [...missed, ...claims.filter((c) => c.holds)].map((c) => [c.holds ? 'holds' : 'MISSES', c.measured, c.wanted, c.name]);
  const verdict = missed.length === 0 ? green(`all ${claims.length} claims hold`) : red(`${missed.length} of ${claims.length} claims miss`);
  return `${table(['', 'measured', 'wanted', 'claim'].map((title) => ({ title })), rows)}\n${verdict}`;
}
