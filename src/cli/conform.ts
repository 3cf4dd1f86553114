import { availableParallelism } from 'node:os';
import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { Case } from '../../conformance/case.ts';
import type { CaseResult } from '../../conformance/run-case.ts';
import type { RuntimeRun, Scoreboard } from '../../conformance/scoreboard.ts';
import { collect, integer, regex, withSession, type SessionFlags } from './options.ts';
import { startProgress } from './progress.ts';
import { bold, green, print, red, table, WIDTH, wrap } from './text.ts';

interface Flags extends SessionFlags {
  readonly filter?: RegExp;
  readonly runtime: readonly string[];
  readonly expect: 'specification' | 'onnxruntime';
  readonly json?: string;
  readonly html?: string;
  readonly markdown?: string;
  readonly merge: readonly string[];
  readonly jobs?: number;
  readonly timeout: number;
}

export const conformCommand = withSession(new Command('conform'))
  .summary('run conformance cases')
  .description('Runs ONNX backend-test cases (CASE/model.onnx, CASE/test_data_set_*) found below the folders, on one runtime or on several side by side. Fails when the first runtime fails a case.')
  .argument('<dirs...>', 'folders to search for cases')
  .addOption(new Option('--filter <regex>', 'only cases whose name matches').argParser(regex))
  .addOption(new Option('--runtime <names>', 'runtimes under test: nibble, ort-node, ort-web, or command:CMD, called as CMD CASE_DIR OUTPUT_DIR').argParser(runtimes).default(['nibble'], 'nibble'))
  .addOption(new Option('--expect <column>', 'expected values where specification and onnxruntime differ').choices(['specification', 'onnxruntime']).default('specification'))
  .option('--json <file>', 'write all results to a file')
  .option('--html <file>', 'write the scoreboard as one HTML page')
  .option('--markdown <file>', 'write the scoreboard as Markdown')
  .addOption(new Option('--merge <file>', 'show the cases of an earlier --json file of the same runtimes as well. May be repeated').argParser(collect).default([], 'none'))
  .addOption(new Option('--jobs <n>', 'worker processes (default: one a processor for many cases)').argParser(integer(1)))
  .addOption(new Option('--timeout <seconds>', 'time a case may take in a worker').argParser(integer(1)).default(120))
  .action(conform);

/** `nibble,ort-web,command:run it, then`: a comma separates only where another runtime follows. */
function runtimes(text: string): string[] {
  return text.split(/,(?=[\w-]+(?:$|,|:))/);
}

/** Below this number of cases, starting workers costs more than it gains. */
const WORTH_A_WORKER = 50;

async function conform(dirs: readonly string[], flags: Flags): Promise<void> {
  const { findCases } = await import('../../conformance/case.ts');
  const { makeScoreboard, mergeScoreboards } = await import('../../conformance/scoreboard.ts');
  const cases = findCases(dirs, flags.filter);
  const runs: RuntimeRun[] = [];
  for (const name of flags.runtime) runs.push(await runOn(name, cases, flags));
  const wanted = flags.json ?? flags.html ?? flags.markdown;
  if (runs.length > 1 || wanted !== undefined) {
    const earlier = await Promise.all(flags.merge.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Scoreboard));
    const board = mergeScoreboards([...earlier, makeScoreboard(dirs, cases, runs)]);
    await writePages(board, flags);
    if (runs.length > 1) await printScoreboard(board);
  }
  if (runs.length === 1) printResults(runs[0]!.results);
  if (cases.length === 0 || runs[0]!.results.some((r) => r.status === 'failed')) process.exitCode = 1;
}

async function runOn(name: string, cases: readonly Case[], flags: Flags): Promise<RuntimeRun> {
  const { runCases } = await import('../../conformance/runner.ts');
  const { openRuntime } = await import('../../conformance/runtime.ts');
  const { version } = await openRuntime(name);
  const progress = startProgress(cases.length, name);
  const began = performance.now();
  const results = await runCases(cases, {
    level: flags.level, runtime: name, column: flags.expect, timeout: flags.timeout, isolated: name.startsWith('ort'),
    ...(flags.ep && name === 'nibble' && { providers: flags.ep }), ...(flags.config && { config: flags.config }),
    jobs: flags.jobs ?? Math.min(availableParallelism(), Math.ceil(cases.length / WORTH_A_WORKER)),
    onResult: (result, done) => progress.update(done, result.name),
  });
  progress.stop();
  return { name, version, level: flags.level, providers: name === 'nibble' ? flags.ep ?? [] : [], seconds: (performance.now() - began) / 1000, results };
}

async function writePages(board: Scoreboard, { json, html, markdown }: Flags): Promise<void> {
  const { htmlPage, markdownPage } = await import('../../conformance/pages.ts');
  if (json !== undefined) await writeFile(json, `${JSON.stringify(board, undefined, 1)}\n`);
  if (html !== undefined) await writeFile(html, htmlPage(board));
  if (markdown !== undefined) await writeFile(markdown, markdownPage(board));
}

async function printScoreboard(board: Scoreboard): Promise<void> {
  const { byOperator, bySuite, byType, describeCounts } = await import('../../conformance/scoreboard.ts');
  const columns = [{ title: 'cases', align: 'right' as const }, ...board.runtimes.map((r) => ({ title: [r.name, r.version].filter(Boolean).join(' ') }))];
  for (const [title, rows] of [['operator', byOperator(board)], ['type', byType(board)], ['suite', bySuite(board)]] as const) {
    print(`${table([{ title }, ...columns], rows.map((r) => [r.name, r.cases, ...r.counts.map(describeCounts)]))}\n`);
  }
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
