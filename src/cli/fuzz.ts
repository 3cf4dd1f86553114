import { Command } from 'commander';
import { fail } from '../errors.ts';
import { integer, list, regex } from './options.ts';
import { startProgress } from './progress.ts';
import { print } from './text.ts';

interface Flags {
  readonly op?: RegExp;
  readonly runs: number;
  readonly elements?: number;
  readonly seed: number;
  readonly ep: readonly string[];
  readonly level: 'disabled' | 'basic' | 'extended' | 'all';
  readonly save: string;
  readonly json?: boolean;
  readonly graphs?: number;
}

export const fuzzCommand = new Command('fuzz')
  .summary('compare random quantized nodes with onnxruntime, or random graphs with themselves at every level')
  .description('Draws nodes of the quantized operators, half of their values on rounding ties, runs them here and in onnxruntime-node, and compares: integers to the bit, floats within the error of their sums. A difference is shrunk and saved as a case for `nibble conform`. With --graphs, draws whole graphs instead, optimizes them at every level on every provider, and checks all that passes promise; seeds count up from --seed, so that ranges can be run apart.')
  .option('--op <regex>', 'only operators whose name matches', regex)
  .option('--runs <n>', 'nodes drawn for each operator', integer(1), 50)
  .option('--elements <n>', 'go on until this many output elements of each operator were compared', integer(1))
  .option('--seed <n>', 'of the first batch', integer(0), 1)
  .option('--ep <list>', 'execution providers by priority', list, ['cpu'])
  .option('--level <level>', 'optimization level', 'disabled')
  .option('--save <folder>', 'where counterexamples go', '.tmp/fuzz')
  .option('--graphs <n>', 'graphs to draw, instead of nodes', integer(1))
  .option('--json', 'print the results as JSON')
  .action(fuzz);

async function fuzz(flags: Flags): Promise<void> {
  if (flags.graphs !== undefined) return fuzzGraphs(flags, flags.graphs);
  const { runFuzz } = await import('../../conformance/fuzz/fuzz.ts').catch((cause: unknown) =>
    fail('E_EP', 'fuzzing needs fast-check and onnxruntime-node', { cause, hint: 'npm install fast-check onnxruntime-node' }));
  const results = await runFuzz({
    runs: flags.runs, seed: flags.seed, save: flags.save, session: { executionProviders: flags.ep, graphOptimizationLevel: flags.level },
    ...(flags.op && { filter: flags.op }), ...(flags.elements !== undefined && { elements: flags.elements }),
    onProgress: (operator, elements) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${operator}: ${elements} elements\u001b[K`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (flags.json) print(JSON.stringify(results));
  else {
    print(`${'operator'.padEnd(30)} ${'nodes'.padStart(7)} ${'elements'.padStart(9)} ${'mismatches'.padStart(10)}  compared`);
    for (const r of results) {
      print(`${r.operator.padEnd(30)} ${String(r.nodes).padStart(7)} ${String(r.elements).padStart(9)} ${String(r.mismatches).padStart(10)}  ${r.tolerance === 0 ? 'exactly' : `within ${r.tolerance}`}${r.saved === undefined ? '' : `; ${r.saved}`}`);
    }
  }
  const failed = results.filter((r) => r.mismatches > 0).length;
  if (!flags.json) print(`${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function fuzzGraphs({ seed, ep, save, json }: Flags, graphs: number): Promise<void> {
  const { runCampaign } = await import('../../conformance/fuzz/campaign.ts');
  const { campaignText } = await import('../../conformance/fuzz/campaign-text.ts');
  const progress = startProgress(graphs, 'graphs');
  const providers = ep.length === 1 && ep[0] === 'cpu' ? ['cpu', 'wasm'] : ep;
  const result = await runCampaign({
    first: seed, graphs, providers, save, onProgress: (done, failed) => progress.update(done, failed === 0 ? '' : `${failed} failed`),
  });
  progress.stop();
  print(json ? JSON.stringify(result) : campaignText(result, seed, providers));
  process.exitCode = result.failures.length === 0 ? 0 : 1;
}
