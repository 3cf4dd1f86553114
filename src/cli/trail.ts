/** The optimizer's trail as text. */
import type { Explanation } from '../index.ts';
import { dim, green, paint, table, WIDTH, wrap } from './text.ts';

type Entry = Explanation['passes'][number];

/** How often each pass was applied and refused. */
export function passTable(entries: readonly Entry[]): string {
  const passes = new Map<string, { level: string; contract: string; applied: number; refused: number }>();
  for (const e of entries) {
    const row = passes.get(e.pass) ?? { level: e.level, contract: contractText(e), applied: 0, refused: 0 };
    row[e.outcome]++;
    passes.set(e.pass, row);
  }
  return table(
    [{ title: 'pass' }, { title: 'level' }, { title: 'contract' }, { title: 'applied', align: 'right' }, { title: 'refused', align: 'right' }],
    [...passes].map(([pass, r]) => [pass, r.level, r.contract, r.applied, r.refused]), 2,
  );
}

/** Every entry on a line or two: what a pass replaced by what, or why it did not. */
export function logLines(entries: readonly Entry[]): string[] {
  return entries.flatMap((e) => {
    const head = e.outcome === 'applied' ? `${green(`#${e.patch ?? ''}`)} ${e.pass}` : `${paint('yellow', 'refused')} ${e.pass}`;
    const where = `${e.level}, round ${e.round}, ${contractText(e)}${e.graph === 'main' ? '' : `, ${e.graph}`}`;
    const what = e.outcome === 'applied' ? `${e.before.join(', ') || 'nothing'} -> ${e.after.join(', ') || 'nothing'}` : `${e.before.join(', ')}: ${e.reason}`;
    return [`${head} ${dim(`(${where})`)}`, ...wrap(what, WIDTH - 4).map((l) => `    ${l}`)];
  });
}

function contractText({ contract }: Entry): string {
  return contract.kind === 'exact' || contract.kind === 'changes' ? contract.kind : contract.kind === 'ulp' ? `${contract.n} ulp` : `${contract.n} step`;
}
