/** Who runs on the GPU, and who is compared with. */
import { InferenceSession, type Tensor } from '../../src/main.ts';
import { numbers, type Runner } from '../contenders.ts';
import type { Subject } from '../result.ts';

/** Options of the device that all of a run share. */
export const DEVICE = { powerPreference: 'high-performance' } as const;

/** Where results are written: to memory that the caller gave once for all runs, or to new memory at each. */
export type OutputMemory = 'own' | 'new';

export interface GpuContender {
  readonly name: string;
  /** Throws with the reason where this machine cannot run it. `note` tells what it ran on. */
  prepare(subject: Subject, outputs: OutputMemory): Promise<Runner & { readonly note: string }>;
}

export function ours(provider: string): GpuContender {
  return {
    name: `nibble ${provider}`,
    async prepare({ bytes, feeds }, outputs) {
      const session = await InferenceSession.create(bytes, { executionProviders: [...(provider === 'cpu' ? [] : [provider === 'webgpu' ? { name: provider, ...DEVICE } : provider]), 'cpu'] });
      const { nodes, unavailable } = session.explain();
      if (unavailable.length > 0) {
        await session.release();
        throw new Error(unavailable[0].reason);
      }
      const elsewhere = nodes.filter((n) => n.provider !== provider);
      const first = session.outputNames[0];
      const own = outputs === 'own' ? await session.run(feeds) as Readonly<Record<string, Tensor>> : undefined;
      const run = () => (own === undefined ? session.run(feeds) : session.run(feeds, own));
      return {
        note: elsewhere.length === 0 ? 'all nodes' : `${nodes.length - elsewhere.length} of ${nodes.length} nodes; on cpu: ${[...new Set(elsewhere.map((n) => n.opType))].join(', ')}`,
        run,
        output: async () => {
          const { type, data } = (await run())[first] as Tensor;
          return numbers(type, data);
        },
        dispose: () => session.release(),
      };
    },
  };
}

interface OrtModule {
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => object;
}
interface OrtSession {
  readonly outputNames: readonly string[];
  run(feeds: object, fetches?: object): Promise<Record<string, { readonly type: string; readonly data: ArrayLike<unknown> }>>;
  release(): Promise<void>;
}

export function onnxruntime(provider: 'webgpu' | 'cpu'): GpuContender {
  return {
    name: `ort-node ${provider}`,
    async prepare({ bytes, feeds }, outputs) {
      // Where there is a Float16Array, onnxruntime-common takes no other array for float16, and onnxruntime-node's binding not that one.
      delete (globalThis as { Float16Array?: unknown }).Float16Array;
      const ort = (await import('onnxruntime-node')) as unknown as OrtModule;
      const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider], logSeverityLevel: 3 });
      const tensors = Object.fromEntries(Object.entries(feeds).map(([k, t]) => [k, new ort.Tensor(t.type, t.data, t.dims)]));
      const own = outputs === 'own' ? await session.run(tensors) : undefined;
      const run = () => session.run(tensors, own);
      return {
        note: '',
        run,
        output: async () => {
          const { type, data } = (await run())[session.outputNames[0]];
          return numbers(type, data);
        },
        dispose: () => session.release(),
      };
    },
  };
}
