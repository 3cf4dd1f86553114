import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { GraphDiff, GraphSummary, SessionOptions } from '../index.ts';
import { LEVELS, sessionOptions, withProviders, type Level, type SessionFlags } from './options.ts';
import { print } from './text.ts';

/** A level, or the number of patches applied. */
type Stage = Level | number;

const FORMATS = ['text', 'json', 'mermaid', 'dot', 'html'] as const;

interface Flags extends Omit<SessionFlags, 'level'> {
  readonly from: Stage;
  readonly to: Stage;
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
}

export const diffCommand = withProviders(new Command('diff'))
  .summary('show what optimization changes')
  .description('Compares the graph of a model at two levels, or after two numbers of patches (see optimize --log), as text or drawn.')
  .argument('<model>', 'the .onnx file')
  .addOption(new Option('--from <stage>', `a level (${LEVELS.join(', ')}) or a number of patches`).argParser(stage).default('disabled'))
  .addOption(new Option('--to <stage>', 'likewise').argParser(stage).default('all'))
  .addOption(new Option('--format <format>', 'of the difference').choices(FORMATS).default('text'))
  .option('-o, --output <file>', 'write it to a file instead of printing it')
  .action(diff);

async function diff(model: string, flags: Flags): Promise<void> {
  const { diffGraphs } = await import('../passes/index.ts');
  const found = diffGraphs(await summaryAt(model, flags.from, flags), await summaryAt(model, flags.to, flags));
  const text = await render(found, basename(model), flags);
  if (flags.output === undefined) return print(text);
  writeFileSync(flags.output, text.endsWith('\n') ? text : `${text}\n`);
  print(flags.output);
}

async function summaryAt(model: string, at: Stage, flags: Flags): Promise<GraphSummary> {
  const { InferenceSession } = await import('../main.ts');
  const { summarize } = await import('../passes/index.ts');
  const options: SessionOptions = {
    ...sessionOptions({ ...flags, level: typeof at === 'number' ? 'all' : at }), ...(typeof at === 'number' && { stopAfterPatch: at }),
  };
  const session = await InferenceSession.create(model, options);
  const summary = summarize(session.model.graph);
  await session.release();
  return summary;
}

async function render(found: GraphDiff, model: string, { from, to, format }: Flags): Promise<string> {
  const { diffText } = await import('./graph-text.ts');
  if (format === 'text') return diffText(found);
  if (format === 'json') return JSON.stringify(found, undefined, 1);
  const { picturesOf } = await import('./graph-picture.ts');
  const pictures = picturesOf(found, [titleOf(from), titleOf(to)]);
  if (format === 'mermaid') return (await import('./graph-mermaid.ts')).mermaid(pictures);
  if (format === 'dot') return (await import('./graph-dot.ts')).dot(pictures);
  return (await import('./graph-html.ts')).html(`${model}: ${titleOf(from)} and ${titleOf(to)}`, pictures, diffText(found));
}

const titleOf = (at: Stage): string => (typeof at === 'number' ? `after ${at} patches` : `level ${at}`);

function stage(text: string): Stage {
  const level = LEVELS.find((l) => l === text);
  if (level !== undefined) return level;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`${LEVELS.join(', ')} or a number of patches is expected.`);
  return Number(text);
}
