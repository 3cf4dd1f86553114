/** What an adapter works with: pointers to tensors, scratch memory, packed weights. */
import { Tensor, type DType, type TypedArray } from '../../src/tensor/index.ts';
import type { KernelContext } from '../../src/runtime/provider.ts';
import type { LinearArena } from './memory.ts';
import type { Kernels } from './modules.ts';
import type { ThreadPool, TileBody } from './threads/pool.ts';

/** An output being written: where the kernel writes, and how it reaches its tensor. */
export interface WasmOutput {
  readonly ptr: number;
  /** Call after the kernel: copies to the tensor where that lives outside linear memory. */
  done(): Tensor;
}

/** Larger constants are copied in when they are used: what is that large should be packed. */
const MAX_KEPT_CONSTANT = 4 * 2 ** 20;

/** An element of a pass over memory takes as long as about as many multiply-adds: see `parallelRange`. */
export const ELEMENT_WORK = 8;
/** Elements in whole vectors of every kernel. */
const VECTORS = 64;

/** Bytes of an output that are written and copied together: they stay in the second cache. */
export const PIECE = 128 * 1024;

/** Waking another thread takes about 20 microseconds. */
const PARALLEL_FROM = 2 ** 20;

export class WasmRuntime {
  readonly arena: LinearArena;
  readonly kernels: Kernels;
  private scratchBase = 0;
  private scratchSize = 0;
  private scratchUsed = 0;
  private bytes: Uint8Array;
  private readonly pool: ThreadPool | undefined;
  private readonly parallelFrom: number;
  private readonly constants = new WeakMap<TypedArray, number | undefined>();
  private words: Int32Array;
  private floats: Float32Array;
  private readonly packedNow = new Set<Tensor>();

  /** Without a pool one thread does all work. `parallelFrom`: multiply-adds from which the others are woken. */
  constructor(arena: LinearArena, kernels: Kernels, pool?: ThreadPool, parallelFrom = PARALLEL_FROM) {
    this.parallelFrom = parallelFrom;
    this.arena = arena;
    this.kernels = kernels;
    this.pool = pool;
    this.bytes = new Uint8Array(arena.buffer);
    this.words = new Int32Array(arena.buffer);
    this.floats = new Float32Array(arena.buffer);
  }

  /** All of linear memory. Fetch it anew after anything that may allocate. */
  get memory(): Uint8Array {
    if (this.bytes.buffer !== this.arena.buffer) this.bytes = new Uint8Array(this.arena.buffer);
    return this.bytes;
  }

  /** Memory that stays until the provider is disposed: packed weights, tables. */
  keep(byteLength: number): number {
    return this.arena.allocate(byteLength).byteOffset;
  }

  /** Keeps a copy of an array and gives its address. */
  keepCopy(data: TypedArray): number {
    const ptr = this.keep(data.byteLength);
    this.memory.set(bytesOf(data), ptr);
    return ptr;
  }

  /** The int32 at an address. */
  int32(ptr: number): number {
    if (this.words.buffer !== this.arena.buffer) this.words = new Int32Array(this.arena.buffer);
    return this.words[ptr >>> 2];
  }

  /** The float32 at an address. */
  float32(ptr: number): number {
    if (this.floats.buffer !== this.arena.buffer) this.floats = new Float32Array(this.arena.buffer);
    return this.floats[ptr >>> 2];
  }

  /** A view of `length` elements at an address. Do not hold it across allocations. */
  view<T extends TypedArray>(array: new (buffer: ArrayBufferLike, offset: number, length: number) => T, ptr: number, length: number): T {
    return new array(this.arena.buffer, ptr, length);
  }

  /**
   * Starts a kernel call that needs at most `byteLength` of scratch in all (`scratch` calls, and operands that live
   * outside linear memory: `outside` tells their bytes).
   */
  begin(byteLength: number): void {
    this.scratchUsed = 0;
    if (byteLength <= this.scratchSize) return;
    if (this.scratchSize > 0) this.arena.free(this.scratchBase);
    this.scratchSize = Math.max(byteLength, 2 * this.scratchSize, 65536);
    this.scratchBase = this.arena.allocate(this.scratchSize).byteOffset;
  }

  /** Notes that a constant was packed: nobody will look at its elements again. */
  packed(tensor: Tensor | undefined): void {
    if (tensor !== undefined) this.packedNow.add(tensor);
  }

  /** Ends the preparation of a node with these constants, and tells which of them were packed; the others are kept. */
  prepared(constants: readonly (Tensor | undefined)[]): number[] {
    const packed: number[] = [];
    constants.forEach((tensor, i) => {
      if (tensor === undefined) return;
      if (this.packedNow.has(tensor)) packed.push(i);
      else this.keepConstant(tensor);
    });
    this.packedNow.clear();
    return packed;
  }

  /** Constants that are read at every run get a place in linear memory when they are first used. */
  keepConstant({ data }: Tensor): void {
    if (!Array.isArray(data) && data.byteLength <= MAX_KEPT_CONSTANT) this.constants.set(data, this.constants.get(data));
  }

  /** Address of a constant's elements, for good: preparation may ask for it. Undefined for what is not constant, or too large. */
  fixed(tensor: Tensor | undefined): number | undefined {
    if (tensor === undefined) return undefined;
    this.keepConstant(tensor);
    return this.constantPtr(tensor.data as TypedArray);
  }

  private constantPtr(data: TypedArray): number | undefined {
    let ptr = this.constants.get(data);
    if (ptr === undefined && this.constants.has(data)) this.constants.set(data, (ptr = this.keepCopy(data)));
    return ptr;
  }

  /** Bytes of scratch that using this tensor as operand takes: 0 when it lives in linear memory. */
  outside(tensor: Tensor | undefined): number {
    if (tensor === undefined) return 0;
    const data = tensor.data as TypedArray;
    return this.arena.owns(data.buffer) || this.constantPtr(data) !== undefined ? 0 : align(data.byteLength);
  }

  /** Scratch memory until the next `begin`. */
  scratch(byteLength: number): number {
    const ptr = this.scratchBase + this.scratchUsed;
    this.scratchUsed += align(byteLength);
    if (this.scratchUsed > this.scratchSize) throw new RangeError('scratch overflow: begin() was told too little');
    return ptr;
  }

  /** Gives back the scratch memory from `ptr` on, within one kernel call. */
  unscratch(ptr: number): void {
    this.scratchUsed = ptr - this.scratchBase;
  }

  /** How many threads may take part in `parallel`. */
  get threads(): number {
    return this.pool?.size ?? 1;
  }

  /** Bytes of scratch that `parallel` takes when each thread needs `ownBytes` for itself. */
  perThread(ownBytes: number): number {
    return this.threads * align(ownBytes);
  }

  /**
   * Does `tiles` independent pieces of a kernel's work, on several threads where `work` (multiply-adds, or what takes as long) is
   * worth waking them. Each piece writes memory of its own, and its `own` scratch of `ownBytes`; what it computes must not depend
   * on how the work is cut. See `TileBody` for what a piece may do.
   */
  parallel(tiles: number, work: number, ownBytes: number, body: TileBody): void {
    const own = this.scratch(this.perThread(ownBytes));
    if (tiles > 1 && work >= this.parallelFrom && this.pool?.ready === true) this.pool.run(tiles, own, align(ownBytes), body);
    else for (let tile = 0; tile < tiles; tile++) body(this.kernels, tile, own);
    this.unscratch(own);
  }

  /** How many pieces to cut work into, when `given` pieces there are already can be cut further: each thread should find several. */
  cuts(given: number, work: number): number {
    return this.threads === 1 || work < this.parallelFrom ? 1 : Math.ceil((4 * this.threads) / Math.max(1, given));
  }

  /**
   * `parallel` over ranges of `count` elements (or rows), each as long as `cost` multiply-adds. Ranges begin at multiples of
   * `grain`: of whole vectors, so that cutting leaves every element its place in one.
   */
  parallelRange(count: number, cost: number, body: (kernels: Kernels, from: number, count: number) => void, grain = VECTORS): void {
    const work = count * cost, cuts = this.cuts(1, work);
    if (count === 0) return;
    if (cuts === 1) {
      body(this.kernels, 0, count);
      return;
    }
    const step = Math.ceil(count / cuts / grain) * grain;
    this.parallel(Math.ceil(count / step), work, 0, (kernels, tile) => body(kernels, tile * step, Math.min(step, count - tile * step)));
  }

  /** Address of an operand, copied into scratch when it lives elsewhere. */
  input(tensor: Tensor): number {
    const data = tensor.data as TypedArray;
    if (this.arena.owns(data.buffer)) return data.byteOffset;
    const kept = this.constantPtr(data);
    if (kept !== undefined) return kept;
    const ptr = this.scratch(data.byteLength);
    this.memory.set(bytesOf(data), ptr);
    return ptr;
  }

  /** The same for an operand that is read in parts of at most `PIECE` bytes, one at a time: that much scratch does, and stays in the cache. */
  inputInPieces(tensor: Tensor): (from: number, bytes: number) => number {
    const whole = this.outside(tensor) <= PIECE ? this.input(tensor) : undefined;
    if (whole !== undefined) return (from) => whole + from;
    const ptr = this.scratch(PIECE), data = bytesOf(tensor.data as TypedArray);
    return (from, bytes) => {
      this.memory.set(data.subarray(from, from + bytes), ptr);
      return ptr;
    };
  }

  /**
   * An output written in order, without gaps: `at` gives the address for the next `bytes` bytes (at most `PIECE`), from byte `from` on.
   * Where the tensor lives outside linear memory, what was written is copied while it is still in the cache; `PIECE` bytes of scratch do.
   */
  outputInPieces(ctx: KernelContext, index: number, dtype: DType, dims: readonly number[]): { at(from: number, bytes: number): number; done(): Tensor } {
    const tensor = ctx.output(index, dtype, dims);
    const data = tensor.data as TypedArray;
    if (this.arena.owns(data.buffer)) return { at: (from) => data.byteOffset + from, done: () => tensor };
    const ptr = this.scratch(PIECE), to = bytesOf(data);
    let begin = 0, end = 0; // bytes of the tensor that wait at `ptr`
    const copy = (): void => to.set(this.memory.subarray(ptr, ptr + end - begin), begin);
    return {
      at: (from, bytes) => {
        if (from + bytes - begin > PIECE) {
          copy();
          begin = from;
        }
        end = from + bytes;
        return ptr + from - begin;
      },
      done: () => {
        copy();
        return tensor;
      },
    };
  }

  /** Output memory from the runtime, with an address the kernel can write to. Call within `begin(... + outputBytes)`. */
  output(ctx: KernelContext, index: number, dtype: DType, dims: readonly number[]): WasmOutput {
    const tensor = ctx.output(index, dtype, dims);
    const data = tensor.data as TypedArray;
    if (this.arena.owns(data.buffer)) return { ptr: data.byteOffset, done: () => tensor };
    const ptr = this.scratch(data.byteLength);
    return {
      ptr,
      done: () => {
        bytesOf(data).set(this.memory.subarray(ptr, ptr + data.byteLength));
        return tensor;
      },
    };
  }
}

export const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
