/**
 * The scalar provider: each operator as the specification's plain loops. It is the reference the other providers are
 * tested against, and the last in every priority list.
 */
import { opKey } from '../../src/ops/registry.ts';
import type { ExecutionProvider, ProviderFactory } from '../../src/runtime/provider.ts';
import type { CpuKernel } from './implement.ts';
import * as kernels from './all.ts';

export const CPU_KERNELS: ReadonlyMap<string, CpuKernel> = new Map(
  (Object.values(kernels) as CpuKernel[]).map((k) => [opKey(k.op.domain, k.op.type), k]),
);

export const cpu: ProviderFactory = {
  name: 'cpu',
  create(): ExecutionProvider {
    return {
      name: 'cpu',
      async: false,
      supports: ({ node }) => CPU_KERNELS.has(node.key) || `no scalar kernel for ${node.key}`,
      prepare: (placed) => CPU_KERNELS.get(placed.node.key)!.prepare(placed),
      dispose() {},
    };
  },
};
