import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { Difference } from '../tensor/compare.ts';
import { collect, integer, real, sessionOptions, withSession, type SessionFlags } from './options.ts';
import { count, green, print, red, WIDTH, wrap } from './text.ts';
import { logLines } from './trail.ts';

interface Flags extends SessionFlags {
  readonly inputs?: readonly string[];
  readonly random?: number;
  readonly dim?: readonly string[];
  readonly tolerance: number;
}

export const bisectCommand = withSession(new Command('bisect'))
  .summary('find the pass that changes the results')
  .description('Finds the first patch of the optimizer after which an output leaves the tolerance, compared with level disabled on the same providers.')
  .argument('<model>', 'the .onnx file')
  .addOption(new Option(
    '-i, --inputs <dir>', 'inputs: a test_data_set folder, a folder of such, an .npz file, name=FILE or name=JSON. May be repeated',
  ).argParser(collect))
  .addOption(new Option('--random [seed]', 'random values for inputs not given').argParser(integer(0)).preset(0))
  .addOption(new Option('--dim <name=size>', 'size of a free dimension for random inputs (default 1). May be repeated').argParser(collect))
  .addOption(new Option('--tolerance <t>', 'of floats: |difference| <= t + t |expected|; integers must be equal').argParser(real(0)).default(1e-4))
  .action(run);

async function run(model: string, flags: Flags): Promise<void> {
  const { InferenceSession } = await import('../main.ts');
  const { bisect } = await import('./bisection.ts');
  const { parseDim, readFeeds } = await import('./feeds.ts');
  const dims = (flags.dim ?? []).reduce<ReadonlyMap<string, number>>((map, text) => parseDim(text, map), new Map());
  const options = sessionOptions(flags);
  const session = await InferenceSession.create(model, { ...options, graphOptimizationLevel: 'disabled' });
  const feeds = inputSets(flags.inputs ?? []).map((input) => readFeeds(session.inputMetadata, { ...flags, input, dims }));
  await session.release();
  const { patches, culprit, probes } = await bisect(model, feeds, options, { atol: flags.tolerance, rtol: flags.tolerance });
  const tried = `${count(patches, 'patch', 'patches')} at level ${flags.level}, ${count(feeds.length, 'set')} of inputs, ${count(probes, 'session')}`;
  if (culprit === undefined) {
    print(`${green('all outputs agree')} (${tried})`);
    return;
  }
  const { entry, difference } = culprit;
  print(red(`patch ${entry.patch} of ${patches} changes the results (${tried})`));
  for (const line of [...logLines([entry]), ...wrap('error' in difference ? difference.error : describe(difference), WIDTH)]) print(line);
  process.exitCode = 1;
}

/** A folder of test_data_set folders stands for one run each; all else makes up the inputs of one run. */
function inputSets(inputs: readonly string[]): readonly (readonly string[])[] {
  const [only] = inputs;
  if (inputs.length !== 1 || only === undefined || !existsSync(only) || !statSync(only).isDirectory()) return [inputs];
  const sets = readdirSync(only).filter((f) => /^test_data_set_\d+$/.test(f)).sort();
  return sets.length === 0 ? [inputs] : sets.map((f) => [join(only, f)]);
}

function describe({ where, index, expected, found, count: differing, of, maxDifference }: Difference): string {
  const place = index === undefined ? where : `${where}[${index.join(', ')}]`;
  const extent = differing === undefined ? '' : `; ${differing} of ${of} elements differ, by ${maxDifference} at most`;
  return `${place}: ${expected} expected, ${found} found${extent}`;
}
