/** The gpu.js provider: kernels in plain JavaScript that gpu.js turns into WGSL or GLSL, one adapter an operator. */
import { opKey } from '../../src/ops/registry.ts';
import type { ExecutionProvider, ProviderFactory } from '../../src/runtime/provider.ts';
import * as adapters from './all.ts';
import { borrowEngine, giveBackEngine } from './engine.ts';
import type { GpuAdapter } from './implement.ts';
import type { GpuOptions } from './start.ts';

export type { GpuMode, GpuOptions } from './start.ts';

export const GPU_ADAPTERS: ReadonlyMap<string, GpuAdapter> = new Map(
  (Object.values(adapters) as GpuAdapter[]).map((a) => [opKey(a.op.domain, a.op.type), a]),
);

/** Milliseconds a device outlives its last session. */
const LINGER = 200;

export const gpu: ProviderFactory = {
  name: 'gpu',
  async create(options: GpuOptions): Promise<ExecutionProvider> {
    const engine = await borrowEngine(options);
    let disposed = false;
    return {
      name: 'gpu',
      description: `gpu.js, mode ${engine.mode}`,
      async: true,
      device: engine,
      supports: (placed) => GPU_ADAPTERS.get(placed.node.key)?.supports(placed) ?? `no gpu.js kernel for ${placed.node.key}`,
      prepare: (placed) => GPU_ADAPTERS.get(placed.node.key)!.prepare(placed, engine),
      dispose() {
        if (!disposed) giveBackEngine(engine, LINGER);
        disposed = true;
      },
    };
  },
};
