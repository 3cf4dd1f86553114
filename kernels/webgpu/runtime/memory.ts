/** The memory of one session on a device: its tensors, its constants, and what its kernels keep. */
import { fail } from '../../../src/errors.ts';
import type { DeviceMemory, KernelContext } from '../../../src/runtime/provider.ts';
import { byteLength, dtypeInfo, Tensor, type DeviceBuffer, type DType, type TypedArray } from '../../../src/tensor/index.ts';
import type { Block, Gpu } from './gpu.ts';

/** A tensor's hold on a block. */
class Handle implements DeviceBuffer {
  readonly memory: SessionMemory;
  readonly block: Block;
  private readonly dtype: DType;
  private open = true;

  constructor(memory: SessionMemory, block: Block, dtype: DType) {
    this.memory = memory;
    this.block = block;
    this.dtype = dtype;
    block.handles++;
  }

  get byteLength(): number {
    return this.block.byteLength;
  }

  async download(into?: TypedArray): Promise<TypedArray> {
    this.memory.alive();
    if (!this.open) fail('E_INPUT', 'the tensor was disposed');
    const bytes = await this.memory.gpu.download(this.block, into);
    return into ?? new (dtypeInfo(this.dtype).array!)(bytes as ArrayBuffer);
  }

  dispose(): void {
    if (!this.open) return;
    this.open = false;
    if (--this.block.handles === 0) this.memory.free(this.block);
  }
}

export class SessionMemory implements DeviceMemory {
  readonly gpu: Gpu;
  /** Blocks that tensors hold. */
  private readonly live = new Set<Block>();
  private readonly constants = new Map<Tensor, Block>();
  private readonly kept = new Set<Block>();
  private released = false;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** Throws `E_ABORTED` when the session was released. */
  alive(): void {
    if (this.released) fail('E_ABORTED', 'the tensor lies on the device of a session that was released');
  }

  upload(tensor: Tensor, constant: boolean): Tensor {
    if (tensor.type === 'string') fail('E_TYPE', 'strings do not go to a GPU');
    let block = constant ? this.constants.get(tensor) : undefined;
    if (block === undefined) {
      block = this.gpu.allocate(byteLength(tensor.type, tensor.size), constant ? 'keep' : 'upload');
      this.gpu.write(block, tensor.data as TypedArray);
      if (constant) {
        block.handles = 1; // stays until the session ends
        this.constants.set(tensor, block);
        this.kept.add(block);
      } else this.live.add(block);
    }
    return Tensor.onDevice(tensor.type, tensor.dims, new Handle(this, block, tensor.type));
  }

  /** Memory for an output of a kernel, admitted by the session's limits. Content undefined: write every element. */
  output(context: KernelContext, dtype: DType, dims: readonly number[]): Tensor {
    context.admit(dtype, dims);
    return this.tensor(dtype, dims);
  }

  /** A tensor that a kernel needs between its dispatches: dispose of it when the last one is recorded. */
  tensor(dtype: DType, dims: readonly number[]): Tensor {
    let size = 1;
    for (const d of dims) size *= d;
    const block = this.gpu.allocate(byteLength(dtype, size));
    this.live.add(block);
    return Tensor.onDevice(dtype, dims, new Handle(this, block, dtype));
  }

  /** The same elements under other dims, or under another type of the same width. */
  share(tensor: Tensor, dims: readonly number[], dtype: DType = tensor.type): Tensor {
    return Tensor.onDevice(dtype, dims, new Handle(this, this.block(tensor), dtype));
  }

  /** The memory of a tensor of this session. */
  block(tensor: Tensor): Block {
    const handle = tensor.deviceBuffer;
    if (!(handle instanceof Handle) || handle.memory !== this) throw new Error(`a tensor of ${tensor.location} where one of this device is expected`);
    return handle.block;
  }

  /** A copy of these bytes that stays until the session ends: packed weights, tables. */
  keep(data: TypedArray): Block {
    const block = this.reserve(data.byteLength);
    this.gpu.write(block, data);
    return block;
  }

  /** Memory that stays until the session ends, for a kernel to fill. */
  reserve(byteLength: number): Block {
    const block = this.gpu.allocate(byteLength, 'keep');
    block.handles = 1;
    this.kept.add(block);
    return block;
  }

  /** Frees what `keep` gave. */
  forget(block: Block): void {
    if (this.kept.delete(block)) this.gpu.drop(block);
  }

  free(block: Block): void {
    if (this.live.delete(block)) this.gpu.free(block);
  }

  flush(): void {
    this.gpu.flush();
  }

  finish(): Promise<void> {
    return this.gpu.finish();
  }

  /** Frees everything of the session. */
  dispose(): void {
    if (this.released) return;
    this.released = true;
    for (const block of this.live) this.gpu.free(block);
    for (const block of this.kept) this.gpu.drop(block);
    this.live.clear();
    this.kept.clear();
    this.constants.clear();
  }
}
