/** Results of several runtimes side by side, counted by suite, by operator and by element type. */
import { cpus } from 'node:os';
import { resolve, sep } from 'node:path';
import { fail } from '../src/errors.ts';
import { factsOf, inputsText, modelText, SEVERAL, unexpanded, type CaseFacts } from './facts.ts';
import type { Case } from './case.ts';
import type { CaseResult } from './run-case.ts';

/** `refused`: the model did not load, or its run ended in an error. `crashed`: it took the process down, or too long. */
export const OUTCOMES = ['passed', 'off by one', 'wrong', 'refused', 'crashed', 'skipped'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface RuntimeInfo {
  readonly name: string;
  readonly version: string;
  readonly level: string;
  readonly providers: readonly string[];
  readonly seconds: number;
}

export interface Score {
  readonly outcome: Outcome;
  /** What went wrong; for outputs the first difference. */
  readonly message?: string;
  /** The data set and `OnnxError` code, where there is one. */
  readonly dataSet?: string;
  readonly code?: string;
  readonly judged?: 'distribution';
}

export interface ScoredCase extends CaseFacts {
  readonly name: string;
  readonly suite: string;
  /** In the order of the runtimes. */
  readonly results: readonly Score[];
  /** Model and inputs as text, where a runtime does not pass. */
  readonly model?: string;
  readonly inputs?: string;
}

/** What `--json` writes. */
export interface Scoreboard {
  readonly date: string;
  readonly machine: string;
  readonly runtimes: readonly RuntimeInfo[];
  readonly suites: readonly string[];
  readonly cases: readonly ScoredCase[];
}

export interface RuntimeRun extends RuntimeInfo {
  readonly results: readonly CaseResult[];
}

/** `dirs` are the folders given: each is a suite. */
export function makeScoreboard(dirs: readonly string[], cases: readonly Case[], runs: readonly RuntimeRun[]): Scoreboard {
  const suites = dirs.map((dir) => ({ root: resolve(dir), name: resolve(dir).split(sep).slice(-2).join('/') }));
  const facts = cases.map(factsOf);
  const operators = new Map(cases.map((test, i) => [test.name, facts[i]!.operator]));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${process.platform} ${process.arch}`,
    runtimes: runs.map(({ results: _, ...info }) => info),
    suites: suites.map((s) => s.name),
    cases: cases.map((test, i) => {
      const results = runs.map((run) => scoreOf(run.results[i]!));
      const fact = facts[i]!;
      const at = `${resolve(test.dir)}${sep}`;
      return {
        name: test.name, suite: suites.find((s) => at.startsWith(`${s.root}${sep}`))?.name ?? '', ...fact,
        operator: fact.operator === SEVERAL ? (operators.get(unexpanded(test.name)) ?? SEVERAL) : fact.operator, results,
        ...(results.some((r) => r.outcome !== 'passed') && { model: modelText(test), inputs: inputsText(test) }),
      };
    }),
  };
}

/** Cases of several scoreboards of the same runtimes, with the last one's facts about date and machine. Throws `E_INPUT`. */
export function mergeScoreboards(boards: readonly Scoreboard[]): Scoreboard {
  const last = boards.at(-1)!;
  const names = (board: Scoreboard): string => board.runtimes.map((r) => `${r.name} ${r.version} at level ${r.level}`).join(', ');
  for (const board of boards) if (names(board) !== names(last)) fail('E_INPUT', 'scoreboards of different runtimes do not merge', { expected: names(last), found: names(board) });
  const seconds = (i: number): number => boards.reduce((sum, b) => sum + b.runtimes[i]!.seconds, 0);
  return {
    ...last, runtimes: last.runtimes.map((r, i) => ({ ...r, seconds: seconds(i) })),
    suites: boards.flatMap((b) => b.suites), cases: boards.flatMap((b) => b.cases),
  };
}

const MOST_TEXT = 400;

function scoreOf({ status, failure, judged, reason }: CaseResult): Score {
  const draws = judged === 'distribution' ? { judged } : {};
  if (status === 'skipped') return { outcome: 'skipped', message: reason ?? '' };
  if (failure === undefined) return { outcome: 'passed', ...draws };
  const outcome = failure.kind === 'died' ? 'crashed' : failure.kind === 'refused' || failure.kind === 'error' ? 'refused'
    : failure.difference?.offByOne ? 'off by one' : 'wrong';
  return {
    outcome, message: failure.message.slice(0, MOST_TEXT), ...draws,
    ...(failure.dataSet !== undefined && { dataSet: failure.dataSet }), ...(failure.code !== undefined && { code: failure.code }),
  };
}

/** How many cases of a group ended how, for each runtime. */
export interface Row {
  readonly name: string;
  readonly cases: number;
  readonly counts: readonly Readonly<Record<Outcome, number>>[];
}

export const bySuite = (board: Scoreboard): Row[] => group(board, (c) => [c.suite]);
export const byOperator = (board: Scoreboard): Row[] => sorted(group(board, (c) => [c.operator]));
/** A case counts once for each of its types. */
export const byType = (board: Scoreboard): Row[] => sorted(group(board, (c) => c.types));

const sorted = (rows: Row[]): Row[] => rows.sort((a, b) => (a.name < b.name ? -1 : 1));

function group(board: Scoreboard, keysOf: (test: ScoredCase) => readonly string[]): Row[] {
  const rows = new Map<string, { name: string; cases: number; counts: Record<Outcome, number>[] }>();
  for (const test of board.cases) {
    for (const name of keysOf(test)) {
      const row = rows.get(name) ?? { name, cases: 0, counts: board.runtimes.map(() => ({ passed: 0, 'off by one': 0, wrong: 0, refused: 0, crashed: 0, skipped: 0 })) };
      rows.set(name, row);
      row.cases++;
      test.results.forEach((r, i) => row.counts[i]![r.outcome]++);
    }
  }
  return [...rows.values()];
}

/** `38 passed, 2 wrong, 1 refused` */
export function describeCounts(counts: Readonly<Record<Outcome, number>>): string {
  const parts = OUTCOMES.filter((o) => counts[o] > 0).map((o) => `${counts[o]} ${o}`);
  return parts.join(', ') || 'none';
}
