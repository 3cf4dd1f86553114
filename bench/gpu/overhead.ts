/** What a run costs beside its kernels: uploads, downloads, dispatches, the way from submit to result. */
import { copyOut } from '../../kernels/webgpu/runtime/copy-out.ts';
import type { Gpu } from '../../kernels/webgpu/runtime/gpu.ts';

export interface Overhead {
  readonly name: string;
  readonly ms: number;
}

const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1];

async function repeat(name: string, work: () => unknown, times = 15): Promise<Overhead> {
  const samples: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await work();
    samples.push(performance.now() - from);
  }
  return { name, ms: median(samples) };
}

/** A buffer of 4 MB that is written on the device, then mapped. */
async function mapping(gpu: Gpu, name: string, take: (mapped: ArrayBuffer) => unknown): Promise<Overhead> {
  const size = 4 * 2 ** 20;
  const from = gpu.device.createBuffer({ size, usage: 0x8c }), buffer = gpu.device.createBuffer({ size, usage: 9 });
  const result = await repeat(name, async () => {
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, buffer, 0, size);
    gpu.device.queue.submit([encoder.finish()]);
    await buffer.mapAsync(1);
    take(buffer.getMappedRange());
    buffer.unmap();
  });
  from.destroy();
  buffer.destroy();
  return result;
}

export async function overheads(gpu: Gpu): Promise<Overhead[]> {
  const small = gpu.allocate(16384, 'keep'), large = gpu.allocate(4 * 2 ** 20, 'keep');
  const few = new Uint8Array(16384), many = new Uint8Array(4 * 2 ** 20).fill(7), old = new Uint8Array(4 * 2 ** 20).fill(9);
  const program = gpu.program('nothing', () => ({ label: 'nothing', reads: { x: 'array<u32>' }, writes: { y: 'array<u32>' }, params: ['n'], code: '@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < p.n) { y[id.x] = x[id.x]; } }' }));
  const dispatches = (count: number) => { for (let i = 0; i < count; i++) gpu.run(program, [small, large], [64], [1]); };
  const results = [
    await repeat('submit of nothing, waited for', () => gpu.finish()),
    await repeat('one dispatch, waited for', () => { dispatches(1); return gpu.finish(); }),
    await repeat('download of 16 KB', () => gpu.download(small)),
    await repeat('download of 4 MB', () => gpu.download(large)),
    await repeat('upload of 16 KB, call alone', () => gpu.write(small, few)),
    await repeat('upload of 16 KB and download', () => { gpu.write(small, few); return gpu.download(small); }),
    await repeat('upload of 4 MB, call alone', () => gpu.write(large, many)),
    await repeat('upload of 4 MB and download of 16 KB', () => { gpu.write(large, many); return gpu.download(small); }),
    await repeat('upload and download of 4 MB, a dispatch between', () => { gpu.write(large, many); dispatches(1); return gpu.download(large); }),
    await repeat('copy of 4 MB of host memory to new memory', () => copyOut(many.buffer, 0, many.length)),
    await repeat('slice of 4 MB of host memory', () => many.slice()),
    await repeat('copy of 4 MB of host memory to old memory', () => old.set(many)),
    await mapping(gpu, 'mapping of 4 MB alone', () => undefined),
    await mapping(gpu, 'mapping of 4 MB and copy to old memory', (mapped) => old.set(new Uint8Array(mapped))),
    await mapping(gpu, 'mapping of 4 MB and copy to new memory', (mapped) => copyOut(mapped, 0, mapped.byteLength)),
    await mapping(gpu, 'mapping of 4 MB and slice', (mapped) => mapped.slice(0)),
    await repeat('64 dispatches, calls alone', () => dispatches(64)),
    await repeat('64 dispatches, waited for', () => { dispatches(64); return gpu.finish(); }),
  ];
  gpu.drop(small);
  gpu.drop(large);
  return results;
}
