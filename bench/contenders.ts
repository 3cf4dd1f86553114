/** Who runs a row: our providers, and onnxruntime's two packages for JavaScript. */
import { InferenceSession, type Tensor } from '../src/main.ts';
import { hasRelaxedSimd } from '../kernels/wasm/modules.ts';
import type { Subject } from './rows.ts';

/** A row made ready to run again and again. */
export interface Runner {
  run(): unknown;
  /** The first output, to see that contenders agree. */
  output(): Promise<ArrayLike<number>>;
  dispose(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Resolves to undefined where this machine cannot run it. */
  prepare(subject: Subject): Promise<Runner | undefined>;
}

function ours(name: string, provider: Record<string, unknown> & { name: string }): Contender {
  return {
    name,
    async prepare({ bytes, feeds }) {
      if (provider.relaxed === true && !(await hasRelaxedSimd())) return undefined;
      const session = await InferenceSession.create(bytes, { executionProviders: provider.name === 'cpu' ? ['cpu'] : [provider, 'cpu'] });
      if (provider.name !== 'cpu' && session.explain().unavailable.length > 0) return undefined;
      return {
        run: () => session.runSync(feeds),
        output: async () => (session.runSync(feeds)[session.outputNames[0]] as Tensor).data as ArrayLike<number>,
        dispose: () => session.release(),
      };
    },
  };
}

/** onnxruntime-common's shape, as both packages export it. */
interface OrtModule {
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => object;
  readonly env: { wasm: { numThreads?: number }; logLevel?: string };
}
interface OrtSession {
  readonly outputNames: readonly string[];
  run(feeds: object): Promise<Record<string, { readonly data: ArrayLike<number> }>>;
  release(): Promise<void>;
}

function theirs(name: string, load: () => Promise<unknown>): Contender {
  return {
    name,
    async prepare({ bytes, feeds }) {
      const ort = (await load().catch(() => undefined)) as OrtModule | undefined;
      if (ort === undefined) return undefined;
      ort.env.wasm.numThreads = 1;
      ort.env.logLevel = 'error';
      const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 }).catch(() => undefined);
      if (session === undefined) return undefined;
      const tensors = Object.fromEntries(Object.entries(feeds).map(([k, t]) => [k, new ort.Tensor(t.type, t.data, t.dims)]));
      return {
        run: () => session.run(tensors),
        output: async () => (await session.run(tensors))[session.outputNames[0]].data,
        dispose: () => session.release(),
      };
    },
  };
}

export const CONTENDERS: readonly Contender[] = [
  ours('cpu', { name: 'cpu' }),
  ours('wasm simd128', { name: 'wasm', relaxed: false, numThreads: 1 }),
  ours('wasm relaxed', { name: 'wasm', relaxed: true, numThreads: 1 }),
  ours('wasm 2 threads', { name: 'wasm', numThreads: 2 }),
  theirs('ort-web', () => import('onnxruntime-web/wasm')),
  theirs('ort-node', () => import('onnxruntime-node')),
];
