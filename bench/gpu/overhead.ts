/** What a run costs beside its kernels: uploads, downloads, dispatches, the way from submit to result. */
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

export async function overheads(gpu: Gpu): Promise<Overhead[]> {
  const small = gpu.allocate(16384, 'keep'), large = gpu.allocate(4 * 2 ** 20, 'keep');
  const few = new Uint8Array(16384), many = new Uint8Array(4 * 2 ** 20);
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
    await repeat('64 dispatches, calls alone', () => dispatches(64)),
    await repeat('64 dispatches, waited for', () => { dispatches(64); return gpu.finish(); }),
  ];
  gpu.drop(small);
  gpu.drop(large);
  return results;
}
