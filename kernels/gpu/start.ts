/** Loads gpu.js and finds a mode in which it really runs on a GPU here. */
import { fail } from '../../src/errors.ts';
import { isNode } from '../../src/host.ts';
import type { GpuJs } from './gpu-js.ts';

export const MODES = ['webgpu', 'webgl2', 'webgl', 'headlessgl'] as const;
export type GpuMode = (typeof MODES)[number];

/** Options of `{ name: 'gpu', ... }`. */
export interface GpuOptions {
  /** This mode and no other. By default the first of webgpu, webgl2, webgl and headlessgl that works here. */
  readonly mode?: GpuMode;
}

export interface Started {
  readonly gpuJs: GpuJs;
  readonly mode: GpuMode;
}

/** Throws `E_EP` with the reason of every mode when none works. gpu.js's own fall to the CPU is never taken. */
export async function startGpuJs(options: GpuOptions): Promise<Started> {
  if (options.mode !== undefined && !MODES.includes(options.mode)) {
    fail('E_INPUT', 'gpu.js has no such mode for a GPU', { arg: { kind: 'option', name: 'mode' }, expected: MODES.join(', '), found: String(options.mode) });
  }
  const gpuJs = await loadGpuJs();
  const reasons: string[] = [];
  for (const mode of options.mode === undefined ? MODES : [options.mode]) {
    const reason = await whyNot(gpuJs, mode);
    if (reason === undefined) return { gpuJs, mode };
    reasons.push(`${mode}: ${reason}`);
  }
  return fail('E_EP', `gpu.js finds no GPU here (${reasons.join('; ')})`);
}

async function loadGpuJs(): Promise<GpuJs> {
  try {
    const module = (await import('gpu.js')) as unknown as { default?: GpuJs } & GpuJs;
    return module.default ?? module;
  } catch (cause) {
    return fail('E_EP', 'the package gpu.js is not installed', { hint: 'npm install gpu.js', cause });
  }
}

async function whyNot({ GPU }: GpuJs, mode: GpuMode): Promise<string | undefined> {
  switch (mode) {
    case 'webgpu': {
      const missing = await provideWebGpu();
      if (missing !== undefined) return missing;
      return (await GPU.isWebGPUAvailable()) ? undefined : 'no adapter';
    }
    case 'webgl2': return GPU.isWebGL2Supported ? undefined : 'no WebGL 2 with float textures';
    case 'webgl': return GPU.isWebGLSupported && GPU.isSinglePrecisionSupported ? undefined : 'no WebGL with float textures';
    case 'headlessgl': return GPU.isHeadlessGLSupported ? undefined : 'the package gl has no compiled binding';
  }
}

/** gpu.js looks for `navigator.gpu`; Node has none of its own, but the package webgpu (Dawn) makes one. */
async function provideWebGpu(): Promise<string | undefined> {
  const scope = globalThis as { navigator?: { gpu?: unknown } };
  if (scope.navigator?.gpu !== undefined) return undefined;
  if (!isNode) return 'no navigator.gpu';
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    const gpu = create([]);
    if (scope.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
    else Object.defineProperty(scope.navigator, 'gpu', { value: gpu, configurable: true });
    return undefined;
  } catch (cause) {
    return `the package webgpu does not load (${cause instanceof Error ? cause.message : String(cause)})`;
  }
}

/** Undoes what `provideWebGpu` did, so that the process can end. */
export function withdrawWebGpu(): void {
  const scope = globalThis as { navigator?: { gpu?: unknown } };
  if (!isNode || scope.navigator === undefined) return;
  delete scope.navigator.gpu;
}
