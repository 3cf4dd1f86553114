/** The WASM-SIMD provider: micro-kernels in AssemblyScript, one adapter an operator. */
import { fail } from '../../src/errors.ts';
import { opKey } from '../../src/ops/registry.ts';
import type { ExecutionProvider, ProviderFactory } from '../../src/runtime/provider.ts';
import * as everyday from './everyday.ts';
import type { WasmAdapter } from './implement.ts';
import { whyLeft } from './left.ts';
import { createMemory, LinearArena } from './memory.ts';
import { loadKernels, type KernelOptions } from './modules.ts';
import { WasmRuntime } from './runtime.ts';
import { ThreadPool } from './threads/pool.ts';
import { threadCount } from './threads/start.ts';

const adapters = new Map<string, WasmAdapter>();

function register(list: readonly WasmAdapter[]): void {
  for (const adapter of list) adapters.set(opKey(adapter.op.domain, adapter.op.type), adapter);
}

register(Object.values(everyday) as WasmAdapter[]);

/** Loads the adapters of all operators, and gives them by key. */
export async function loadAllAdapters(): Promise<ReadonlyMap<string, WasmAdapter>> {
  const all = await import('./all.ts').catch((cause: unknown) => fail('E_EP', 'the adapters of operators cannot be loaded', { cause }));
  register(Object.values(all) as WasmAdapter[]);
  return adapters;
}

/** Options of `{ name: 'wasm', ... }`. Results are the same with all but `relaxedMadd`. */
export interface WasmOptions extends KernelOptions {
  /**
   * Threads that share the work of large kernels, the session's own included. Default: `intraOpNumThreads` of the session, else half
   * of the cores and at most 4. They start at the first large kernel, and need shared memory: in pages, cross-origin isolation.
   */
  readonly numThreads?: number;
  /** Multiply-adds of a kernel (or what takes as long) from which its work is shared. Default 2^20. */
  readonly parallelFrom?: number;
}

export const wasm: ProviderFactory = {
  name: 'wasm',
  async create(options: WasmOptions): Promise<ExecutionProvider> {
    const { memory, shared } = createMemory();
    const { kernels, modules } = await loadKernels(memory, shared, options);
    const arena = new LinearArena(memory, shared);
    const { count, note } = threadCount(options.numThreads, shared);
    const pool = count > 1 ? new ThreadPool(arena, kernels, modules, count) : undefined;
    const runtime = new WasmRuntime(arena, kernels, pool, options.parallelFrom);
    return {
      name: 'wasm',
      async: false,
      arena,
      get description() {
        return `${kernels.description}; ${pool?.lost === undefined ? note : `1 thread: ${pool.lost}`}`;
      },
      complete: async () => void (await loadAllAdapters()),
      supports: (placed) => adapters.get(placed.node.key)?.supports(placed) ?? whyLeft(placed.node.key),
      prepare: (placed) => {
        const kernel = adapters.get(placed.node.key)!.prepare(placed, runtime);
        const packed = runtime.prepared(placed.node.inputs.map((_, i) => placed.constant(i)));
        return packed.length === 0 ? kernel : Object.assign(kernel, { packed });
      },
      dispose: () => pool?.dispose(),
    };
  },
};
