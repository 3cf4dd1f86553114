/** Options that several subcommands share. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { registerNamed } from '../entries.ts';
import type { SessionOptions } from '../index.ts';

export const LEVELS = ['disabled', 'basic', 'extended', 'all'] as const;
export type Level = (typeof LEVELS)[number];

export interface SessionFlags {
  readonly ep?: readonly string[];
  readonly level: Level;
  readonly config?: Readonly<Record<string, string>>;
}

/** `--ep`, `--level` and `--config`. */
export function withSession(command: Command): Command {
  return withProviders(command).addOption(new Option('--level <level>', 'graph optimization level').choices(LEVELS).default('all'));
}

/** `--ep` and `--config`. */
export function withProviders(command: Command): Command {
  return command
    .hook('preAction', (action) => registerNamed(action.opts<{ ep?: readonly string[] }>().ep))
    .addOption(new Option('--ep <names>', 'execution providers by priority, e.g. wasm,cpu').argParser(list))
    .addOption(new Option('--config <key=value>', "an entry of onnxruntime's session configuration. May be repeated").argParser(configEntry));
}

export function sessionOptions({ ep, level, config }: SessionFlags): SessionOptions {
  return { graphOptimizationLevel: level, ...(ep && { executionProviders: ep }), ...(config && { extra: config }) };
}

function configEntry(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError('KEY=VALUE is expected.');
  return { ...before, [key]: value! };
}

/** `a,b` */
export const list = (text: string): string[] => text.split(',').map((s) => s.trim()).filter(Boolean);

/** For options that may be given several times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`an integer from ${least} on is expected.`);
    return value;
  };
}

export function real(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(most === Infinity ? `a number from ${least} on is expected.` : `a number from ${least} to ${most} is expected.`);
    }
    return value;
  };
}

export function regex(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('a regular expression is expected.');
  }
}
