import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import type { CaseResult } from '../../conformance/run-case.ts';
import { integer, regex, withSession, type SessionFlags } from './options.ts';
import { startProgress } from './progress.ts';
import { bold, green, print, red, table, WIDTH, wrap } from './text.ts';

interface Flags extends SessionFlags {
  readonly filter?: RegExp;
  readonly runtime: string;
  readonly json?: string;
  readonly jobs?: number;
  readonly timeout: number;
}

export const conformCommand = withSession(new Command('conform'))
  .summary('run conformance cases')
  .description('Runs ONNX backend-test cases (CASE/model.onnx, CASE/test_data_set_*) found below the folders.')
  .argument('<dirs...>', 'folders to search for cases')
  .addOption(new Option('--filter <regex>', 'only cases whose name matches').argParser(regex))
  .option('--runtime <name>', 'runtime under test', 'nibble')
  .option('--json <file>', 'write all results to a file')
  .addOption(new Option('--jobs <n>', 'worker processes (default: one a processor for many cases)').argParser(integer(1)))
  .addOption(new Option('--timeout <seconds>', 'time a case may take in a worker').argParser(integer(1)).default(120))
  .action(conform);

/** Below this number of cases, starting workers costs more than it gains. */
const WORTH_A_WORKER = 50;

async function conform(dirs: readonly string[], flags: Flags): Promise<void> {
  const { findCases } = await import('../../conformance/case.ts');
  const { runCases } = await import('../../conformance/runner.ts');
  const cases = findCases(dirs, flags.filter);
  const progress = startProgress(cases.length, 'conform');
  const began = performance.now();
  const results = await runCases(cases, {
    level: flags.level, runtime: flags.runtime, timeout: flags.timeout, ...(flags.ep && { providers: flags.ep }), ...(flags.config && { config: flags.config }),
    jobs: flags.jobs ?? Math.min(availableParallelism(), Math.ceil(cases.length / WORTH_A_WORKER)),
    onResult: (result, done) => progress.update(done, result.name),
  });
  progress.stop();
  const seconds = (performance.now() - began) / 1000;
  if (flags.json !== undefined) await writeJson(flags.json, results, flags, seconds);
  printResults(results);
  if (results.length === 0 || results.some((r) => r.status === 'failed')) process.exitCode = 1;
}

function printResults(results: readonly CaseResult[]): void {
  const failed = results.filter((r) => r.failure !== undefined && r.status === 'failed');
  for (const r of failed) {
    print(`${red('FAIL')} ${bold(r.name)} (${r.failure!.kind}${r.failure!.dataSet === undefined ? '' : `, ${r.failure!.dataSet}`})`);
    for (const line of wrap(r.failure!.message, WIDTH - 5)) print(`     ${line}`);
  }
  if (failed.length > 0) print(`\n${causes(failed)}\n`);
  const skipped = results.filter((r) => r.status === 'skipped');
  if (skipped.length > 0) print(`${table([{ title: 'skipped case' }, { title: 'reason' }], skipped.map((r) => [r.name, r.reason ?? '']))}\n`);
  const draws = results.filter((r) => r.judged === 'distribution');
  if (draws.length > 0) print(`judged by distribution (random draws): ${draws.map((r) => r.name).join(', ')}\n`);
  const number = (status: CaseResult['status']): number => results.filter((r) => r.status === status).length;
  const line = `${number('passed')} passed, ${number('failed')} failed, ${number('skipped')} skipped`;
  print(failed.length > 0 || results.length === 0 ? red(line) : green(line));
}

/** Failures by kind and by what they have in common: an error's code and first clause. */
function causes(failed: readonly CaseResult[]): string {
  const counts = new Map<string, number>();
  for (const { failure } of failed) {
    const cause = failure!.kind === 'wrong' ? 'an output differs' : failure!.message.split(/[;:] (?=node |expected |found )|\n/)[0]!;
    counts.set(`${failure!.kind}\t${cause}`, (counts.get(`${failure!.kind}\t${cause}`) ?? 0) + 1);
  }
  const rows = [...counts].sort((a, b) => b[1] - a[1]).map(([key, n]) => [n, ...key.split('\t')]);
  return table([{ title: 'failures', align: 'right' }, { title: 'kind' }, { title: 'cause' }], rows);
}

async function writeJson(file: string, results: readonly CaseResult[], flags: Flags, seconds: number): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  const { openRuntime } = await import('../../conformance/runtime.ts');
  const { name, version } = await openRuntime(flags.runtime);
  const report = {
    runtime: name, version, level: flags.level, providers: flags.ep ?? [], node: process.version, seconds, cases: results,
  };
  await writeFile(file, `${JSON.stringify(report, (_, v: unknown) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v), 1)}\n`);
}
