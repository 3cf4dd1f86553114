/** Providers that come in entries of their own, loaded when they are named: for programs that take provider names from their users. */
import { availableProviders } from './runtime/registry.ts';

const ENTRIES: Readonly<Record<string, () => Promise<unknown>>> = {
  gpu: () => import('./gpu.ts'),
  webgpu: () => import('./webgpu.ts'),
};

/** Registers those of these providers that an entry of ours brings and that are not registered yet. */
export async function registerNamed(names: readonly string[] = []): Promise<void> {
  for (const name of names) if (!availableProviders().includes(name)) await ENTRIES[name]?.();
}
