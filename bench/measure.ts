/** Interleaved measurement: every contender gets a slice of each round, so that a machine that slows down slows all alike. */
import { Bench } from 'tinybench';
import type { Contender, Runner } from './contenders.ts';
import type { Row } from './rows.ts';

export interface Timing {
  readonly contender: string;
  /** Median of all samples, in milliseconds. */
  readonly median: number;
  /** Fastest sample, and the spread that holds the middle half. */
  readonly min: number;
  readonly quartiles: readonly [number, number];
  readonly samples: number;
  /** Largest difference of the output from the first contender's, relative to its largest magnitude. */
  readonly difference: number;
}

export interface MeasureOptions {
  readonly rounds: number;
  /** Milliseconds of each contender's slice of a round. */
  readonly slice: number;
}

export async function measureRow(row: Row, contenders: readonly Contender[], options: MeasureOptions): Promise<Timing[]> {
  const subject = row.make();
  const ready: { name: string; runner: Runner; samples: number[]; output: ArrayLike<number> }[] = [];
  for (const contender of contenders) {
    if (contender.name === 'cpu' && row.skipCpu) continue;
    const runner = await contender.prepare(subject);
    if (runner === undefined) continue;
    for (let i = 0; i < 3; i++) await runner.run(); // engines compile hot code in the background: runs before count for nothing
    ready.push({ name: contender.name, runner, samples: [], output: Array.from(await runner.output()) });
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const entry of round % 2 === 0 ? ready : [...ready].reverse()) {
      const bench = new Bench({ time: options.slice, iterations: 2, warmup: round === 0, warmupTime: options.slice, warmupIterations: 2, retainSamples: true });
      bench.add(row.name, () => entry.runner.run());
      await bench.run();
      const { result } = bench.tasks[0];
      if (result !== undefined && 'latency' in result) entry.samples.push(...(result.latency.samples ?? []));
    }
  }
  const timings = ready.map((e) => summarize(e.name, e.samples, difference(ready[0].output, e.output)));
  for (const { runner } of ready) await runner.dispose();
  return timings;
}

function summarize(contender: string, samples: readonly number[], difference: number): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { contender, median: at(0.5), min: sorted[0] ?? NaN, quartiles: [at(0.25), at(0.75)], samples: sorted.length, difference };
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0, most = 0;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(Number(a[i])));
    most = Math.max(most, Math.abs(Number(a[i]) - Number(b[i])));
  }
  return largest === 0 ? most : most / largest;
}
