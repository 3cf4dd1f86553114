/** A report held against the targets. */
import { ceilingOf, ofCeiling, ratio, timingOf, type Report, type Result, type Timing } from './result.ts';
import { MOST_WASM, NEVER_SLOWER, OF_CEILING, TARGETS, TWO_THREADS } from './targets.ts';

export interface Claim {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** Contenders of one thread, by the column of the table of targets they stand in. */
const BUILDS = [['relaxed', 'wasm relaxed'], ['simd128', 'wasm simd128']] as const;

/** Every claim that the report has the rows for. */
export function claims(report: Report): Claim[] {
  const results = new Map(report.results.map((r) => [r.row.name, r]));
  return [
    ...Object.entries(TARGETS).flatMap(([name, target]) => ratios(results.get(name), target)),
    ...NEVER_SLOWER.flatMap(([quantized, float]) => neverSlower(results.get(quantized), results.get(float))),
    ...Object.entries(OF_CEILING).flatMap(([name, percent]) => nearCeiling(results.get(name), percent, report)),
    ...TWO_THREADS.rows.flatMap((name) => sharedWork(results.get(name))),
    ...smallEnough(results.get('package, WebAssembly alone')),
  ];
}

function ratios(result: Result | undefined, target: (typeof TARGETS)[string]): Claim[] {
  if (result === undefined) return [];
  // A fresh process runs the build that its engine has.
  const builds = [...BUILDS, ['relaxed', 'wasm'] as const];
  return builds.flatMap(([column, contender]) => {
    const timing = timingOf(result, contender);
    const found = timing && ratio(result, timing, 'ort-web');
    if (found === undefined) return [];
    return [{ name: `${result.row.name}, ${contender}`, wanted: `>= ${target[column]}x ort-web`, measured: `${found.toFixed(2)}x${fastest(result, timing!)}`, holds: found >= target[column] }];
  });
}

/** The ratio of the fastest samples, which other work on the machine disturbs less than medians. */
function fastest(result: Result, timing: Timing): string {
  const peer = timingOf(result, 'ort-web')!;
  return timing.samples > 1 ? ` (fastest: ${(peer.min / timing.min).toFixed(2)}x)` : '';
}

function neverSlower(quantized: Result | undefined, float: Result | undefined): Claim[] {
  return BUILDS.flatMap(([, contender]) => {
    const [a, b] = [quantized && timingOf(quantized, contender), float && timingOf(float, contender)];
    if (a === undefined || b === undefined) return [];
    return [{ name: `${quantized!.row.name}, ${contender}`, wanted: 'not slower than float32', measured: `${a.median.toFixed(2)} against ${b.median.toFixed(2)} ms (fastest: ${a.min.toFixed(2)} against ${b.min.toFixed(2)})`, holds: a.median <= b.median }];
  });
}

function nearCeiling(result: Result | undefined, percent: number, { ceilings }: Report): Claim[] {
  return BUILDS.flatMap(([build, contender]) => {
    const timing = result && timingOf(result, contender);
    const own = build === 'relaxed' ? ceilings : { ...ceilings, 'i8 dot': NaN, 'i32 dot': NaN, 'f32 madd': NaN }; // what the build has instructions for
    const found = timing && ofCeiling(result.row, timing.median, own);
    if (found === undefined) return [];
    return [{ name: `${result!.row.name}, ${contender}`, wanted: `>= ${percent} % of ${ceilingOf(result!.row, own)}`, measured: `${found.toFixed(0)} %`, holds: found >= percent }];
  });
}

function sharedWork(result: Result | undefined): Claim[] {
  return BUILDS.flatMap(([, contender]) => {
    const [one, two] = [result && timingOf(result, contender), result && timingOf(result, `${contender} x2`)];
    if (one === undefined || two === undefined) return [];
    const gain = one.median / two.median;
    return [{ name: `${result!.row.name}, ${contender}`, wanted: `two threads >= ${TWO_THREADS.least}x`, measured: `${gain.toFixed(2)}x`, holds: gain >= TWO_THREADS.least }];
  });
}

function smallEnough(result: Result | undefined): Claim[] {
  const bytes = result && timingOf(result, 'wasm')?.median;
  return bytes === undefined ? [] : [{ name: 'all WebAssembly together', wanted: `<= ${MOST_WASM} bytes`, measured: `${bytes} bytes`, holds: bytes <= MOST_WASM }];
}
