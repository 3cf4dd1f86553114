/** The WASM-SIMD provider: micro-kernels in AssemblyScript, one adapter an operator. */
import { opKey } from '../../src/ops/registry.ts';
import type { ExecutionProvider, ProviderFactory } from '../../src/runtime/provider.ts';
import * as adapters from './all.ts';
import type { WasmAdapter } from './implement.ts';
import { whyLeft } from './left.ts';
import { createMemory, LinearArena } from './memory.ts';
import { loadKernels, type KernelOptions } from './modules.ts';
import { WasmRuntime } from './runtime.ts';

export const WASM_ADAPTERS: ReadonlyMap<string, WasmAdapter> = new Map(
  (Object.values(adapters) as WasmAdapter[]).map((a) => [opKey(a.op.domain, a.op.type), a]),
);

/** Options of `{ name: 'wasm', ... }`. Results are the same with all but `relaxedMadd`. */
export interface WasmOptions extends KernelOptions {}

export const wasm: ProviderFactory = {
  name: 'wasm',
  async create(options: WasmOptions): Promise<ExecutionProvider> {
    const { memory, shared } = createMemory();
    const kernels = await loadKernels(memory, shared, options);
    const runtime = new WasmRuntime(new LinearArena(memory, shared), kernels);
    return {
      name: 'wasm',
      async: false,
      arena: runtime.arena,
      description: kernels.description,
      supports: (placed) => WASM_ADAPTERS.get(placed.node.key)?.supports(placed) ?? whyLeft(placed.node.key),
      prepare: (placed) => {
        const kernel = WASM_ADAPTERS.get(placed.node.key)!.prepare(placed, runtime);
        placed.node.inputs.forEach((_, i) => {
          const constant = placed.constant(i);
          if (constant !== undefined) runtime.keepConstant(constant);
        });
        return kernel;
      },
      dispose() {},
    };
  },
};
