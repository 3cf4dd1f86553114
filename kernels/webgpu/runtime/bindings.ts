/** Bind groups by program and buffers: dispatches of runs on shapes seen before find theirs. */
import type { PooledBuffer } from './pool.ts';
import type { Program } from './program.ts';

const MOST = 8192;

export class Bindings {
  private readonly device: GPUDevice;
  private readonly uniforms: GPUBuffer;
  private readonly groups = new Map<string, GPUBindGroup>();

  /** `uniforms` holds the parameters of all dispatches. */
  constructor(device: GPUDevice, uniforms: GPUBuffer) {
    this.device = device;
    this.uniforms = uniforms;
  }

  of({ id, layout, params }: Program, buffers: readonly { readonly pooled: PooledBuffer }[]): GPUBindGroup {
    let key = `${id}`;
    for (const { pooled } of buffers) key += `:${pooled.id}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      const entries: GPUBindGroupEntry[] = buffers.map(({ pooled }, binding) => ({ binding, resource: { buffer: pooled.buffer } }));
      if (params.length > 0) entries.push({ binding: buffers.length, resource: { buffer: this.uniforms, size: Math.ceil(params.length / 4) * 16 } });
      group = this.device.createBindGroup({ layout, entries });
      if (this.groups.size >= MOST) this.groups.clear();
      this.groups.set(key, group);
    }
    return group;
  }

  clear(): void {
    this.groups.clear();
  }
}
