/**
 * What the GPU does by its own clock, with everything in its memory: the bandwidth of reading and of copying, products with weights that
 * no cache holds, and the programs' variants side by side. Times are timestamp queries around passes of many dispatches.
 */
import { chooseTile, TILES, type Tile } from '../../kernels/webgpu/math/float-tile.ts';
import { tiledMatMul, type MatMulForm } from '../../kernels/webgpu/math/matmul-program.ts';
import { nbitsFormat, wordsOf, type NBitsFormat } from '../../kernels/webgpu/quantization/nbits-format.ts';
import { floatGemmProgram, integerGemmProgram } from '../../kernels/webgpu/quantization/nbits-gemm.ts';
import { gemvProgram, gemvTile, type GemvTile } from '../../kernels/webgpu/quantization/nbits-gemv.ts';
import { quantizeRows } from '../../kernels/webgpu/quantization/nbits-prepare.ts';
import { tiledIntegers, type IntegerForm } from '../../kernels/webgpu/quantization/integer-product.ts';
import type { Gpu } from '../../kernels/webgpu/runtime/gpu.ts';
import { compileProgram, sourceOf, type Program, type ProgramSpec } from '../../kernels/webgpu/runtime/program.ts';

const STORAGE = 0x80, COPY_DST = 8, COPY_SRC = 4, UNIFORM = 0x40, MAP_READ = 1, QUERY_RESOLVE = 0x200;

/** A program ready to dispatch: several sets of buffers, so that dispatches do not find each other's data in caches. */
interface Ready {
  readonly program: Program;
  readonly groups: readonly GPUBindGroup[];
  readonly offsets: readonly number[];
  readonly workgroups: readonly [number, number?, number?];
}

export class Resident {
  private readonly device: GPUDevice;
  private readonly buffers: GPUBuffer[] = [];

  constructor(gpu: Gpu) {
    this.device = gpu.device;
  }

  buffer(bytes: number, usage = STORAGE | COPY_DST | COPY_SRC): GPUBuffer {
    const buffer = this.device.createBuffer({ size: Math.ceil(bytes / 16) * 16, usage });
    this.buffers.push(buffer);
    return buffer;
  }

  /** Filled with bits that make small floats and mixed codes: written by the device. */
  async random(bytes: number): Promise<GPUBuffer> {
    const words = Math.ceil(bytes / 4);
    const buffer = this.buffer(bytes);
    const fill = await this.ready({
      label: 'fill', reads: {}, writes: { y: 'array<u32>' }, params: ['n'],
      code: `@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) g: vec3<u32>) {
        for (var i = id.x; i < p.n; i += g.x * 256u) { var h = i * 747796405u + 2891336453u; h = ((h >> ((h >> 28u) + 4u)) ^ h) * 277803737u; h = (h >> 22u) ^ h; y[i] = (h & 0x83ffffffu) | 0x38000000u; }
      }`,
    }, [[buffer]], [words], [4096]);
    await this.time(fill, 1);
    return buffer;
  }

  async ready(spec: ProgramSpec, sets: readonly (readonly GPUBuffer[])[], params: readonly number[], workgroups: Ready['workgroups']): Promise<Ready> {
    const { source, params: types } = sourceOf(spec);
    this.device.pushErrorScope('validation');
    const program = compileProgram(this.device, 0, spec, source, types);
    let uniform: GPUBuffer | undefined;
    if (params.length > 0) {
      const bytes = new ArrayBuffer(Math.ceil(params.length / 4) * 16);
      params.forEach((v, i) => (types[i] === 'f' ? (new Float32Array(bytes)[i] = v) : (new Uint32Array(bytes)[i] = v)));
      uniform = this.buffer(bytes.byteLength, UNIFORM | COPY_DST);
      this.device.queue.writeBuffer(uniform, 0, bytes);
    }
    const groups = sets.map((buffers) => this.device.createBindGroup({
      layout: program.layout, entries: [...buffers, ...(uniform ? [uniform] : [])].map((buffer, binding) => ({ binding, resource: { buffer } })),
    }));
    const error = await this.device.popErrorScope();
    if (error !== null) throw new Error(`${spec.label}: ${error.message}`);
    return { program, groups, offsets: uniform === undefined ? [] : [0], workgroups };
  }

  /** Milliseconds of one dispatch, when each set is dispatched `repeats` times in one pass; the best of so many passes. */
  async time(ready: Ready, repeats: number, passes = 9): Promise<number> {
    const set = this.device.createQuerySet({ type: 'timestamp', count: 2 });
    const resolved = this.device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC }), read = this.device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
    let best = Infinity;
    for (let k = 0; k < passes; k++) {
      const encoder = this.device.createCommandEncoder();
      const pass = encoder.beginComputePass({ timestampWrites: { querySet: set, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } });
      pass.setPipeline(ready.program.pipeline);
      for (let r = 0; r < repeats; r++) {
        for (const group of ready.groups) {
          pass.setBindGroup(0, group, ready.offsets);
          pass.dispatchWorkgroups(...ready.workgroups);
        }
      }
      pass.end();
      encoder.resolveQuerySet(set, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, read, 0, 16);
      this.device.queue.submit([encoder.finish()]);
      await read.mapAsync(1);
      const [from, to] = new BigUint64Array(read.getMappedRange().slice(0));
      read.unmap();
      best = Math.min(best, Number(to - from) / 1e6 / (repeats * ready.groups.length));
    }
    set.destroy();
    resolved.destroy();
    read.destroy();
    return best;
  }

  destroy(): void {
    for (const buffer of this.buffers.splice(0)) buffer.destroy();
  }
}

export interface Bandwidth {
  /** GB/s of reading alone, and of reading and writing together. */
  readonly read: number;
  readonly copy: number;
}

/** Repeats a measurement for a second at least, until it stands still: a GPU that was idle takes that long to raise its clocks. */
async function warm(measure: () => Promise<number>, seconds: number): Promise<void> {
  const from = performance.now();
  let last = await measure();
  for (let calm = 0; performance.now() - from < 4000 * seconds && (calm < 3 || performance.now() - from < 1000 * seconds);) {
    const now = await measure();
    calm = Math.abs(now - last) < 0.02 * last ? calm + 1 : 0;
    last = now;
  }
}

/** `seconds`: of work before anything is measured. */
export async function bandwidth(gpu: Gpu, megabytes: number, seconds = 1): Promise<Bandwidth> {
  const r = new Resident(gpu);
  const bytes = megabytes * 2 ** 20;
  const from = await r.random(bytes), to = r.buffer(bytes);
  const vectors = bytes / 16;
  const stride = (body: string) => `@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) g: vec3<u32>) {
    let step = g.x * 256u; ${body} }`;
  const copying = await r.ready({ label: 'copy', reads: { x: 'array<vec4<u32>>' }, writes: { y: 'array<vec4<u32>>' }, code: stride(`for (var i = id.x; i < ${vectors}u; i += step) { y[i] = x[i]; }`) }, [[from, to]], [], [4096]);
  const reading = await r.ready({
    label: 'read', reads: { x: 'array<vec4<u32>>' }, writes: { y: 'array<u32>' },
    code: stride(`var s = vec4<u32>(); for (var i = id.x; i < ${vectors}u; i += 4u * step) { s += x[i] + x[i + step] + x[i + 2u * step] + x[i + 3u * step]; }
      let t = s.x ^ s.y ^ s.z ^ s.w; if (t == 0x12345678u) { y[id.x] = t; }`),
  }, [[from, to]], [], [2048]);
  await warm(() => r.time(reading, 4, 1), seconds);
  const result = { copy: (2 * bytes) / (await r.time(copying, 4)) / 1e6, read: bytes / (await r.time(reading, 4)) / 1e6 };
  r.destroy();
  return result;
}

const form = (level: 0 | 4, size: number): NBitsFormat => nbitsFormat({ K: size, N: size, bits: 4, blockSize: 32, level, hasZeros: false, wholeZeros: true, a: 'float32', y: 'float32', bias: undefined });
const weightBytes = (f: NBitsFormat): number => 4 * wordsOf(f) * f.paddedN + 4 * f.blocks * f.paddedN;

export interface Variant {
  readonly name: string;
  readonly ms: number;
  /** GB/s of weights, or GOPS. */
  readonly rate: number;
}

/**
 * MatMulNBits 1 x size x size over `sets` different weights, for each shape of workgroup. The provider's own choice comes first. Dispatches write
 * to the same results again and again, so that each waits for others, as in a network.
 */
export async function residentRows(gpu: Gpu, level: 0 | 4, size: number, sets: number, tiles: readonly GemvTile[], dispatches = 480): Promise<Variant[]> {
  const r = new Resident(gpu);
  const f = form(level, size);
  const a = await r.random(4 * size), rowScales = await r.random(4 * f.blocks), rowSums = r.buffer(4 * f.blocks);
  const weights: GPUBuffer[][] = [];
  for (let i = 0; i < sets; i++) weights.push([await r.random(4 * wordsOf(f) * f.paddedN), await r.random(4 * f.blocks * f.paddedN)]);
  const results: Variant[] = [];
  for (const tile of [gemvTile(f, 1, gpu.limits.maxComputeInvocationsPerWorkgroup), ...tiles]) {
    try {
      const outputs = weights.map(() => r.buffer(4 * size));
      const own = weights.map(([w, s], i) => [a, w, s, ...(level === 4 ? [rowScales, rowSums] : []), outputs[i]]);
      const ready = await r.ready(gemvProgram(f, tile), own, [1], [Math.ceil(f.paddedN / (4 * tile.lanes)), 1]);
      const ms = await r.time(ready, Math.ceil(dispatches / sets));
      results.push({ name: `level ${level}, ${tile.lanes} x ${tile.depth} threads`, ms, rate: weightBytes(f) / ms / 1e6 });
    } catch (error) {
      results.push({ name: `level ${level}, ${tile.lanes} x ${tile.depth}: ${(error as Error).message.slice(0, 200)}`, ms: NaN, rate: NaN });
    }
  }
  r.destroy();
  return results;
}

/** Products of many rows: programs and tiles side by side. */
export async function residentTiles(gpu: Gpu, size: number): Promise<Variant[]> {
  const r = new Resident(gpu);
  const results: Variant[] = [];
  const measure = async (name: string, operations: number, spec: ProgramSpec, buffers: readonly GPUBuffer[], params: readonly number[], groups: Ready['workgroups']) => {
    try {
      const ms = await r.time(await r.ready(spec, [buffers], params, groups), 5);
      results.push({ name, ms, rate: operations / ms / 1e6 });
    } catch (error) {
      results.push({ name: `${name}: ${(error as Error).message.slice(0, 200)}`, ms: NaN, rate: NaN });
    }
  };
  const M = size / 16, side = size / 4, f = form(0, size), i = form(4, size);
  const operations = 2 * M * size * size;
  const a = await r.random(4 * M * size), w = await r.random(4 * wordsOf(f) * size), s = await r.random(4 * f.blocks * size), y = r.buffer(4 * M * size);
  const groups = (t: Tile, m: number, n: number): [number, number] => [Math.ceil(n / t.columns), Math.ceil(m / t.rows)];
  const chosen = chooseTile(M, size);
  for (const [name, t] of Object.entries(TILES)) {
    await measure(`MatMulNBits ${M} x ${size} x ${size}, ${name}${t === chosen ? ' (chosen)' : ''}`, operations, floatGemmProgram(f, t), [a, w, s, y], [M], groups(t, M, size));
  }
  const rowScales = await r.random(4 * M * f.blocks), rowSums = r.buffer(4 * M * f.blocks), codes = r.buffer(M * size);
  await measure(`quantize ${M} rows of ${size}`, M * size, quantizeRows(i), [a, codes, rowScales, rowSums], [], [Math.ceil(i.blocks / 64), M]);
  await measure(`MatMulNBits level 4 ${M} x ${size} x ${size}`, operations, integerGemmProgram(i), [codes, w, s, rowScales, rowSums, y], [M], [Math.ceil(size / 64), Math.ceil(M / 64)]);
  const form32: MatMulForm = { a: 'float32', b: 'float32', y: 'float32', aVectors: true, bVectors: true, c: undefined };
  const params = [side, side, side, side, 1, side, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0];
  for (const [name, t] of Object.entries(TILES)) await measure(`MatMul ${side}^3, ${name}${t === chooseTile(side, side) ? ' (chosen)' : ''}`, 2 * side ** 3, tiledMatMul(form32, t), [a, w, y], params, groups(t, side, side));
  const integers: IntegerForm = { aUnsigned: true, aVectors: true, yVectors: true, aZero: 'int32', bZeros: false, finish: { kind: 'codes', type: 'uint8' }, c: false };
  const zeros = r.buffer(4 * side);
  for (const t of [1, 2, 4, 8]) {
    await measure(`QLinearMatMul ${side}^3, ${16 * t} x 64`, 2 * side ** 3, tiledIntegers(integers, t), [a, w, zeros, zeros, s, y],
      [side, side, side, side, side / 4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 0, 255], [Math.ceil(side / 64), Math.ceil(side / (16 * t))]);
  }
  r.destroy();
  return results;
}
