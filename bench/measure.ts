/** Interleaved measurement: every contender gets a slice of each round, so that a machine that slows down slows all alike. */
import { Bench } from 'tinybench';
import type { Contender, Runner } from './contenders.ts';
import type { Result, Row, Timing } from './result.ts';

export interface MeasureOptions {
  readonly rounds: number;
  /** Milliseconds of each contender's slice of a round. */
  readonly slice: number;
}

interface Entry {
  readonly name: string;
  readonly runner: Runner;
  readonly samples: number[];
  readonly output: ArrayLike<number>;
  /** Runs once, in no round. */
  readonly isOnce: boolean;
}

export async function measureRow(row: Row, contenders: readonly Contender[], options: MeasureOptions): Promise<Result> {
  const { make, ...facts } = row;
  const subject = await make();
  const entries: Entry[] = [];
  const absent: { contender: string; reason: string }[] = [];
  for (const contender of contenders) {
    let runner: Runner | undefined;
    try {
      runner = await contender.prepare(subject);
      const isOnce = contender.name === 'cpu' && row.isSlow === true;
      const began = performance.now();
      const output = await runner.output();
      const samples = isOnce ? [performance.now() - began] : [];
      if (!isOnce) for (let i = 0; i < 3; i++) await runner.run(); // engines compile hot code in the background: runs before count for nothing
      entries.push({ name: contender.name, runner, samples, output, isOnce });
    } catch (error) {
      absent.push({ contender: contender.name, reason: (error instanceof Error ? error.message : String(error)).split('\n')[0] });
      await runner?.dispose();
    }
  }
  const timed = entries.filter((e) => !e.isOnce);
  for (let round = 0; round < options.rounds; round++) {
    for (const entry of round % 2 === 0 ? timed : [...timed].reverse()) {
      const bench = new Bench({ time: options.slice, iterations: 2, warmup: round === 0, warmupTime: options.slice, warmupIterations: 2, retainSamples: true });
      bench.add(row.name, () => entry.runner.run());
      await bench.run();
      const { result } = bench.tasks[0];
      if (result !== undefined && 'latency' in result) entry.samples.push(...(result.latency.samples ?? []));
    }
  }
  const timings = entries.map(({ name, samples, output, runner: { remark } }): Timing => ({
    ...summarize(name, samples, entries[0].name === 'cpu' ? difference(entries[0].output, output) : undefined), ...(remark !== undefined && { remark }),
  }));
  for (const { runner } of entries) await runner.dispose();
  return { row: facts, timings, absent };
}

/** Median, least and middle half of samples. */
export function summarize(contender: string, samples: readonly number[], difference?: number): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { contender, median: at(0.5), min: sorted[0] ?? NaN, quartiles: [at(0.25), at(0.75)], samples: sorted.length, ...(difference !== undefined && { difference }) };
}

/** The largest difference of two results, relative to the largest magnitude of the first; infinite where one is not a number and the other is. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0, most = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) largest = Math.max(largest, Number.isFinite(a[i]) ? Math.abs(a[i]) : 0);
    else if (!Number.isFinite(a[i]) || !Number.isFinite(b[i])) return Infinity;
    else {
      largest = Math.max(largest, Math.abs(a[i]));
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
  }
  return largest === 0 ? most : most / largest;
}
