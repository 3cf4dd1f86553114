/** Measures rows and writes reports: `nibble bench`, `npm run bench`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { shipped, version } from '../src/cli/package.ts';
import { startProgress } from '../src/cli/progress.ts';
import { measureCeilings } from './ceilings.ts';
import { claims, type Claim } from './check.ts';
import { CONTENDERS } from './contenders.ts';
import { measureRow } from './measure.ts';
import { reportHtml } from './report/html.ts';
import { ceilingsText, claimsText, rowText } from './report/text.ts';
import { mismatches, type Report, type Result } from './result.ts';
import { KERNEL_ROWS, MODEL_ROWS } from './rows/index.ts';
import { measureSizes } from './size.ts';
import { measureStart, START } from './start.ts';

export interface BenchOptions {
  /** Only rows whose name matches. */
  readonly filter?: RegExp;
  /** Only contenders whose name matches. */
  readonly contenders?: RegExp;
  readonly rounds?: number;
  readonly slice?: number;
  readonly json?: string;
  readonly html?: string;
  /** Holds the results against the targets. */
  readonly check?: boolean;
  readonly print?: (text: string) => void;
}

export interface BenchOutcome {
  readonly report: Report;
  /** Claims of `check` that do not hold. */
  readonly missed: readonly Claim[];
  /** Rows in which contenders disagree. */
  readonly wrong: readonly Result[];
}

export async function runBench(options: BenchOptions = {}): Promise<BenchOutcome> {
  const print = options.print ?? console.log;
  const { rounds = 7, slice = 60 } = options;
  const contenders = CONTENDERS.filter((c) => options.contenders?.test(c.name) ?? true);
  const machine = describeMachine();
  print(Object.entries(machine).map(([k, v]) => `${k}: ${v}`).join('\n'));
  if (machine.load !== undefined) print('other work runs on this machine: medians suffer from it more than the fastest samples do');
  const ceilings = await measureCeilings();
  print(`${ceilingsText(ceilings)}\n`);
  const jobs: { readonly name: string; run(): Promise<readonly Result[]> }[] = [
    ...[...KERNEL_ROWS, ...MODEL_ROWS].map((row) => ({ name: row.name, run: async () => [await measureRow(row, contenders, { rounds, slice })] })),
    { name: START, run: async () => [await measureStart(rounds)] },
    { name: 'package', run: async () => measureSizes() },
  ].filter((job) => options.filter?.test(job.name) ?? true);
  const progress = startProgress(jobs.length, 'benchmark');
  const results: Result[] = [];
  try {
    for (const [i, job] of jobs.entries()) {
      progress.update(i, job.name);
      for (const result of await job.run()) {
        results.push(result);
        print(`${rowText(result, ceilings)}\n`);
      }
    }
  } finally {
    progress.stop();
  }
  const report: Report = { machine, date: new Date().toISOString(), ceilings, results };
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, undefined, 1));
  if (options.html !== undefined) writeFileSync(options.html, reportHtml(report));
  const list = options.check ? claims(report) : [];
  if (options.check) print(claimsText(list));
  return { report, missed: list.filter((c) => !c.holds), wrong: results.filter((r) => mismatches(r).length > 0) };
}

function describeMachine(): Record<string, string> {
  // Read from the file: the packages' exports hide their package.json.
  const versionOf = (name: string): string => {
    try {
      return (JSON.parse(readFileSync(shipped('node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      return 'not installed';
    }
  };
  const [load] = loadavg();
  return {
    ...(load > 1 && { load: `${load.toFixed(1)} before the run: the machine is busy` }),
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    node: `${process.version} (V8 ${process.versions.v8})`, 'nibble-onnx': version,
    'onnxruntime-web': versionOf('onnxruntime-web'), 'onnxruntime-node': versionOf('onnxruntime-node'),
  };
}
