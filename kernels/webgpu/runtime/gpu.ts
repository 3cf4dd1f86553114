/**
 * A device with its queue of work: dispatches are recorded into one command encoder and submitted together. The span between two
 * submits is a window; errors are caught window by window, and what a failed window or a later one wrote is never handed out.
 */
import { fail, OnnxError } from '../../../src/errors.ts';
import { Bindings } from './bindings.ts';
import { Downloads } from './downloads.ts';
import { Failures } from './failures.ts';
import { describeAdapter, featuresOf, type Features } from './features.ts';
import { BufferPool, COPY_DST, COPY_SRC, MAP_READ, STORAGE, type PooledBuffer } from './pool.ts';
import type { Program, ProgramSpec } from './program.ts';
import { Programs } from './programs.ts';
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

/** A submit for so many dispatches at the latest, so that the device starts while the host still records. */
const DISPATCHES = 256;
/** Bytes from which uploads go through buffers that stay mapped: queue.writeBuffer makes new memory when much is written at once. */
const LARGE = 2 ** 16;

export class Gpu {
  readonly device: GPUDevice;
  readonly description: string;
  readonly info: GPUAdapterInfo;
  readonly has: Features;
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
  /** The id of the first buffer that this window makes. */
  private firstBuffer = 0;
  private readonly uploads: Uploads;
  private readonly uniforms: Uniforms;
  private readonly programs: Programs;
  private readonly bindings: Bindings;
  private readonly waiting = new Set<Promise<void>>();
  private readonly failures = new Failures();
  private readonly downloads = new Downloads(this);

  constructor(instance: GPU, adapter: GPUAdapter, device: GPUDevice, timeout: number) {
    this.device = device;
    this.timeout = timeout;
    this.info = adapter.info;
    this.limits = device.limits;
    this.has = featuresOf(instance, device);
    this.description = describeAdapter(this.info, this.has);
    this.pool = new BufferPool(device, Math.min(this.limits.maxBufferSize, this.limits.maxStorageBufferBindingSize));
    this.uploads = new Uploads(device);
    this.programs = new Programs(device);
    this.uniforms = new Uniforms(device, this.limits.minUniformBufferOffsetAlignment);
    this.bindings = new Bindings(device, this.uniforms.buffer);
    this.pool.onDestroy = () => this.bindings.clear();
    void device.lost.then((info) => {
      this.lost ??= new OnnxError('E_EP', `the GPU device was lost: ${info.message || info.reason}`, { hint: 'create a new session' });
      this.downloads.end(this.lost);
    });
  }

  destroy(): void {
    this.lost ??= new OnnxError('E_EP', 'the GPU device was released with its last session');
    this.downloads.end(this.lost);
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

  /** Memory that the host can read once it is mapped. */
  staging(byteLength: number): PooledBuffer {
    this.check();
    this.begin();
    return this.pool.take(byteLength, MAP_READ | COPY_DST);
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
    if (bytes.length >= LARGE) this.uploads.write(this.commands(block.pooled), block.pooled.buffer, bytes);
    else if (bytes.length > 0) this.device.queue.writeBuffer(block.pooled.buffer, 0, bytes);
    block.written = this.window;
  }

  /** The compiled program of this key; `make` describes it the first time. Equal sources share one pipeline. */
  program(key: string, make: () => ProgramSpec): Program {
    const program = this.programs.get(key);
    if (program !== undefined) return program;
    this.check();
    this.begin();
    return this.programs.compile(key, make());
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
    const group = this.bindings.of(program, blocks);
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
    this.commands(from.pooled, to.pooled).copyBufferToBuffer(from.pooled.buffer, fromOffset, to.pooled.buffer, toOffset, byteLength);
    to.written = this.window;
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
    const { firstBuffer } = this;
    const judged = Promise.all(scopes).then((errors) => this.judge(window, firstBuffer, errors), () => undefined).then(() => void this.waiting.delete(judged));
    this.waiting.add(judged);
    if (window % 64 === 0) this.pool.trim(window);
  }

  /**
   * The bytes of a block, once everything recorded so far is done, in this array's memory or in new memory. Blocks asked for together come
   * with one copy.
   */
  download(block: Block, into?: ArrayBufferView): Promise<ArrayBufferLike> {
    return this.downloads.add(block, into);
  }

  /** Resolves when the device has done everything. */
  async finish(): Promise<void> {
    this.flush();
    this.check();
    await this.settled(this.device.queue.onSubmittedWorkDone());
  }

  /** Waits, as long as is allowed, for `work` and for what the device says of all windows submitted so far. Throws once it is lost. */
  async settled(work: Promise<unknown>): Promise<void> {
    await this.inTime(Promise.all([work, ...this.waiting]));
    this.check();
  }

  /** Throws the error of the window that wrote this block. */
  checkWritten(block: Block): void {
    this.failures.check(block.written);
  }

  /** Why work failed: the loss of the device or what it refused, else `cause`. */
  async errorOf(summary: string, cause: unknown): Promise<OnnxError> {
    if (this.lost === undefined) await Promise.all(this.waiting);
    return this.lost ?? this.failures.last ?? asError(summary, cause);
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

  /** Throws why nothing runs here any more. */
  check(): void {
    if (this.lost !== undefined) throw this.lost;
  }

  // A window begins with its error scopes.
  private begin(): void {
    if (this.open || this.lost !== undefined) return;
    this.open = true;
    this.firstBuffer = this.pool.count;
    for (const filter of ['internal', 'validation', 'out-of-memory'] as const) this.device.pushErrorScope(filter);
  }

  // The scopes of a window were popped: what they caught concerns everything written since it began.
  private judge(window: number, firstBuffer: number, [memory, validation, internal]: readonly (GPUError | null)[]): void {
    const found = memory ?? validation ?? internal;
    if (found === undefined || found === null || this.lost !== undefined) return;
    const error = found === memory
      ? new OnnxError('E_LIMIT', `the GPU is out of memory (${this.pool.bytes} bytes held): ${found.message}`)
      : new OnnxError('E_EP', `the GPU refused a command: ${found.message}`);
    this.flush(); // what is recorded from here on is not concerned
    this.failures.add(window, this.window - 1, error);
    this.programs.clear(); // one made in this window may be invalid
    this.bindings.clear();
    if (found !== memory) return;
    this.pool.distrust(firstBuffer);
    this.pool.trim(this.window - 1, true);
  }

  /** For commands that are no dispatches. `uses`: the buffers that they read or write. */
  commands(...uses: readonly PooledBuffer[]): GPUCommandEncoder {
    this.begin();
    for (const pooled of uses) pooled.usedIn = this.window;
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
