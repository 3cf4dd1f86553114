/** Who runs a row: our providers, and onnxruntime's two packages for JavaScript. */
import { f16ToF32 } from '../src/numeric/index.ts';
import { InferenceSession, type Tensor } from '../src/main.ts';
import { hasRelaxedSimd } from '../kernels/wasm/modules.ts';
import { difference } from './measure.ts';
import type { Subject } from './result.ts';

/** A row made ready to run again and again. */
export interface Runner {
  run(): unknown;
  /** The first output as numbers, to see that contenders agree. */
  output(): Promise<ArrayLike<number>>;
  /** What it does otherwise than the row says. */
  readonly remark?: string;
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
    async prepare({ bytes, feeds, outputs = {}, graphOptimizationLevel = 'all' }) {
      if (options?.relaxed === true && !(await hasRelaxedSimd())) throw new Error('this engine has no relaxed SIMD');
      const session = await InferenceSession.create(bytes, { executionProviders: options === undefined ? ['cpu'] : [{ name: 'wasm', ...options }, 'cpu'], graphOptimizationLevel });
      const lost = session.explain().unavailable[0];
      if (lost !== undefined) throw new Error(lost.reason);
      return {
        run: () => session.runSync(feeds, outputs),
        output: async () => {
          const { type, data } = session.runSync(feeds, outputs)[session.outputNames[0]] as Tensor;
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
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
  readonly env: { wasm: { numThreads?: number }; logLevel?: string };
}
interface OrtTensor {
  readonly type: string;
  readonly data: ArrayLike<unknown>;
}
interface OrtSession {
  readonly outputNames: readonly string[];
  run(feeds: object, fetches: object): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** Why a run does not write its results into the tensors it is given (zeros); undefined where it does. */
async function whyUnwritten(session: OrtSession, feeds: object, outputs: Readonly<Record<string, OrtTensor>>): Promise<string | undefined> {
  const fresh = await session.run(feeds, Object.keys(outputs));
  try {
    await session.run(feeds, outputs);
  } catch (error) {
    return `refuses tensors given for outputs (${(error as Error).message})`;
  }
  const isWritten = Object.entries(outputs).every(([name, { type, data }]) => difference(numbers(type, data), numbers(type, fresh[name].data)) === 0);
  return isWritten ? undefined : 'leaves tensors given for outputs as they are';
}

const mapValues = <A, B>(values: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> => Object.fromEntries(Object.entries(values).map(([k, v]) => [k, f(v)]));

function theirs(name: string, load: () => Promise<unknown>, threads = 1): Contender {
  return {
    name,
    async prepare({ bytes, feeds, outputs = {}, graphOptimizationLevel = 'all' }) {
      const ort = (await load()) as OrtModule;
      ort.env.wasm.numThreads = 1;
      ort.env.logLevel = 'error';
      const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: threads, logSeverityLevel: 3, graphOptimizationLevel });
      const tensor = ({ type, data, dims }: Tensor) => new ort.Tensor(type, (data as Uint8Array).slice(), dims);
      const zeros = ({ type, data, dims }: Tensor) => new ort.Tensor(type, (data as Uint8Array).slice().fill(0), dims);
      const inputs = mapValues(feeds, tensor), own = mapValues(outputs, zeros);
      const unwritten = Object.keys(own).length > 0 ? await whyUnwritten(session, inputs, own) : undefined;
      const isWritten = Object.keys(own).length > 0 && unwritten === undefined;
      const fetches = isWritten ? own : session.outputNames;
      let last: Promise<unknown> = Promise.resolve();
      return {
        // One after another: tinybench calls a function once to see whether it is asynchronous, and onnxruntime-web never comes back from two runs at once.
        run: () => (last = last.then(() => session.run(inputs, fetches))),
        output: async () => {
          const [name] = session.outputNames;
          const { type, data } = (await session.run(inputs, fetches))[name];
          return numbers(type, isWritten ? own[name].data : data);
        },
        ...(unwritten !== undefined && { remark: `${unwritten}: its results come in new memory` }),
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
