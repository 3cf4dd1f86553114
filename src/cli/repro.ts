import { Command, Option } from 'commander';
import type { FeedFlags } from './feeds.ts';
import { collect, integer, LEVELS, list, sessionOptions, type SessionFlags } from './options.ts';
import { count, print } from './text.ts';

interface Flags extends SessionFlags, Omit<FeedFlags, 'dims'> {
  readonly node: string;
  readonly dim?: readonly string[];
  readonly output: string;
}

export const reproCommand = new Command('repro')
  .summary('cut one node out of a run')
  .description('Runs a model and writes one node with the values it met as a conformance case: model.onnx, inputs and outputs, for nibble conform.')
  .argument('<model>', 'the .onnx file')
  .requiredOption('--node <name>', 'the node, by its name or by a tensor that it makes')
  .requiredOption('-o, --output <dir>', 'the case folder to write')
  .addOption(new Option('-i, --inputs <dir>', 'inputs: a test_data_set folder, an .npz file, name=FILE or name=JSON. May be repeated').argParser(collect))
  .addOption(new Option('--random [seed]', 'random values for inputs not given').argParser(integer(0)).preset(0))
  .addOption(new Option('--dim <name=size>', 'size of a free dimension for random inputs (default 1). May be repeated').argParser(collect))
  .addOption(new Option('--ep <names>', 'execution providers by priority, e.g. wasm,cpu').argParser(list))
  .addOption(new Option('--level <level>', 'optimization level: above disabled, nodes are those of the optimized model').choices(LEVELS).default('disabled'))
  .action(repro);

async function repro(path: string, { inputs: input, ...flags }: Flags & { readonly inputs?: readonly string[] }): Promise<void> {
  const { InferenceSession } = await import('../main.ts');
  const { saveModel } = await import('../model/index.ts');
  const { cutNode, findNode, valuesAround } = await import('../model/cut.ts');
  const { writeCase } = await import('../../conformance/write-case.ts');
  const { parseDim, readFeeds } = await import('./feeds.ts');
  const dims = (flags.dim ?? []).reduce<ReadonlyMap<string, number>>((map, text) => parseDim(text, map), new Map());
  const session = await InferenceSession.create(path, sessionOptions(flags));
  const node = findNode(session.model.graph, flags.node);
  const feeds = readFeeds(session.inputMetadata, { ...flags, ...(input && { input }), dims });
  const values = await session.run(feeds, valuesAround(node));
  const cut = cutNode(session.model, node, values);
  const named = (names: readonly string[]) => names.map((name) => [name, values[name]] as const);
  writeCase(flags.output, { model: saveModel(cut.model), inputs: named(cut.inputs), outputs: named(cut.outputs) });
  await session.release();
  print(`${flags.output}: ${node.key} ${node.ref.name}, ${count(cut.inputs.length, 'input')}, ${count(cut.outputs.length, 'output')}`);
}
