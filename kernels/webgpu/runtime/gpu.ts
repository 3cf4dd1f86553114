/**
 * A device with its queue of work: dispatches are recorded into one command encoder and submitted together. The span between two
 * submits is a window; errors are caught window by window, and what a failed window or a later one wrote is never handed out.
 */
import { fail, OnnxError } from '../../../src/errors.ts';
import { copyOut } from './copy-out.ts';
import { Failures } from './failures.ts';
import { BufferPool, COPY_DST, COPY_SRC, MAP_READ, STORAGE, type PooledBuffer } from './pool.ts';
import { compileProgram, sourceOf, type Program, type ProgramSpec } from './program.ts';
import { Uniforms } from './uniforms.ts';
import { Uploads } from './uploads.ts';

/** Memory of one or several tensors (views of the same elements), kernels' scratch, or packed weights. */
export interface Block {
  readonly pooled: PooledBuffer;
  readonly byteLength: number;
  /** Tensors that have it. */
  handles: number;
  /** The window whose commands last wrote it. */
  written: number;
}

interface Download {
  readonly block: Block;
  readonly into: ArrayBufferView | undefined;
  readonly resolve: (bytes: ArrayBufferLike) => void;
  readonly reject: (error: unknown) => void;
}

/** A submit for so many dispatches at the latest, so that the device starts while the host still records. */
const DISPATCHES = 256;
/** Bytes from which uploads go through buffers that stay mapped: queue.writeBuffer makes new memory when much is written at once. */
const LARGE = 2 ** 16;
/** Bytes that one copy brings to the host. */
const MOST_AT_ONCE = 2 ** 27;

export class Gpu {
  readonly device: GPUDevice;
  readonly description: string;
  readonly info: GPUAdapterInfo;
  readonly has: { readonly f16: boolean; readonly subgroups: boolean; readonly timestamps: boolean; readonly dot4: boolean };
  readonly limits: GPUSupportedLimits;
  readonly pool: BufferPool;
  /** Why nothing runs here any more. */
  lost: OnnxError | undefined;
  /** Dispatches recorded since the start: for tests. */
  dispatched = 0;
  private readonly timeout: number;
  private window = 0;
  private open = false;
  private encoder: GPUCommandEncoder | undefined;
  private pass: GPUComputePassEncoder | undefined;
  private recorded = 0;
  private readonly uploads: Uploads;
  private readonly uniforms: Uniforms;
  private programs = 0;
  private readonly byKey = new Map<string, Program>();
  private readonly bySource = new Map<string, Program>();
  private readonly bindGroups = new Map<string, GPUBindGroup>();
  private readonly waiting = new Set<Promise<void>>();
  private readonly failures = new Failures();
  private downloads: Download[] = [];

  constructor(instance: GPU, adapter: GPUAdapter, device: GPUDevice, timeout: number) {
    this.device = device;
    this.timeout = timeout;
    this.info = adapter.info;
    this.limits = device.limits;
    this.has = {
      f16: device.features.has('shader-f16'), subgroups: device.features.has('subgroups'), timestamps: device.features.has('timestamp-query'),
      dot4: instance.wgslLanguageFeatures?.has('packed_4x8_integer_dot_product') ?? false,
    };
    this.description = describe(this.info, this.has);
    this.pool = new BufferPool(device, Math.min(this.limits.maxBufferSize, this.limits.maxStorageBufferBindingSize));
    this.uploads = new Uploads(device);
    this.pool.onDestroy = () => this.bindGroups.clear();
    this.uniforms = new Uniforms(device, this.limits.minUniformBufferOffsetAlignment);
    void device.lost.then((info) => {
      this.lost ??= new OnnxError('E_EP', `the GPU device was lost: ${info.message || info.reason}`, { hint: 'create a new session' });
      for (const { reject } of this.downloads.splice(0)) reject(this.lost);
    });
  }

  destroy(): void {
    this.lost ??= new OnnxError('E_EP', 'the GPU device was released with its last session');
    for (const { reject } of this.downloads.splice(0)) reject(this.lost);
    this.device.destroy();
  }

  /** Memory for `byteLength` bytes, content undefined. Throws `E_LIMIT` past what the adapter can bind. */
  allocate(byteLength: number, use: 'commands' | 'upload' | 'keep' = 'commands'): Block {
    this.check();
    const size = Math.max(16, Math.ceil(byteLength / 16) * 16);
    const most = Math.min(this.limits.maxBufferSize, this.limits.maxStorageBufferBindingSize);
    if (size > most) fail('E_LIMIT', "a tensor exceeds the adapter's buffer size", { expected: `at most ${most} bytes`, found: `${byteLength} bytes` });
    this.begin();
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const pooled = use === 'keep' ? this.pool.create(size, usage) : this.pool.take(size, usage, use === 'upload' ? this.window : Infinity);
    return { pooled, byteLength, handles: 0, written: this.window };
  }

  /** Gives memory back. Later commands may use it at once: they run after those recorded so far. */
  free(block: Block): void {
    if (this.lost === undefined) this.pool.give(block.pooled);
  }

  /** Frees kept memory for good. */
  drop(block: Block): void {
    if (this.lost !== undefined) return;
    if (Math.max(block.pooled.usedIn, block.written) >= this.window) this.flush();
    this.pool.destroy(block.pooled);
  }

  /** Writes bytes at the start of a block that no command of this window uses. */
  write(block: Block, data: ArrayBufferView): void {
    this.begin();
    let bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    if (bytes.length % 4 !== 0 || !(data.buffer instanceof ArrayBuffer)) {
      const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
      padded.set(bytes);
      bytes = padded;
    }
    if (bytes.length >= LARGE) this.uploads.write(this.commands(), block.pooled.buffer, bytes);
    else if (bytes.length > 0) this.device.queue.writeBuffer(block.pooled.buffer, 0, bytes);
    block.written = this.window;
  }

  /** The compiled program of this key; `make` describes it the first time. Equal sources share one pipeline. */
  program(key: string, make: () => ProgramSpec): Program {
    let program = this.byKey.get(key);
    if (program === undefined) {
      this.check();
      this.begin();
      const spec = make();
      const { source, params } = sourceOf(spec);
      const whole = spec.constants === undefined ? source : `${source}\n//${JSON.stringify(spec.constants)}`;
      program = this.bySource.get(whole) ?? compileProgram(this.device, this.programs++, spec, source, params);
      this.bySource.set(whole, program);
      this.byKey.set(key, program);
    }
    return program;
  }

  /**
   * Records a dispatch: `blocks` in the order of the program's reads and writes, `params` one number a parameter word.
   * `groups`: workgroup counts, each at most 65535 (see `fold`). Nothing is recorded for a count of 0.
   */
  run(program: Program, blocks: readonly Block[], params: readonly number[], groups: readonly [number, number?, number?]): void {
    this.check();
    if (blocks.length !== program.reads + program.writes || params.length !== program.params.length) {
      throw new Error(`${program.label}: ${blocks.length} blocks and ${params.length} parameters do not fit the program`);
    }
    const [x, y = 1, z = 1] = groups;
    if (x === 0 || y === 0 || z === 0) return;
    const { pass, offset } = this.beginDispatch(params, program.params);
    let key = `${program.id}`;
    for (const { pooled } of blocks) key += `:${pooled.id}`;
    let group = this.bindGroups.get(key);
    if (group === undefined) {
      const entries: GPUBindGroupEntry[] = blocks.map(({ pooled }, binding) => ({ binding, resource: { buffer: pooled.buffer } }));
      if (params.length > 0) entries.push({ binding: blocks.length, resource: { buffer: this.uniforms.buffer, size: Math.ceil(params.length / 4) * 16 } });
      group = this.device.createBindGroup({ layout: program.layout, entries });
      if (this.bindGroups.size >= 8192) this.bindGroups.clear();
      this.bindGroups.set(key, group);
    }
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i];
      if (this.failures.any && i < program.reads) this.failures.check(block.written);
      block.pooled.usedIn = this.window;
      if (i >= program.reads) block.written = this.window;
    }
    pass.setPipeline(program.pipeline);
    if (params.length > 0) pass.setBindGroup(0, group, [offset]);
    else pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y, z);
    this.dispatched++;
    if (++this.recorded >= DISPATCHES) this.flush();
  }

  /** Records a copy between blocks; offsets and size are multiples of 4 bytes. */
  copy(from: Block, fromOffset: number, to: Block, toOffset: number, byteLength: number): void {
    this.check();
    if (this.failures.any) this.failures.check(from.written);
    if (byteLength === 0) return;
    this.commands().copyBufferToBuffer(from.pooled.buffer, fromOffset, to.pooled.buffer, toOffset, byteLength);
    from.pooled.usedIn = to.pooled.usedIn = to.written = this.window;
  }

  /** Submits what was recorded. */
  flush(): void {
    if (!this.open || this.lost !== undefined) return;
    const window = this.window;
    this.endPass();
    this.uniforms.submit(this.device.queue);
    if (this.encoder !== undefined) this.device.queue.submit([this.encoder.finish()]);
    this.uploads.recycle();
    this.encoder = undefined;
    this.recorded = 0;
    this.open = false;
    this.window++;
    const scopes = [this.device.popErrorScope(), this.device.popErrorScope(), this.device.popErrorScope()];
    const judged = Promise.all(scopes).then((errors) => this.judge(window, errors), () => undefined).then(() => void this.waiting.delete(judged));
    this.waiting.add(judged);
    if (window % 64 === 0) this.pool.trim(window);
  }

  /**
   * The bytes of a block, once everything recorded so far is done, in this array's memory or in new memory. Blocks asked for together come
   * with one copy.
   */
  download(block: Block, into?: ArrayBufferView): Promise<ArrayBufferLike> {
    return new Promise((resolve, reject) => {
      this.downloads.push({ block, into, resolve, reject });
      if (this.downloads.length === 1) queueMicrotask(() => void this.bring());
    });
  }

  /** Resolves when the device has done everything. */
  async finish(): Promise<void> {
    this.flush();
    this.check();
    await this.inTime(this.device.queue.onSubmittedWorkDone());
    await Promise.all(this.waiting);
    this.check();
  }

  private async bring(): Promise<void> {
    const offsets: number[] = [];
    let size = 0;
    for (const { block } of this.downloads) {
      const bytes = Math.ceil(block.byteLength / 16) * 16;
      if (offsets.length > 0 && size + bytes > MOST_AT_ONCE) break;
      offsets.push(size);
      size += bytes;
    }
    const wanted = this.downloads.splice(0, offsets.length);
    if (this.downloads.length > 0) queueMicrotask(() => void this.bring());
    if (wanted.length === 0) return;
    let staging: PooledBuffer | undefined;
    try {
      this.check();
      this.begin();
      staging = this.pool.take(Math.max(size, 16), MAP_READ | COPY_DST);
      const commands = this.commands();
      wanted.forEach(({ block }, i) => {
        const bytes = Math.ceil(block.byteLength / 4) * 4;
        if (bytes > 0) commands.copyBufferToBuffer(block.pooled.buffer, 0, staging!.buffer, offsets[i], bytes);
        block.pooled.usedIn = this.window;
      });
      staging.usedIn = this.window;
      this.flush();
      const mapped = this.inTime(staging.buffer.mapAsync(1, 0, Math.max(size, 16)));
      await Promise.all([mapped, ...this.waiting]);
      this.check();
      const bytes = staging.buffer.getMappedRange(0, Math.max(size, 16));
      wanted.forEach(({ block, into, resolve, reject }, i) => {
        try {
          this.failures.check(block.written);
          resolve(copyOut(bytes, offsets[i], block.byteLength, into));
        } catch (error) {
          reject(error);
        }
      });
      staging.buffer.unmap();
      this.pool.give(staging);
    } catch (cause) {
      await Promise.all(this.waiting);
      const error = this.lost ?? this.failures.last ?? asError('results could not be read back', cause);
      for (const { reject } of wanted) reject(error);
    }
  }

  private async inTime<T>(work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.lost ??= new OnnxError('E_EP', `the GPU did not finish within ${this.timeout} ms`, { hint: "{ name: 'webgpu', timeout }" });
        reject(this.lost);
        this.device.destroy();
      }, this.timeout);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private check(): void {
    if (this.lost !== undefined) throw this.lost;
  }

  // A window begins with its error scopes.
  private begin(): void {
    if (this.open || this.lost !== undefined) return;
    this.open = true;
    for (const filter of ['internal', 'validation', 'out-of-memory'] as const) this.device.pushErrorScope(filter);
  }

  // The scopes of a window were popped: what they caught concerns everything written since it began.
  private judge(window: number, [memory, validation, internal]: readonly (GPUError | null)[]): void {
    const found = memory ?? validation ?? internal;
    if (found === undefined || found === null || this.lost !== undefined) return;
    const error = found === memory
      ? new OnnxError('E_LIMIT', `the GPU is out of memory (${this.pool.bytes} bytes held): ${found.message}`)
      : new OnnxError('E_EP', `the GPU refused a command: ${found.message}`);
    this.flush(); // what is recorded from here on is not concerned
    this.failures.add(window, this.window - 1, error);
    this.byKey.clear(); // a pipeline made in this window may be invalid
    this.bySource.clear();
    this.bindGroups.clear();
    if (found === memory) this.pool.trim(this.window - 1, true);
  }

  private commands(): GPUCommandEncoder {
    this.begin();
    this.endPass();
    return (this.encoder ??= this.device.createCommandEncoder());
  }

  private endPass(): void {
    this.pass?.end();
    this.pass = undefined;
  }

  private beginDispatch(params: readonly number[], types: string): { pass: GPUComputePassEncoder; offset: number } {
    if (!this.uniforms.fits(params.length)) this.flush();
    this.begin();
    this.encoder ??= this.device.createCommandEncoder();
    this.pass ??= this.encoder.beginComputePass();
    return { pass: this.pass, offset: this.uniforms.put(params, types) };
  }
}

/** Workgroup counts for `count` groups in a row, folded where a dimension would pass 65535: see `FLAT` in wgsl/library.ts. */
export function fold(count: number): readonly [number, number] {
  if (count <= 65535) return [count, 1];
  const x = Math.ceil(Math.sqrt(count));
  return [x, Math.ceil(count / x)];
}

function asError(summary: string, cause: unknown): OnnxError {
  return cause instanceof OnnxError ? cause : new OnnxError('E_EP', `${summary}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

function describe(info: GPUAdapterInfo, has: Gpu['has']): string {
  const name = info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ') || 'unnamed adapter';
  const features = [has.f16 && 'f16', has.subgroups && 'subgroups', has.dot4 && 'dot4'].filter(Boolean);
  return features.length === 0 ? name : `${name} (${features.join(', ')})`;
}
