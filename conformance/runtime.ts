/** What the runner needs of a runtime, ours or another. */
import { fail } from '../src/errors.ts';
import type { Slot } from './case.ts';
import type { Value } from '../src/tensor/index.ts';

export interface RuntimeOptions {
  readonly level: 'disabled' | 'basic' | 'extended' | 'all';
  /** Execution providers by priority; the runtime's own default when absent. */
  readonly providers?: readonly string[];
  /** Session configuration entries, `session.…` keys included. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** Loads CASE/model.onnx. */
  load(modelPath: string, options: RuntimeOptions): Promise<LoadedModel>;
}

export interface LoadedModel {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** Operators of the model as loaded, `domain.Type` without prefix for ai.onnx. */
  readonly operators: readonly string[];
  run(feeds: Readonly<Record<string, Value>>): Promise<Readonly<Record<string, Value | undefined>>>;
  release(): Promise<void>;
}

const RUNTIMES: Readonly<Record<string, () => Promise<Runtime>>> = {
  nibble: async () => (await import('./runtimes/nibble.ts')).nibble,
  'ort-node': async () => (await import('./runtimes/ort-node.ts')).ortNode,
};

/** Names that `--runtime` accepts. */
export const runtimeNames = (): string[] => Object.keys(RUNTIMES);

export async function openRuntime(name: string): Promise<Runtime> {
  const open = RUNTIMES[name];
  if (open === undefined) fail('E_INPUT', `there is no runtime ${JSON.stringify(name)}`, { expected: `one of ${runtimeNames().join(', ')}` });
  return open();
}
