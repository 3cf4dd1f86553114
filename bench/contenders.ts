/** Who runs a row: our providers, and onnxruntime's two packages for JavaScript. */
import { f16ToF32 } from '../src/numeric/index.ts';
import { InferenceSession, type Tensor } from '../src/main.ts';
import { hasRelaxedSimd } from '../kernels/wasm/modules.ts';
import type { Subject } from './result.ts';

/** A row made ready to run again and again. */
export interface Runner {
  run(): unknown;
  /** The first output as numbers, to see that contenders agree. */
  output(): Promise<ArrayLike<number>>;
  dispose(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Throws with the reason where this machine cannot run it. */
  prepare(subject: Subject): Promise<Runner>;
}

/** float16 has no array of its own everywhere: patterns and half floats both become numbers. */
export function numbers(type: string, data: ArrayLike<unknown>): ArrayLike<number> {
  if (type === 'float16' && data instanceof Uint16Array) return Float32Array.from(data, f16ToF32);
  return Float64Array.from(data as ArrayLike<number>, Number);
}

function ours(name: string, options: { readonly relaxed?: boolean; readonly numThreads?: number } | undefined): Contender {
  return {
    name,
    async prepare({ bytes, feeds }) {
      if (options?.relaxed === true && !(await hasRelaxedSimd())) throw new Error('this engine has no relaxed SIMD');
      const session = await InferenceSession.create(bytes, { executionProviders: options === undefined ? ['cpu'] : [{ name: 'wasm', ...options }, 'cpu'] });
      const lost = session.explain().unavailable[0];
      if (lost !== undefined) throw new Error(lost.reason);
      return {
        run: () => session.runSync(feeds),
        output: async () => {
          const { type, data } = session.runSync(feeds)[session.outputNames[0]] as Tensor;
          return numbers(type, data);
        },
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
  run(feeds: object): Promise<Record<string, { readonly type: string; readonly data: ArrayLike<unknown> }>>;
  release(): Promise<void>;
}

function theirs(name: string, load: () => Promise<unknown>, threads = 1): Contender {
  return {
    name,
    async prepare({ bytes, feeds }) {
      const ort = (await load()) as OrtModule;
      ort.env.wasm.numThreads = 1;
      ort.env.logLevel = 'error';
      const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: threads, logSeverityLevel: 3 });
      const tensors = Object.fromEntries(Object.entries(feeds).map(([k, t]) => [k, new ort.Tensor(t.type, t.data, t.dims)]));
      let last: Promise<unknown> = Promise.resolve();
      return {
        // One after another: tinybench calls a function once to see whether it is asynchronous, and onnxruntime-web never comes back from two runs at once.
        run: () => (last = last.then(() => session.run(tensors))),
        output: async () => {
          const { type, data } = (await session.run(tensors))[session.outputNames[0]];
          return numbers(type, data);
        },
        dispose: () => session.release(),
      };
    },
  };
}

/** The scalar provider comes first: the others' results are compared with its own. "x2" uses two threads; the others one. */
export const CONTENDERS: readonly Contender[] = [
  ours('cpu', undefined),
  ours('wasm simd128', { relaxed: false, numThreads: 1 }),
  ours('wasm relaxed', { relaxed: true, numThreads: 1 }),
  ours('wasm simd128 x2', { relaxed: false, numThreads: 2 }),
  ours('wasm relaxed x2', { relaxed: true, numThreads: 2 }),
  theirs('ort-web', () => import('onnxruntime-web/wasm')),
  theirs('ort-node', () => import('onnxruntime-node')),
  theirs('ort-node x2', () => import('onnxruntime-node'), 2),
];
