/** Runs the contenders of a row in turns. */
import { difference } from '../measure.ts';
import type { GpuContender } from './contenders.ts';
import type { GpuResult } from './report.ts';
import type { GpuRow } from './rows.ts';

export interface Pace {
  readonly rounds: number;
  /** Milliseconds of a contender's turn; three runs at least. */
  readonly slice: number;
}

export const show = (ms: number): string => ms.toFixed(ms >= 10 ? 1 : 3);

/** Prepares each contender, compares its output with the reference's, then times all in turns. */
export async function measure({ row, target, tolerance, outputs }: GpuRow, contenders: readonly GpuContender[], reference: GpuContender, pace: Pace): Promise<GpuResult> {
  const subject = await row.make();
  const expected = await reference.prepare(subject, 'new').then(async (r) => {
    const out = Array.from(await r.output(), Number);
    await r.dispose();
    return out;
  }).catch(() => undefined);
  const ready = [];
  const timings: GpuResult['timings'][number][] = [];
  for (const contender of contenders) {
    try {
      const runner = await contender.prepare(subject, outputs);
      for (let i = 0; i < 4; i++) await runner.run();
      const off = expected === undefined ? NaN : difference(expected, await runner.output());
      ready.push({ contender, runner, off, samples: [] as number[] });
    } catch (error) {
      timings.push({ contender: contender.name, median: NaN, min: NaN, samples: 0, difference: NaN, note: `failed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}` });
    }
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const { runner, samples } of round % 2 === 0 ? ready : [...ready].reverse()) {
      await runner.run(); // the other's work has cooled caches and clocks
      const end = performance.now() + pace.slice;
      for (let i = 0; i < 3 || performance.now() < end; i++) {
        const from = performance.now();
        await runner.run();
        samples.push(performance.now() - from);
      }
    }
  }
  for (const { contender, runner, off, samples } of ready) {
    samples.sort((a, b) => a - b);
    timings.push({ contender: contender.name, median: samples[samples.length >> 1], min: samples[0], samples: samples.length, difference: off, note: runner.note });
    await runner.dispose().catch(() => undefined);
  }
  const [mine, theirs] = ['nibble webgpu', 'ort-node webgpu'].map((name) => timings.find((t) => t.contender === name));
  const ratio = mine === undefined || theirs === undefined ? NaN : theirs.median / mine.median;
  const ours = timings.filter((t) => t.contender.startsWith('nibble '));
  return { name: row.name, target, ratio, exact: ours.length > 0 && ours.every((t) => t.difference <= tolerance), timings };
}

export function resultText({ name, target, ratio, exact, timings }: GpuResult): string {
  return [
    name, ...timings.map((t) => `  ${t.contender.padEnd(16)} ${show(t.median).padStart(9)} ms  min ${show(t.min).padStart(9)}  off ${t.difference.toExponential(1)}  ${t.note}`),
    `  ${Number.isNaN(ratio) ? '' : `ratio ${ratio.toFixed(2)}; `}${target === undefined ? '' : `target ${target}: ${ratio >= target ? 'met' : 'MISSED'}; `}${exact ? 'results agree' : 'RESULTS DIFFER'}`,
  ].join('\n');
}
