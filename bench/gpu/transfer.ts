/**
 * A product of codes of 1024^3 from the host and back, by hand: a megabyte up, a kernel, a megabyte down into memory the caller owns. Each way to
 * move the codes stands beside the others, and each step of the plain way by itself: where the time of such a run goes.
 */
import { tiledIntegers, type IntegerForm } from '../../kernels/webgpu/quantization/integer-product.ts';
import type { Gpu } from '../../kernels/webgpu/runtime/gpu.ts';
import { compileProgram, sourceOf, type ProgramSpec } from '../../kernels/webgpu/runtime/program.ts';
import { InferenceSession, type Tensor } from '../../src/main.ts';
import { qLinearMatMul } from '../rows/kernels.ts';
import { DEVICE } from './contenders.ts';
import type { Overhead } from './overhead.ts';

const MAP_READ = 1, MAP_WRITE = 2, COPY_SRC = 4, COPY_DST = 8, STORAGE = 0x80, UNIFORM = 0x40;
const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1];

/** What is done of it, and how. */
interface Way {
  readonly name: string;
  readonly up: boolean;
  readonly kernel: boolean;
  readonly down: boolean;
  /** Blocks of rows that go up, are multiplied and come down with a submit each. */
  readonly blocks: number;
  /** Up by queue.writeBuffer in place of a mapped buffer. */
  readonly queue?: boolean;
}

const ALL = { up: true, kernel: true, down: true, blocks: 1 };
const WAYS: readonly Way[] = [
  { name: 'one submit', ...ALL },
  { name: 'no kernel', ...ALL, kernel: false },
  { name: 'nothing up', ...ALL, up: false },
  { name: 'nothing up, no kernel', ...ALL, up: false, kernel: false },
  { name: 'nothing down', ...ALL, down: false },
  { name: 'up by queue.writeBuffer', ...ALL, queue: true },
  { name: '2 blocks of rows', ...ALL, blocks: 2 },
  { name: '4 blocks of rows', ...ALL, blocks: 4 },
];

interface Layer {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly samples: number[];
  readonly release: () => unknown;
}

/** The same product by the calls that kernels make. */
async function deviceLayer(gpu: Gpu, spec: ProgramSpec, side: number, from: Uint8Array, into: Uint8Array): Promise<Layer> {
  const size = side * side;
  const [a, b, sums, zeros, multipliers, y] = [size, size, 4 * side, 16, 4 * side, size].map((bytes) => gpu.allocate(bytes, 'keep'));
  const program = gpu.program(`1 MB ${side}`, () => spec);
  return {
    name: 'one submit, by the device layer', samples: [],
    run: () => {
      gpu.write(a, from);
      gpu.run(program, [a, b, sums, zeros, multipliers, y], parametersOf(side, side), [side / 64, side / 64]);
      return gpu.download(y, into);
    },
    release: () => [a, b, sums, zeros, multipliers, y].forEach((block) => gpu.drop(block)),
  };
}

/** And by a session on the same device: a GPU takes a while to turn from one to another. */
async function wholeSession(side: number): Promise<Layer> {
  const { bytes, feeds } = await qLinearMatMul(side, side, side, 'uint8', 'int8').make();
  const session = await InferenceSession.create(bytes, { executionProviders: [{ name: 'webgpu', ...DEVICE }, 'cpu'] });
  const own = (await session.run(feeds)) as Readonly<Record<string, Tensor>>;
  return { name: 'one submit, by a session', samples: [], run: () => session.run(feeds, own), release: () => session.release() };
}

/** What the program of `rows` rows takes. */
const parametersOf = (rows: number, side: number): number[] => [rows, side, side, side, side / 4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 0, 255];

/** Rounds before any that counts: JavaScript is compiled by then. */
const WARM = 30;

export async function transfers(gpu: Gpu, side = 1024, rounds = 100): Promise<Overhead[]> {
  const { device } = gpu;
  const size = side * side;
  const made: GPUBuffer[] = [];
  const buffer = (bytes: number, usage: number, mappedAtCreation = false): GPUBuffer => {
    const one = device.createBuffer({ size: bytes, usage, mappedAtCreation });
    made.push(one);
    return one;
  };
  const form: IntegerForm = { aUnsigned: true, aVectors: true, yVectors: true, aZero: 'int32', bZeros: false, finish: { kind: 'codes', type: 'uint8' }, c: false };
  const spec = tiledIntegers(form, 4);
  const { source, params } = sourceOf(spec);
  const program = compileProgram(device, 0, spec, source, params);
  const a = buffer(size, STORAGE | COPY_DST), y = buffer(size, STORAGE | COPY_SRC);
  const b = buffer(size, STORAGE), zeros = buffer(4 * side, STORAGE), multipliers = buffer(4 * side, STORAGE);
  const from = Uint8Array.from({ length: size }, (_, i) => (i * 37) >> 3), into = new Uint8Array(size).fill(1);

  /** One way, made ready to run; `times` gets the milliseconds of each of its steps. */
  const prepare = (way: Way) => {
    const rows = side / way.blocks, bytes = size / way.blocks;
    const uniform = buffer(Math.ceil(params.length / 4) * 16, UNIFORM | COPY_DST);
    const words = new ArrayBuffer(uniform.size);
    parametersOf(rows, side).forEach((v, at) => (params[at] === 'f' ? (new Float32Array(words)[at] = v) : (new Uint32Array(words)[at] = v)));
    device.queue.writeBuffer(uniform, 0, words);
    const blocks = Array.from({ length: way.blocks }, (_, i) => {
      const part = { offset: i * bytes, size: bytes };
      const resources = [{ buffer: a, ...part }, { buffer: b }, { buffer: zeros }, { buffer: zeros }, { buffer: multipliers }, { buffer: y, ...part }, { buffer: uniform }];
      return {
        at: i * bytes, group: device.createBindGroup({ layout: program.layout, entries: resources.map((resource, binding) => ({ binding, resource })) }),
        write: buffer(bytes, MAP_WRITE | COPY_SRC, true), read: buffer(way.down ? bytes : 16, MAP_READ | COPY_DST),
      };
    });
    const times: Record<string, number[]> = {};
    let last = 0;
    const step = (name: string): void => {
      const now = performance.now();
      (times[name] ??= []).push(now - last);
      last = performance.now();
    };
    let writable: Promise<unknown> = Promise.resolve();
    const run = async (): Promise<void> => {
      await writable;
      last = performance.now();
      const arrivals: Promise<unknown>[] = [];
      for (const { at, group, write, read } of blocks) {
        const encoder = device.createCommandEncoder();
        if (way.queue) device.queue.writeBuffer(a, at, from, at, bytes);
        else if (way.up) {
          new Uint8Array(write.getMappedRange()).set(from.subarray(at, at + bytes));
          write.unmap();
          encoder.copyBufferToBuffer(write, 0, a, at, bytes);
        }
        step('copying up');
        if (way.kernel) {
          const pass = encoder.beginComputePass();
          pass.setPipeline(program.pipeline);
          pass.setBindGroup(0, group, [0]);
          pass.dispatchWorkgroups(side / 64, rows / 64);
          pass.end();
        }
        encoder.copyBufferToBuffer(y, at, read, 0, read.size);
        device.queue.submit([encoder.finish()]);
        arrivals.push(read.mapAsync(MAP_READ));
        step('recording and submit');
      }
      if (way.up && !way.queue) writable = Promise.all(blocks.map(({ write }) => write.mapAsync(MAP_WRITE)));
      for (const [i, { at, read }] of blocks.entries()) {
        await arrivals[i];
        step('waiting');
        if (way.down) into.set(new Uint8Array(read.getMappedRange()), at);
        read.unmap();
        step('copying down');
      }
    };
    return { way, run, times, samples: [] as number[] };
  };

  const list: Overhead[] = [];
  const plain = async (name: string, work: () => unknown): Promise<void> => {
    const samples: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const began = performance.now();
      await work();
      samples.push(performance.now() - began);
    }
    list.push({ name: `1 MB: ${name}`, ms: median(samples) });
  };
  const ready = WAYS.map(prepare);
  const layers = [await deviceLayer(gpu, spec, side, from, into), await wholeSession(side)];
  for (let round = 0; round < rounds + WARM; round++) {
    for (const { run, samples } of [...ready, ...layers]) {
      const began = performance.now();
      await run();
      if (round >= WARM) samples.push(performance.now() - began);
    }
  }
  for (const { way, times, samples } of ready) {
    list.push({ name: `1 MB: ${way.name}`, ms: median(samples) });
    if (way === WAYS[0]) for (const [name, each] of Object.entries(times)) list.push({ name: `1 MB: of which ${name}`, ms: median(each) });
  }
  for (const { name, samples, release } of layers) {
    list.push({ name: `1 MB: ${name}`, ms: median(samples) });
    await release();
  }
  const fresh: Uint8Array[] = [];
  await plain('copy to old memory', () => into.set(from));
  await plain('copy to new memory', () => fresh.push(from.slice()));
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
  for (const one of made) one.destroy();
  return list;
}
