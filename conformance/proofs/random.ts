/** Seeded random tensors. */
import { integerRange } from '../../src/numeric/index.ts';
import { dtypeInfo, int64, pack, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';
import type { InputType, Values } from './expression.ts';

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in [0, 1). (mulberry32) */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)];
  }

  /** Floats about 0, with exact zeros of both signs; integers over their whole range, its ends often. */
  tensor(dtype: DType, ...dims: number[]): Tensor {
    const { class: cls } = dtypeInfo(dtype);
    const size = sizeOf(dims);
    if (dtype === 'int64') return int64(Array.from({ length: size }, () => this.integer(0, 3)), dims);
    if (cls === 'bool') return pack(dtype, Array.from({ length: size }, () => this.integer(0, 1)), dims);
    if (cls === 'float') {
      return pack(dtype, Array.from({ length: size }, () => (this.next() < 0.05 ? this.pick([0, -0]) : (this.next() - 0.5) * this.pick([1, 8]))), dims);
    }
    const [low, high] = dtype === 'int32' ? [-1000, 1000] : integerRange(dtype);
    return pack(dtype, Array.from({ length: size }, () => (this.next() < 0.1 ? this.pick([low, high]) : this.integer(low, high))), dims);
  }

  /** Values for every input of a graph; unknown dimensions become 3 unless their sizes are given. */
  feeds(values: Values, sizes: Readonly<Record<string, number>> = {}): Record<string, Tensor> {
    const inputs = Object.entries(values).filter((entry): entry is [string, InputType] => !(entry[1] instanceof Tensor));
    return Object.fromEntries(inputs.map(([name, { dtype, dims }]) => [name, this.tensor(dtype, ...dims.map((d) => (typeof d === 'number' ? d : (sizes[d ?? ''] ?? 3))))]));
  }
}

export const f32 = (values: number | ArrayLike<number>, dims?: readonly number[]): Tensor =>
  typeof values === 'number' ? new Tensor('float32', Float32Array.of(values), []) : new Tensor('float32', Float32Array.from(values), dims ?? [values.length]);

export const u8 = (values: number | readonly number[], dims?: readonly number[]): Tensor =>
  typeof values === 'number' ? new Tensor('uint8', Uint8Array.of(values), []) : new Tensor('uint8', Uint8Array.from(values), dims ?? [values.length]);

export const i8 = (values: number | readonly number[], dims?: readonly number[]): Tensor =>
  typeof values === 'number' ? new Tensor('int8', Int8Array.of(values), []) : new Tensor('int8', Int8Array.from(values), dims ?? [values.length]);

export const i64 = (...values: number[]): Tensor => int64(values);
