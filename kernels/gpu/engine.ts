/**
 * One gpu.js instance for all sessions of a mode: compiles kernels once, runs them in order, and is the memory their tensors live in. Every
 * element is one float32 there, whatever its type: integers are exact below 2^24.
 */
import { fail, OnnxError } from '../../src/errors.ts';
import type { DeviceMemory, KernelContext } from '../../src/runtime/provider.ts';
import { dtypeInfo, packData, sizeOf, Tensor, unpack, type DeviceBuffer, type DType, type TypedArray } from '../../src/tensor/index.ts';
import * as functions from './functions/index.ts';
import type { CompiledArgument, CompiledKernel, GpuHandle, GpuInstance, GpuJs } from './gpu-js.ts';
import { calledTexts, sourceText, type KernelSource } from './source.ts';
import { startGpuJs, withdrawWebGpu, type GpuMode, type GpuOptions, type Started } from './start.ts';

/** Integers up to here are exact as float32. */
export const EXACT = 2 ** 24;

/** Loops whose bounds are arguments need a bound of their own in shaders. */
const LOOP_MAX = 2 ** 24;

/** Elements on the device, with the number of tensors that are views of them. */
class Memory {
  readonly handle: Promise<GpuHandle | undefined>;
  private views = 0;

  constructor(handle: Promise<GpuHandle | undefined>) {
    this.handle = handle;
    handle.catch(() => undefined); // whoever waits for it is told
  }

  retain(): void {
    this.views++;
  }

  release(): void {
    if (--this.views === 0) void this.handle.then((h) => h?.delete(), () => undefined);
  }
}

/** A tensor on the device, or a number. */
export type KernelArgument = Tensor | number;

export class GpuEngine implements DeviceMemory {
  readonly mode: GpuMode;
  private readonly gpuJs: GpuJs;
  private readonly gpu: GpuInstance;
  private readonly compiled = new Map<string, CompiledKernel>();
  private readonly memories = new WeakMap<DeviceBuffer, Memory>();
  private readonly constants = new WeakMap<Tensor, Memory>();
  /** Calls run one after another: a kernel's output size is a setting of the kernel. */
  private last: Promise<unknown> = Promise.resolve();
  private failure: OnnxError | undefined;

  constructor({ gpuJs, mode }: Started) {
    this.mode = mode;
    this.gpuJs = gpuJs;
    this.gpu = new gpuJs.GPU({ mode });
    if (mode === 'webgpu') void this.watch();
  }

  /** Errors that WebGPU reports on the side: what was computed after them may be zeros. */
  private async watch(): Promise<void> {
    const { device } = await this.gpuJs.WebGPUContext!.acquire();
    device.addEventListener('uncapturederror', ({ error }) => {
      this.failure ??= new OnnxError('E_EP', `the GPU reported an error: ${error.message}`);
    });
    void device.lost.then(({ message, reason }) => {
      this.failure ??= new OnnxError('E_EP', `the GPU device was lost (${reason}): ${message}`);
    });
  }

  /** Runs a kernel for `sizeOf(dims)` elements and gives them as a tensor on the device. */
  async run(context: KernelContext, source: KernelSource, type: DType, dims: readonly number[], args: readonly KernelArgument[]): Promise<Tensor> {
    context.admit(type, dims);
    const handle = this.call(source, sizeOf(dims), args);
    await handle; // what it reads may be let go now, and what fails is this node's
    return this.tensor(type, dims, new Memory(handle));
  }

  /** Values that only this kernel call needs: tables made on the host. Dispose of them after it. */
  table(values: ArrayLike<number>): Tensor {
    return this.upload(new Tensor('float32', values instanceof Float32Array ? values : Float32Array.from(values), [values.length]), false);
  }

  /** The same elements as a tensor of other dims or another type, with a life of its own. */
  view(tensor: Tensor, dims: readonly number[], type: DType = tensor.type): Tensor {
    return this.tensor(type, dims, this.memoryOf(tensor));
  }

  upload(tensor: Tensor, constant: boolean): Tensor {
    let memory = constant ? this.constants.get(tensor) : undefined;
    if (memory === undefined) {
      memory = new Memory(this.send(tensor));
      if (constant) {
        memory.retain();
        this.constants.set(tensor, memory);
      }
    }
    return this.tensor(tensor.type, tensor.dims, memory);
  }

  /** False once the device is lost or has reported an error: no session is given this engine any more. */
  get healthy(): boolean {
    return this.failure === undefined;
  }

  flush(): void {}

  async finish(): Promise<void> {
    await this.last;
    if (this.mode === 'webgpu') await (await this.gpuJs.WebGPUContext!.acquire()).device.queue.onSubmittedWorkDone();
  }

  async dispose(): Promise<void> {
    await this.last.catch(() => undefined);
    this.failure ??= new OnnxError('E_ABORTED', 'the session that owned this tensor was released');
    await this.gpu.destroy();
    if (this.mode === 'webgpu') {
      await this.gpuJs.WebGPUContext!.destroy();
      withdrawWebGpu();
    }
  }

  private tensor(type: DType, dims: readonly number[], memory: Memory): Tensor {
    memory.retain();
    let open = true;
    const size = sizeOf(dims);
    const buffer: DeviceBuffer = {
      memory: this, byteLength: 4 * size,
      download: (into) => this.receive(memory, type, size, into),
      dispose: () => {
        if (open) memory.release();
        open = false;
      },
    };
    this.memories.set(buffer, memory);
    return Tensor.onDevice(type, dims, buffer);
  }

  private memoryOf(tensor: Tensor): Memory {
    return this.memories.get(tensor.deviceBuffer!) ?? fail('E_EP', 'a tensor is not on this device', { found: tensor.location });
  }

  /** To the device: packed types as bytes that are unpacked there, all others as floats. */
  private async send(tensor: Tensor): Promise<GpuHandle | undefined> {
    const { bits, class: kind } = dtypeInfo(tensor.type);
    if (tensor.size === 0) return undefined;
    if (bits >= 8 || kind === 'float') return this.transfer(Float32Array.from(unpack(tensor)));
    const { buffer, byteOffset, byteLength } = tensor.data as Uint8Array;
    const codes = await this.transfer(Float32Array.from(new Uint8Array(buffer, byteOffset, byteLength)));
    const elements = await this.enqueue(functions.unpackBits, tensor.size, [codes, 8 / bits, 2 ** bits, kind === 'int' ? 2 ** (bits - 1) : 2 ** bits]);
    codes.delete();
    return elements;
  }

  private async transfer(values: Float32Array): Promise<GpuHandle> {
    return this.enqueue(functions.copy, values.length, [this.gpuJs.input(values, [values.length])]);
  }

  private async receive(memory: Memory, type: DType, size: number, into?: TypedArray): Promise<TypedArray> {
    const handle = await memory.handle;
    const values = handle === undefined ? new Float32Array(0) : await Promise.resolve(handle.toArray()).catch((cause) => this.failed(cause));
    if (this.failure !== undefined) throw this.failure;
    const data = packData(type, type === 'float32' && values.length !== size ? values.slice(0, size) : values, size) as TypedArray;
    if (into === undefined) return data;
    (into as Float32Array).set(data as Float32Array);
    return into;
  }

  private async call(source: KernelSource, size: number, args: readonly KernelArgument[]): Promise<GpuHandle | undefined> {
    if (size === 0) return undefined;
    if (size > EXACT) fail('E_LIMIT', 'a tensor is too large for gpu.js kernels', { expected: `at most ${EXACT} elements`, found: String(size) });
    const handles = await Promise.all(args.map((a) => (typeof a === 'number' ? a : this.memoryOf(a).handle)));
    return this.enqueue(source, size, handles.map((h) => h ?? fail('E_VALUE', `${source.name} reads an empty tensor`)));
  }

  private enqueue(source: KernelSource, size: number, args: readonly CompiledArgument[]): Promise<GpuHandle> {
    const run = this.last.then(async () => {
      if (this.failure !== undefined) throw this.failure;
      try {
        const kernel = this.compile(source, size);
        const handle = await kernel.setOutput([size])(...args);
        const ran = kernel.kernel?.constructor.mode;
        if (ran !== undefined && !sameMode(ran, this.mode)) fail('E_EP', `gpu.js ran ${source.name} elsewhere`, { expected: this.mode, found: ran });
        return handle;
      } catch (cause) {
        return this.failed(cause, source.name);
      }
    });
    this.last = run.catch(() => undefined);
    return run;
  }

  private failed(cause: unknown, kernel?: string): never {
    if (cause instanceof OnnxError) throw cause;
    throw this.failure ?? new OnnxError('E_EP', `gpu.js failed${kernel === undefined ? '' : ` in kernel ${kernel}`}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }

  private compile(source: KernelSource, size: number): CompiledKernel {
    let kernel = this.compiled.get(source.name);
    if (kernel === undefined) {
      kernel = this.gpu.createKernel(sourceText('kernel', source.main), {
        output: [size], pipeline: true, immutable: true, dynamicOutput: true, dynamicArguments: true, loopMaxIterations: LOOP_MAX,
        precision: 'single', tactic: 'precision',
        functions: calledTexts(source).map((text) => ({ source: text, settings: {} })),
      });
      this.compiled.set(source.name, kernel);
    }
    return kernel;
  }
}

/** The name gpu.js gives a kernel's backend: all of WebGL calls itself `gpu`, what runs on the CPU `cpu` or `webasm`. */
function sameMode(ran: string, asked: GpuMode): boolean {
  return ran === (asked === 'webgpu' ? 'webgpu' : 'gpu');
}

interface Shared {
  readonly engine: GpuEngine;
  sessions: number;
}
const shared = new Map<GpuMode, Shared>();
/** Engines start and end one after another: gpu.js has one WebGPU device for the whole process. */
let order: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = order.then(work);
  order = result.catch(() => undefined);
  return result;
}

/** The engine of a mode, made by the first session that asks for it. Give it back with `giveBackEngine`. */
export function borrowEngine(options: GpuOptions): Promise<GpuEngine> {
  return inTurn(async () => {
    const alive = [...shared.values()].find(({ engine }) => engine.healthy && (options.mode === undefined || options.mode === engine.mode));
    const entry = alive ?? { engine: new GpuEngine(await startGpuJs(options)), sessions: 0 };
    shared.set(entry.engine.mode, entry);
    entry.sessions++;
    return entry.engine;
  });
}

/** The last session to go takes the device with it, a moment later: tests and tools make one session after another. */
export function giveBackEngine(engine: GpuEngine, linger: number): void {
  const entry = shared.get(engine.mode);
  if (entry?.engine !== engine || --entry.sessions > 0) return;
  setTimeout(() => {
    void inTurn(async () => {
      if (entry.sessions > 0 || shared.get(engine.mode) !== entry) return;
      shared.delete(engine.mode);
      await engine.dispose();
    });
  }, linger);
}
