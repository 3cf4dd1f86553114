/** The WebGPU provider: shaders in WGSL, one adapter an operator. */
import { opKey } from '../../src/ops/registry.ts';
import type { ExecutionProvider, ProviderFactory } from '../../src/runtime/provider.ts';
import * as adapters from './all.ts';
import type { WebgpuAdapter } from './implement.ts';
import { WebgpuSession } from './runtime/session.ts';
import { lease, type WebgpuOptions } from './runtime/start.ts';

export type { WebgpuOptions } from './runtime/start.ts';

export const WEBGPU_ADAPTERS: ReadonlyMap<string, WebgpuAdapter> = new Map(
  (Object.values(adapters) as WebgpuAdapter[]).map((a) => [opKey(a.op.domain, a.op.type), a]),
);

export const webgpu: ProviderFactory = {
  name: 'webgpu',
  async create(options: WebgpuOptions): Promise<ExecutionProvider> {
    const { gpu, release } = await lease(options);
    const session = new WebgpuSession(gpu);
    return {
      name: 'webgpu',
      description: gpu.description,
      async: true,
      device: session.memory,
      supports: (placed) => WEBGPU_ADAPTERS.get(placed.node.key)?.supports(placed) ?? `no WebGPU kernel for ${placed.node.key}`,
      prepare: (placed) => WEBGPU_ADAPTERS.get(placed.node.key)!.prepare(placed, session),
      dispose() {
        session.memory.dispose();
        release();
      },
    };
  },
};
