/**
 * A product of codes of 1024^3 from the host and back, by hand: a megabyte up, a kernel, a megabyte down into memory the caller owns. Each way to
 * move the codes stands beside the others, and each step of the plain way by itself: where the time of such a run goes.
 */
import { tiledIntegers, type IntegerForm } from '../../kernels/webgpu/quantization/integer-product.ts';
import type { Gpu } from '../../kernels/webgpu/runtime/gpu.ts';
import { compileProgram, sourceOf } from '../../kernels/webgpu/runtime/program.ts';
import type { Overhead } from './overhead.ts';

const MAP_READ = 1, MAP_WRITE = 2, COPY_SRC = 4, COPY_DST = 8, STORAGE = 0x80, UNIFORM = 0x40;
const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1];

/** How codes are moved: in so many pieces, each with a submit of its own. */
interface Way {
  readonly name: string;
  readonly up: number;
  readonly down: number;
  /** Products of row blocks, each between its own pieces: `up` and `down` are this number then. */
  readonly kernels: number;
  /** queue.writeBuffer in place of mapped buffers. */
  readonly queue?: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'one submit', up: 1, kernels: 1, down: 1 },
  { name: 'no kernel', up: 1, kernels: 0, down: 1 },
  { name: 'nothing up', up: 0, kernels: 1, down: 1 },
  { name: 'nothing up, no kernel', up: 0, kernels: 0, down: 1 },
  { name: 'nothing down', up: 1, kernels: 1, down: 0 },
  { name: 'queue.writeBuffer', up: 1, kernels: 1, down: 1, queue: true },
  { name: 'up in 2 pieces', up: 2, kernels: 1, down: 1 },
  { name: 'up in 4 pieces', up: 4, kernels: 1, down: 1 },
  { name: 'down in 2 pieces', up: 1, kernels: 1, down: 2 },
  { name: 'down in 4 pieces', up: 1, kernels: 1, down: 4 },
  { name: 'both in 2 pieces', up: 2, kernels: 1, down: 2 },
  { name: '2 blocks of rows', up: 2, kernels: 2, down: 2 },
  { name: '4 blocks of rows', up: 4, kernels: 4, down: 4 },
];

export async function transfers(gpu: Gpu, side = 1024, rounds = 40): Promise<Overhead[]> {
  const { device } = gpu;
  const size = side * side;
  const made: GPUBuffer[] = [];
  const buffer = (bytes: number, usage: number, mappedAtCreation = false): GPUBuffer => {
    const made1 = device.createBuffer({ size: bytes, usage, mappedAtCreation });
    made.push(made1);
    return made1;
  };
  const form: IntegerForm = { aUnsigned: true, aVectors: true, yVectors: true, aZero: 'int32', bZeros: false, finish: { kind: 'codes', type: 'uint8' }, c: false };
  const spec = tiledIntegers(form, 4, true);
  const { source, params } = sourceOf(spec);
  const program = compileProgram(device, 0, spec, source, params);
  const a = buffer(size, STORAGE | COPY_DST), y = buffer(size, STORAGE | COPY_SRC);
  const b = buffer(size, STORAGE), zeros = buffer(4 * side, STORAGE), multipliers = buffer(4 * side, STORAGE);
  const source8 = Uint8Array.from({ length: size }, (_, i) => (i * 37) >> 3), result = new Uint8Array(size).fill(1);

  /** The product of `count` equal blocks of rows, each a bind group. */
  const products = (count: number) => Array.from({ length: count }, (_, i) => {
    const rows = side / count;
    const values = [rows, side, side, side, side / 4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 0, 255];
    const uniform = buffer(Math.ceil(values.length / 4) * 16, UNIFORM | COPY_DST);
    const words = new ArrayBuffer(uniform.size);
    values.forEach((v, at) => (params[at] === 'f' ? (new Float32Array(words)[at] = v) : (new Uint32Array(words)[at] = v)));
    device.queue.writeBuffer(uniform, 0, words);
    const part = { offset: (i * size) / count, size: size / count };
    const entries = [{ buffer: a, ...part }, { buffer: b }, { buffer: zeros }, { buffer: zeros }, { buffer: multipliers }, { buffer: y, ...part }, { buffer: uniform }];
    return { group: device.createBindGroup({ layout: program.layout, entries: entries.map((resource, binding) => ({ binding, resource })) }), rows };
  });
  const multiply = (encoder: GPUCommandEncoder, { group, rows }: ReturnType<typeof products>[number]): void => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(program.pipeline);
    pass.setBindGroup(0, group, [0]);
    pass.dispatchWorkgroups(side / 64, rows / 64);
    pass.end();
  };

  /** One way, made ready to run; `times` gets the milliseconds of each of its steps. */
  const prepare = (way: Way) => {
    const { up, down, kernels } = way;
    const blocks = products(kernels);
    const write = Array.from({ length: up }, () => buffer(size / up, MAP_WRITE | COPY_SRC, true));
    const read = Array.from({ length: down }, () => buffer(size / down, MAP_READ | COPY_DST));
    const fence = down === 0 ? buffer(16, MAP_READ | COPY_DST) : undefined;
    let mapped: Promise<unknown> = Promise.resolve();
    const times: Record<string, number[]> = {};
    const step = (name: string, from: number): number => {
      const now = performance.now();
      (times[name] ??= []).push(now - from);
      return now;
    };
    const sendUp = (i: number, encoder: GPUCommandEncoder): void => {
      const from = (i * size) / up, piece = source8.subarray(from, from + size / up);
      if (way.queue) {
        device.queue.writeBuffer(a, from, piece);
        return;
      }
      let at = performance.now();
      const mappedRange = new Uint8Array(write[i].getMappedRange());
      at = step('range to write', at);
      mappedRange.set(piece);
      at = step('copying up', at);
      write[i].unmap();
      step('unmapping', at);
      encoder.copyBufferToBuffer(write[i], 0, a, from, size / up);
    };
    const run = async (): Promise<void> => {
      await mapped;
      let at = performance.now();
      const waits: Promise<unknown>[] = [];
      let encoder = device.createCommandEncoder();
      const submit = (): void => {
        let at = performance.now();
        const commands = encoder.finish();
        at = step('finishing', at);
        device.queue.submit([commands]);
        step('submitting', at);
        encoder = device.createCommandEncoder();
      };
      const bringDown = (i: number): void => {
        encoder.copyBufferToBuffer(y, (i * size) / down, read[i], 0, size / down);
        submit();
        waits.push(read[i].mapAsync(MAP_READ));
      };
      if (kernels > 1) {
        for (let i = 0; i < kernels; i++) {
          sendUp(i, encoder);
          multiply(encoder, blocks[i]);
          bringDown(i);
        }
      } else {
        for (let i = 0; i < up; i++) {
          sendUp(i, encoder);
          if (i < up - 1) submit();
        }
        if (kernels === 1) multiply(encoder, blocks[0]);
        for (let i = 0; i < down; i++) bringDown(i);
        if (fence !== undefined) {
          encoder.copyBufferToBuffer(y, 0, fence, 0, 16);
          submit();
          waits.push(fence.mapAsync(MAP_READ));
        }
      }
      at = step('all until submitted', at);
      if (!way.queue) mapped = Promise.all(write.map((w) => w.mapAsync(MAP_WRITE)));
      for (let i = 0; i < down; i++) {
        await waits[i];
        at = step(i === 0 ? 'waiting' : 'waiting again', at);
        const from = new Uint8Array(read[i].getMappedRange());
        at = step('range to read', at);
        result.set(from, (i * size) / down);
        at = step('copying down', at);
        read[i].unmap();
      }
      if (fence !== undefined) {
        await waits[0];
        fence.unmap();
        step('waiting', at);
      }
    };
    return { way, run, times, samples: [] as number[] };
  };

  const list: Overhead[] = [];
  const plain = async (name: string, work: () => unknown): Promise<void> => {
    const samples: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const from = performance.now();
      await work();
      samples.push(performance.now() - from);
    }
    list.push({ name: `1 MB: ${name}`, ms: median(samples) });
  };
  const ready = WAYS.map(prepare);
  for (let round = 0; round < rounds + 5; round++) {
    for (const { run, samples } of ready) {
      const from = performance.now();
      await run();
      if (round >= 5) samples.push(performance.now() - from);
    }
  }
  for (const { way, times, samples } of ready) {
    list.push({ name: `1 MB: ${way.name}`, ms: median(samples) });
    if (way === WAYS[0]) for (const [name, each] of Object.entries(times)) list.push({ name: `1 MB: of which ${name}`, ms: median(each) });
  }
  const [block, product] = [gpu.allocate(size, 'keep'), gpu.allocate(size, 'keep')];
  const moving = gpu.program('move words', () => ({ label: 'move words', reads: { x: 'array<u32>' }, writes: { y: 'array<u32>' }, params: ['n'], code: '@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) { if (id.x < p.n) { y[id.x] = x[id.x]; } }' }));
  await plain('through the device layer, no product', () => {
    gpu.write(block, source8);
    gpu.run(moving, [block, product], [size / 4], [size / 1024]);
    return gpu.download(product, result);
  });
  gpu.drop(block);
  gpu.drop(product);
  const fresh: Uint8Array[] = [];
  await plain('copy to old memory', () => result.set(source8));
  await plain('copy to new memory', () => fresh.push(source8.slice()));
  const tiny = buffer(16, MAP_READ | COPY_DST);
  const send = (): void => {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(y, 0, tiny, 0, 16);
    device.queue.submit([encoder.finish()]);
  };
  await plain('16 bytes down by mapAsync', async () => { send(); await tiny.mapAsync(MAP_READ); tiny.unmap(); });
  await plain('16 bytes down by onSubmittedWorkDone', async () => { send(); await device.queue.onSubmittedWorkDone(); });
  await plain('16 bytes down, call of submit alone', send);
  await plain('error scopes of a window', () => {
    for (const filter of ['internal', 'validation', 'out-of-memory'] as const) device.pushErrorScope(filter);
    return Promise.all([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()]);
  });
  for (const b1 of made) b1.destroy();
  return list;
}
