/**
 * The linear memory of the provider and its allocator. It is also the runtime's arena, so that wasm kernels and scalar
 * kernels work on the same bytes.
 */
import { fail } from '../../src/errors.ts';
import type { Arena } from '../../src/runtime/provider.ts';

const PAGE = 65536;
const ALIGN = 64;
/** Addresses below are never handed out: 0 stays an invalid pointer. */
const BASE = 2048;
const MAX_PAGES = 65536;

/** A memory that does not detach its views when it grows, where the engine shares memory; a plain one elsewhere. */
export function createMemory(): { readonly memory: WebAssembly.Memory; readonly shared: boolean } {
  try {
    return { memory: new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true }), shared: true };
  } catch {
    return { memory: new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES }), shared: false };
  }
}

/** First-fit allocator with coalescing; blocks are 64-byte aligned so that panels start on a cache line. */
export class LinearArena implements Arena {
  readonly memory: WebAssembly.Memory;
  /** `memory.buffer`, which costs more to ask than most small kernels. */
  buffer: ArrayBufferLike;
  epoch = 0;
  readonly isStable: boolean;
  /** What `memory.buffer` was before shared memory grew: other objects, on the same bytes. */
  private readonly older = new WeakSet<ArrayBufferLike>();
  /** Free ranges in address order. */
  private holes: { from: number; to: number }[];
  private readonly sizes = new Map<number, number>();

  constructor(memory: WebAssembly.Memory, shared: boolean) {
    this.memory = memory;
    this.buffer = memory.buffer;
    this.isStable = shared;
    this.holes = [{ from: BASE, to: memory.buffer.byteLength }];
  }

  /** Address of `byteLength` new bytes. Throws `E_LIMIT` when the 4 GiB of wasm32 are full. */
  allocate(byteLength: number): { readonly buffer: ArrayBufferLike; readonly byteOffset: number } {
    const bytes = Math.max(ALIGN, Math.ceil(byteLength / ALIGN) * ALIGN);
    let hole = this.holes.findIndex((h) => h.to - h.from >= bytes);
    if (hole < 0) {
      this.grow(bytes);
      hole = this.holes.findIndex((h) => h.to - h.from >= bytes);
    }
    const { from, to } = this.holes[hole];
    if (from + bytes === to) this.holes.splice(hole, 1);
    else this.holes[hole] = { from: from + bytes, to };
    this.sizes.set(from, bytes);
    return { buffer: this.buffer, byteOffset: from };
  }

  /** True for a buffer whose bytes are those of this memory: a view of it begins at the address `byteOffset`. */
  owns(buffer: ArrayBufferLike): boolean {
    return buffer === this.buffer || this.older.has(buffer);
  }

  free(byteOffset: number): void {
    const bytes = this.sizes.get(byteOffset);
    if (bytes === undefined) return;
    this.sizes.delete(byteOffset);
    let at = this.holes.findIndex((h) => h.from > byteOffset);
    if (at < 0) at = this.holes.length;
    this.holes.splice(at, 0, { from: byteOffset, to: byteOffset + bytes });
    for (let i = Math.max(0, at - 1); i < Math.min(at + 1, this.holes.length - 1);) {
      const [a, b] = [this.holes[i], this.holes[i + 1]];
      if (a.to === b.from) this.holes.splice(i, 2, { from: a.from, to: b.to });
      else i++;
    }
  }

  private grow(bytes: number): void {
    const end = this.buffer.byteLength;
    const last = this.holes.at(-1);
    const missing = bytes - (last?.to === end ? last.to - last.from : 0);
    const pages = Math.ceil(missing / PAGE);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      fail('E_LIMIT', 'the linear memory of the wasm provider is full', { expected: 'at most 4 GiB', found: `${end + pages * PAGE} bytes`, cause });
    }
    if (this.isStable) this.older.add(this.buffer);
    else this.epoch++;
    this.buffer = this.memory.buffer;
    if (last?.to === end) last.to = end + pages * PAGE;
    else this.holes.push({ from: end, to: end + pages * PAGE });
  }
}
