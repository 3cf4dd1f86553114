/** Finding a GPU: the browser's `navigator.gpu`, or Dawn through the `webgpu` package in Node. One device a process, counted. */
import { fail } from '../../../src/errors.ts';
import { isNode } from '../../../src/host.ts';
import { Gpu } from './gpu.ts';

/** Options of `{ name: 'webgpu', ... }`. */
export interface WebgpuOptions {
  readonly powerPreference?: 'low-power' | 'high-performance';
  /** Asks for the software adapter. */
  readonly forceFallbackAdapter?: boolean;
  /** Milliseconds that results are waited for before the device counts as hung (`E_EP`). Default 120000. */
  readonly timeout?: number;
  /** `false` gives the session a device of its own; otherwise all sessions of the process that ask for the same adapter share one. */
  readonly share?: boolean;
}

/** A device that sessions hold; it is destroyed when nobody has held it for a moment. */
export interface Lease {
  readonly gpu: Gpu;
  release(): void;
}

interface Shared {
  readonly gpu: Promise<Gpu>;
  holders: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const shared = new Map<string, Shared>();

/**
 * How long a device without sessions is kept: sessions that follow each other use one device and its compiled pipelines. In Node the
 * process lives as long as its device, so the moment is short.
 */
const LINGER_MS = 200;

export async function lease(options: WebgpuOptions): Promise<Lease> {
  if (options.share === false) {
    const gpu = await start(options);
    return once(gpu, () => gpu.destroy());
  }
  const key = `${options.powerPreference}:${options.forceFallbackAdapter}`;
  let entry = shared.get(key);
  if (entry !== undefined && (await entry.gpu.catch(() => undefined))?.lost !== undefined) entry = undefined;
  if (entry === undefined) shared.set(key, (entry = { gpu: start(options), holders: 0, timer: undefined }));
  const held = entry;
  held.holders++;
  clearTimeout(held.timer);
  const leave = (): void => {
    if (--held.holders > 0) return;
    held.timer = setTimeout(() => {
      if (shared.get(key) === held) shared.delete(key);
      void held.gpu.then((gpu) => gpu.destroy(), () => undefined);
    }, LINGER_MS);
  };
  try {
    return once(await held.gpu, leave);
  } catch (error) {
    if (shared.get(key) === held) shared.delete(key);
    throw error;
  }
}

function once(gpu: Gpu, leave: () => void): Lease {
  let held = true;
  return { gpu, release: () => { if (held) leave(); held = false; } };
}

async function start(options: WebgpuOptions): Promise<Gpu> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({
    ...(options.powerPreference && { powerPreference: options.powerPreference }),
    ...(options.forceFallbackAdapter !== undefined && { forceFallbackAdapter: options.forceFallbackAdapter }),
  });
  if (adapter === null) fail('E_EP', 'WebGPU has no adapter here');
  const wanted: GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];
  const { limits } = adapter;
  const device = await adapter.requestDevice({
    requiredFeatures: wanted.filter((f) => adapter.features.has(f)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    },
  });
  return new Gpu(gpu, adapter, device, options.timeout ?? 120_000);
}

let dawn: GPU | undefined;

async function findGpu(): Promise<GPU> {
  if (typeof navigator !== 'undefined' && navigator.gpu !== undefined) return navigator.gpu;
  if (isNode) { // builds for browsers leave it out
    dawn ??= (await import('webgpu').catch((cause: unknown) =>
      fail('E_EP', 'Node needs the package webgpu for this provider', { hint: 'npm install webgpu', cause }))).create([]);
    return dawn;
  }
  return fail('E_EP', 'this browser has no WebGPU');
}
