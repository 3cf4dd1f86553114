/**
 * Memory of the arena for runs without a plan: what passes between steps is lent a block, and gives it back after its last reader. So kernels
 * of a provider that shares its memory work in place there too, when every run has other shapes, as a growing cache does.
 */
import { Tensor, type TypedArray, type TypedArrayConstructor, type Value } from '../tensor/index.ts';
import type { Arena } from './provider.ts';

/** A block that was lent: its size, and how many places of the frame hold it (a tensor and its views share one block). */
export interface Loan {
  readonly address: number;
  readonly bytes: number;
  count: number;
}

export class Loans {
  private readonly arena: Arena;
  private readonly loans = new Map<number, Loan>();
  /** Objects that stand for the arena's memory: another one after it grew. */
  private readonly buffers = new Set<ArrayBufferLike>();

  /** The arena must be one whose views stay valid when it grows. */
  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** An array in a block of its own. Its content is undefined. */
  lend(array: TypedArrayConstructor, length: number, bytes: number): TypedArray {
    const { buffer, byteOffset } = this.arena.allocate(bytes);
    this.buffers.add(buffer);
    this.loans.set(byteOffset, { address: byteOffset, bytes, count: 0 });
    return new array(buffer as ArrayBuffer, byteOffset, length);
  }

  /** The block that an array lies in; undefined for any other memory. */
  of({ buffer, byteOffset }: TypedArray): Loan | undefined {
    if (!this.buffers.has(buffer)) return undefined;
    return this.loans.get(byteOffset) ?? [...this.loans.values()].find((l) => l.address <= byteOffset && byteOffset < l.address + l.bytes);
  }

  giveBack({ address }: Loan): void {
    this.loans.delete(address);
    this.arena.free(address);
  }

  /** Ends the run: all is given back, and what leaves it with `outputs` leaves as a copy. */
  end(outputs: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
    const copies = new Map<Value, Tensor>();
    const leaving = outputs.map((value) => {
      if (!(value instanceof Tensor) || value.location !== 'cpu' || Array.isArray(value.data) || this.of(value.data) === undefined) return value;
      let copy = copies.get(value);
      if (copy === undefined) copies.set(value, (copy = new Tensor(value.type, value.data.slice(), value.dims)));
      return copy;
    });
    for (const loan of [...this.loans.values()]) this.giveBack(loan);
    return leaving;
  }
}
