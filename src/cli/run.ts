import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { CheckReport, Results } from '../index.ts';
import type { FeedFlags } from './feeds.ts';
import { collect, integer, withSession, sessionOptions, type SessionFlags } from './options.ts';
import { count, dim, formatTime, print, tellMissing } from './text.ts';

interface Flags extends SessionFlags, Omit<FeedFlags, 'dims'> {
  readonly dim?: readonly string[];
  readonly fetch?: readonly string[];
  readonly output?: string;
  readonly format: 'npy' | 'pb';
  readonly profile?: string;
  readonly check?: number;
  readonly checkOutput: string;
}

export const runCommand = withSession(new Command('run'))
  .summary('run a model')
  .description('Runs a model on inputs from files, JSON, a test data set or random numbers, and shows or writes its outputs.')
  .argument('<model>', 'the .onnx file')
  .addOption(new Option(
    '-i, --input <name=value>', 'an input: name=FILE (.pb, .npy, .json) or name=JSON; or a test_data_set folder, or an .npz file. May be repeated',
  ).argParser(collect))
  .addOption(new Option('--random [seed]', 'random values for inputs not given').argParser(integer(0)).preset(0))
  .addOption(new Option('--dim <name=size>', 'size of a free dimension for random inputs (default 1). May be repeated').argParser(collect))
  .addOption(new Option('--fetch <name>', 'a tensor to fetch instead of the outputs: any of the model. May be repeated').argParser(collect))
  .option('-o, --output <dir>', 'write the results to a folder instead of printing them')
  .addOption(new Option('--format <format>', 'of written results').choices(['npy', 'pb']).default('npy'))
  .option('--profile <file>', 'write a chrome trace (chrome://tracing, Perfetto)')
  .addOption(new Option('--check <n>', 'run n of the nodes that other providers ran on cpu again, with the values they met; fails at the first divergence').argParser(integer(1)))
  .option('--check-output <dir>', 'where a divergence is written as a conformance case', 'divergence')
  .action(run);

async function run(model: string, flags: Flags): Promise<void> {
  const { InferenceSession } = await import('../main.ts');
  const { parseDim, readFeeds } = await import('./feeds.ts');
  const { showValue } = await import('./show.ts');
  const dims = (flags.dim ?? []).reduce<ReadonlyMap<string, number>>((map, text) => parseDim(text, map), new Map());
  const began = performance.now();
  let report: CheckReport | undefined;
  const check = flags.check === undefined ? {} : { check: { nodes: flags.check, onCheck: (r: CheckReport) => void (report = r) } };
  const session = await InferenceSession.create(model, { ...sessionOptions(flags), enableProfiling: flags.profile !== undefined, ...check });
  const loaded = performance.now();
  tellMissing(session.explain());
  const feeds = readFeeds(session.inputMetadata, { ...flags, dims });
  const started = performance.now();
  const results = await session.run(feeds, flags.fetch ?? session.outputNames);
  const ended = performance.now();
  const names = Object.keys(results);
  if (flags.output !== undefined) await writeResults(results, flags.output, flags.format);
  else for (const name of names) print(showValue(name, results[name]));
  if (flags.profile !== undefined) writeFileSync(flags.profile, JSON.stringify(session.endProfiling()));
  const { nodesAfter, providers } = session.explain();
  const places = Object.entries(providers).map(([p, n]) => `${p} ${n}`).join(', ');
  const times = `loaded in ${formatTime(loaded - began)}, ran in ${formatTime(ended - started)}`;
  if (process.stdout.isTTY) print(dim(`${times}: ${count(nodesAfter, 'node')} (${places}), level ${flags.level}`));
  if (report !== undefined) (await import('./check.ts')).showCheck(report, flags.checkOutput);
  await session.release();
}

/** One file a result, named after it; types that NumPy lacks go to .pb files. */
async function writeResults(results: Results, dir: string, format: Flags['format']): Promise<void> {
  const { encodeNpy, isNpyType } = await import('./npy.ts');
  const { encodeValue } = await import('../model/index.ts');
  const { Tensor } = await import('../tensor/index.ts');
  mkdirSync(dir, { recursive: true });
  for (const [name, value] of Object.entries(results)) {
    const npy = format === 'npy' && value instanceof Tensor && isNpyType(value.type);
    const file = join(dir, `${name.replace(/[^\w.-]+/g, '_')}.${npy ? 'npy' : 'pb'}`);
    writeFileSync(file, npy ? encodeNpy(value) : encodeValue(value, name));
    print(file);
  }
}
