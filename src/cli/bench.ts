import { Command } from 'commander';
import { fail } from '../errors.ts';
import { integer, regex } from './options.ts';
import { print } from './text.ts';

interface Flags {
  readonly contenders?: string;
  readonly rounds?: number;
  readonly slice?: number;
  readonly json?: string;
  readonly html?: string;
}

export const benchCommand = new Command('bench')
  .summary('measure kernels beside onnxruntime and the machine')
  .description('Measures rows (kernel x shape x types) for every provider and for onnxruntime-web and onnxruntime-node, interleaved, beside what the machine can do at most.')
  .argument('[filter]', 'only rows whose name matches this regular expression')
  .option('--contenders <regex>', 'only contenders whose name matches')
  .option('--rounds <n>', 'how many rounds each contender runs in', integer(1))
  .option('--slice <ms>', 'milliseconds of a contender in a round', integer(1))
  .option('--json <file>', 'write the results as JSON')
  .option('--html <file>', 'write a page with charts')
  .action(bench);

async function bench(filter: string | undefined, flags: Flags): Promise<void> {
  // tinybench and the peers are development dependencies: an installed package may lack them.
  const { runBench } = await import('../../bench/bench.ts').catch((cause: unknown) => fail('E_EP', 'the benchmark needs tinybench', { cause, hint: 'npm install tinybench onnxruntime-web onnxruntime-node' }));
  const { contenders, ...rest } = flags;
  await runBench({ ...rest, ...(filter !== undefined && { filter: regex(filter) }), ...(contenders !== undefined && { contenders: regex(contenders) }), print });
  process.exit(0); // onnxruntime keeps handles open
}
