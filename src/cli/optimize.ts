import { statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { collect, integer, sessionOptions, withSession, type SessionFlags } from './options.ts';
import type { Explanation } from '../index.ts';
import type { Model } from '../model/index.ts';
import { count, formatBytes, print, WIDTH, wrap } from './text.ts';
import { logLines, passTable } from './trail.ts';

interface Flags extends SessionFlags {
  readonly output: string;
  readonly log?: boolean;
  readonly disable?: readonly string[];
  readonly stopAfter?: number;
  readonly exact?: boolean;
  readonly portable?: boolean;
}

export const optimizeCommand = withSession(new Command('optimize'))
  .summary('write an optimized model')
  .description('Optimizes a model and writes it as ONNX, with the operators of ai.onnx and com.microsoft, that onnxruntime loads.')
  .argument('<model>', 'the .onnx file')
  .requiredOption('-o, --output <file>', 'the file to write')
  .option('--log', 'show every patch and every refusal with its reason')
  .addOption(new Option('--disable <pass>', 'a pass not to run. May be repeated').argParser(collect))
  .addOption(new Option('--stop-after <n>', 'apply only the first n patches, to bisect').argParser(integer(0)))
  .option('--exact', 'only passes that keep results bit for bit')
  .option('--portable', 'write com.microsoft operators with those of ai.onnx; metadata of the file lists the passes applied')
  .action(optimize);

async function optimize(model: string, flags: Flags): Promise<void> {
  const { InferenceSession } = await import('../main.ts');
  const session = await InferenceSession.create(model, {
    ...sessionOptions(flags), allowInexact: flags.exact !== true,
    ...(flags.disable && { disabledPasses: flags.disable }), ...(flags.stopAfter !== undefined && { stopAfterPatch: flags.stopAfter }),
  });
  const explained = session.explain();
  const lowered = flags.portable ? await lower(session.model, explained.passes, flags.level) : undefined;
  const bytes = await session.save();
  writeFileSync(flags.output, bytes);
  const { nodesBefore } = explained;
  const passes = [...explained.passes, ...(lowered?.passes ?? [])];
  const nodesAfter = lowered?.nodes ?? explained.nodesAfter;
  if (flags.log) for (const line of logLines(passes)) print(line);
  if (passes.length > 0) print(`${flags.log ? '\n' : ''}${passTable(passes)}\n`);
  print(`${flags.output}: ${nodesBefore} -> ${nodesAfter} nodes, ${formatBytes(statSync(model).size)} -> ${formatBytes(bytes.length)}`);
  for (const line of (lowered?.stays ?? []).flatMap((text) => wrap(text, WIDTH))) print(line);
  await session.release();
}

interface Lowered {
  readonly passes: Explanation['passes'];
  readonly nodes: number;
  /** What is not of ai.onnx still, and why. */
  readonly stays: readonly string[];
}

/** Lowers the graph of a session, which does not run any more after that, and notes the passes in the model's metadata. */
async function lower(model: Model, before: Explanation['passes'], level: string): Promise<Lowered> {
  const { lowerToStandard } = await import('../passes/index.ts');
  const { entries } = lowerToStandard(model.graph);
  const applied = (of: Explanation['passes']): string => [...new Set(of.filter((e) => e.outcome === 'applied').map((e) => e.pass))].join(',');
  model.metadata.set('nibble.level', level);
  model.metadata.set('nibble.passes', applied(before));
  model.metadata.set('nibble.lowered', applied(entries));
  const nodes = [...model.graph.walk()].flatMap((g) => g.nodes);
  for (const domain of model.opsets.keys()) if (domain !== '' && !nodes.some((n) => n.domain === domain)) model.opsets.delete(domain);
  const left = new Map<string, number>();
  for (const { domain, key } of nodes) if (domain !== '') left.set(key, (left.get(key) ?? 0) + 1);
  const reasons = new Map(entries.flatMap((e) => (e.reason === undefined ? [] : e.before.map((name) => [name, e.reason] as const))));
  const stays = [...left].map(([key, n]) => {
    const why = new Set(nodes.filter((node) => node.key === key).map((node) => reasons.get(node.ref.name)).filter((r) => r !== undefined));
    return `stays: ${key} (${count(n, 'node')})${why.size === 0 ? ', for which ai.onnx has no form here' : `: ${[...why].join('; ')}`}`;
  });
  return { passes: entries, nodes: nodes.length, stays };
}
