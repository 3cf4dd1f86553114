/** Random parts of generated graphs. Half of all floats are on a grid of ties: odd multiples of half the draw's unit. */
import type { Dim, DType } from '../../src/tensor/index.ts';
import { dtypeInfo, pack, sizeOf, Tensor } from '../../src/tensor/index.ts';
import { input, type InputType, type Values } from './expression.ts';
import { f32, Random } from './random.ts';

/** A graph as text (see expression.ts), and what stands beside it. */
export interface Drawn {
  readonly text: string;
  readonly values: Values;
  readonly opset?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** Sizes that the session gives to named dimensions. */
  readonly freeDimensions?: Readonly<Record<string, number>>;
  /** Sizes of named dimensions in the feeds; 3 where nothing is said. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** Names of values that the graph reads, so that a generator may offer more than one form needs. */
export function drawn(text: string, values: Values, more: Omit<Drawn, 'text' | 'values'> = {}): Drawn {
  const read = new Set(text.match(/\w+/g));
  return { text, values: Object.fromEntries(Object.entries(values).filter(([name]) => read.has(name))), ...more };
}

const UNITS = [0.125, 0.03125, 0.5, 0.1, 0.037];

export class Draw extends Random {
  /** Step of the quantizers in this graph, but for small factors. Powers of two make ties exact. */
  readonly unit: number;

  /** Some floats are infinite, no numbers, subnormal or huge. */
  private readonly specials: boolean;

  constructor(seed: number, specials = false) {
    super(seed);
    this.unit = this.pick(UNITS);
    this.specials = specials && this.chance(0.2);
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  /** One of several texts, or nothing. */
  maybe(p: number, text: string): string {
    return this.chance(p) ? text : '';
  }

  dims(rank: number, low = 1, high = 5): number[] {
    return Array.from({ length: rank }, () => this.integer(low, high));
  }

  override tensor(dtype: DType, ...dims: number[]): Tensor {
    if (dtypeInfo(dtype).class !== 'float') return super.tensor(dtype, ...dims);
    return pack(dtype, Array.from({ length: sizeOf(dims) }, () => this.float()), dims);
  }

  private float(): number {
    const sort = this.next();
    if (sort < 0.5) return Math.fround((this.integer(-40, 40) + 0.5) * this.unit);
    if (sort < 0.6) return this.pick([0, -0, 1, -1]);
    if (sort < 0.65 && this.specials) return this.pick([Infinity, -Infinity, NaN, 1e-40, -3e38]);
    return Math.fround((this.next() - 0.5) * this.pick([1, 8]));
  }

  floats(...dims: number[]): Tensor {
    return this.tensor('float32', ...dims);
  }

  /** Float32 numbers in [low, high). */
  between(low: number, high: number, ...dims: number[]): Tensor {
    return f32(Array.from({ length: sizeOf(dims) }, () => low + this.next() * (high - low)), dims);
  }

  /** A constant of one element: mostly a scalar. */
  scalar(value: number, dtype: DType = 'float32'): Tensor {
    return pack(dtype, [value], this.chance(0.8) ? [] : [1]);
  }

  scale(): number {
    return Math.fround(this.unit * this.pick([1, 1, 0.5, 2, 0.25, 1.37]));
  }

  /** Scale and zero point of one tensor as constants `s<name>`, `z<name>`. */
  quantizer(name: string, dtype: DType): Record<string, Tensor> {
    return { [`s${name}`]: f32(this.scale()), [`z${name}`]: this.zero(dtype) };
  }

  zero(dtype: DType, ...dims: number[]): Tensor {
    if (dims.length > 0) return super.tensor(dtype, ...dims);
    const [low, high] = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767], uint16: [0, 65535], int4: [-8, 7], uint4: [0, 15] }[dtype as 'int8'] ?? [0, 0];
    return pack(dtype, [this.pick([low, high, this.integer(low, high), Math.round((low + high) / 2)])], []);
  }

  eight(): 'int8' | 'uint8' {
    return this.pick(['int8', 'uint8']);
  }

  input(dtype: DType, dims: readonly Dim[]): InputType {
    return input(dtype, ...dims);
  }
}
