import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { fail } from '../errors.ts';
import type { InferenceSession } from '../index.ts';
import { withSession, type SessionFlags } from './options.ts';
import { shipped } from './package.ts';
import { green, print, red, table } from './text.ts';

export const demoCommand = withSession(new Command('demo'))
  .summary('run the models that come along (npm start)')
  .description('Classifies digits with an int8 network, continues a text with an int4 language model, and compares both with onnxruntime.')
  .action(demo);

/** A line of the closing table. */
export interface DemoRow {
  readonly model: string;
  readonly providers: string;
  readonly nodes: string;
  readonly time: string;
  readonly matches: boolean;
}

async function demo(flags: SessionFlags): Promise<void> {
  if (!existsSync(shipped('models'))) fail('E_INPUT', 'the models are not here', { hint: 'run the demo from a clone of the repository' });
  const { classify } = await import('./demo-digits.ts');
  const { continueText } = await import('./demo-text.ts');
  const rows = [
    await classify('digits/qdq_u8s8', flags, true),
    await classify('digits/qop_u8u8', flags, false),
    await continueText('tiny-llm', 'genai_int4_b32_sym', flags),
  ];
  const titles = ['model', 'level', 'provider: nodes', 'nodes', 'time', 'matches onnxruntime'];
  print(`\n${table(
    titles.map((title) => ({ title, align: title === 'time' ? 'right' : 'left' })),
    rows.map((r) => [r.model, flags.level, r.providers, r.nodes, r.time, r.matches ? 'yes' : 'no']),
  )}`);
  const all = rows.every((r) => r.matches);
  print(`\nall outputs match onnxruntime: ${all ? green('yes') : red('no')}`);
  if (!all) process.exitCode = 1;
}

/** What the table says of a session: nodes by provider, and before and after optimization. */
export function summarize(session: InferenceSession): Pick<DemoRow, 'providers' | 'nodes'> {
  const { providers, nodesBefore, nodesAfter } = session.explain();
  return { providers: Object.entries(providers).map(([p, n]) => `${p}: ${n}`).join(', '), nodes: `${nodesBefore} -> ${nodesAfter}` };
}
