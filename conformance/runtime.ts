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
  /** Seconds a case may take. */
  readonly timeout?: number;
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
  /** Outputs for the inputs of a data set, `test_data_set_K`; or word that the runtime has compared them itself. */
  run(feeds: Readonly<Record<string, Value>>, dataSet: string): Promise<Readonly<Record<string, Value | undefined>> | 'judged by the runtime'>;
  release(): Promise<void>;
}

/** Thrown by a runtime that knows what became of a case. After `died` its process is not used again. */
export class Verdict extends Error {
  readonly kind: 'refused' | 'wrong' | 'died';

  constructor(kind: Verdict['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

const RUNTIMES: Readonly<Record<string, () => Promise<Runtime>>> = {
  nibble: async () => (await import('./runtimes/nibble.ts')).nibble,
  'ort-node': async () => (await import('./runtimes/ort-node.ts')).ortNode,
  'ort-web': async () => (await import('./runtimes/ort-web.ts')).ortWeb,
};

const COMMAND = 'command:';

/** Names that `--runtime` accepts. */
export const runtimeNames = (): string[] => [...Object.keys(RUNTIMES), `${COMMAND}CMD`];

export async function openRuntime(name: string): Promise<Runtime> {
  if (name.startsWith(COMMAND)) return (await import('./runtimes/command.ts')).commandRuntime(name.slice(COMMAND.length));
  const open = RUNTIMES[name];
  if (open === undefined) fail('E_INPUT', `there is no runtime ${JSON.stringify(name)}`, { expected: `one of ${runtimeNames().join(', ')}` });
  return open().catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    return fail('E_INPUT', `runtime ${name} is not installed`, { found: error.message.split('\n')[0]!, hint: 'npm install it beside nibble-onnx' });
  });
}
