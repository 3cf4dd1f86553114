/** Values for cases, drawn from the case's name: the same in every run, and not moved by other cases. */
import { f16FromF32, f32, integerRange } from '../../src/numeric/index.ts';
import type { AttributeValue } from '../../src/model/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { dtypeInfo, pack, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';

/** One node; onnxruntime's outputs are what is expected, unless `divergence` says otherwise. */
export interface PackCase {
  readonly name: string;
  readonly opType: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** In order; undefined leaves an optional input out. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Inputs that are fed: the others are initializers. The first alone when absent. */
  readonly fed?: readonly number[];
  readonly outputs: readonly DType[];
  /** A type to which a Cast node brings outputs that few runtimes hand out. */
  readonly readAs?: DType;
  /** Floats may differ by rtol |expected| + atol; the runner's default when absent. */
  readonly tolerance?: { readonly rtol: number; readonly atol: number };
  readonly divergence?: Divergence;
  /** What the specification leaves open here. */
  readonly open?: string;
}

/** Where onnxruntime 1.30 does not do what the specification says. */
export interface Divergence {
  readonly reason: string;
  /** The specification's outputs, computed by the case itself. */
  readonly expected: readonly Tensor[];
  /** What onnxruntime does: other values, recorded in a column of their own; values that change from run to run; a refusal; the end of its process. */
  readonly onnxruntime: 'differs' | 'undefined' | 'refuses' | 'crashes';
}

/** Attributes and inputs of a case, made from its draws. */
export type Make = (d: Draw) => Omit<PackCase, 'name'>;

export function packCase(name: string, make: Make): PackCase {
  return { name, ...make(new Draw(name)) };
}

export class Draw {
  readonly random: () => number;

  constructor(name: string) {
    let seed = 0;
    for (const c of name) seed = (Math.imul(seed, 31) + c.charCodeAt(0)) | 0;
    this.random = mulberry32(seed >>> 0);
  }

  private numbers(dims: readonly number[], one: () => number): number[] {
    return Array.from({ length: sizeOf(dims) }, one);
  }

  /** An integer in [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** Codes over the whole range of an integer type, of any width. */
  codes(type: DType, dims: readonly number[]): Tensor {
    const [low, high] = integerRange(type);
    return pack(type, this.numbers(dims, () => this.int(low, high)), dims);
  }

  /** An odd zero point away from the ends. */
  zero(type: DType, dims: readonly number[] = []): Tensor {
    const [low, high] = integerRange(type);
    const quarter = Math.floor((high - low) / 4);
    return pack(type, this.numbers(dims, () => this.int(low + quarter, high - quarter) | 1), dims);
  }

  ints(dims: readonly number[], low: number, high: number, type: DType = 'int32'): Tensor {
    return pack(type, this.numbers(dims, () => this.int(low, high)), dims);
  }

  floats(dims: readonly number[], limit: number): Tensor {
    return pack('float32', this.numbers(dims, () => f32((this.random() * 2 - 1) * limit)), dims);
  }

  positive(dims: readonly number[], low = 0.01, high = 0.11): Tensor {
    return pack('float32', this.numbers(dims, () => f32(low + this.random() * (high - low))), dims);
  }

  /** Powers of two around `step`: with them, products of codes fall on rounding ties. */
  scales(dims: readonly number[], step = 1): Tensor {
    return pack('float32', this.numbers(dims, () => f32(step * [0.5, 1, 1, 2][this.int(0, 3)]!)), dims);
  }

  /** Half of the values lie half way between two steps, the others anywhere in some 150 of them. */
  ties(dims: readonly number[], step: number, span = 150): Tensor {
    return pack('float32', this.numbers(dims, () => f32(this.random() < 0.5 ? (this.int(-span, span) + 0.5) * step : (this.random() * 2 - 1) * span * step)), dims);
  }
}

export const scalar = (value: number, type: DType = 'float32'): Tensor => pack(type, [type === 'float32' ? f32(value) : value], []);
export const vector = (values: readonly number[], type: DType = 'float32'): Tensor => pack(type, values, [values.length]);
export const half = (t: Tensor): Tensor => new Tensor('float16', Uint16Array.from(t.data as Float32Array, f16FromF32), t.dims);
export const everyCode = (type: DType): Tensor => {
  const [low, high] = integerRange(type);
  return pack(type, Array.from({ length: high - low + 1 }, (_, i) => low + i), [high - low + 1]);
};

/** Infinities, both zeros, subnormals, the ends of float32. */
export const SPECIALS = [Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 1.1754942106924411e-38, 3.4028234663852886e38, -3.4028234663852886e38, 0.5, -0.5, 1.5, 2.5];

export const MS = 'com.microsoft';
export const BYTES: readonly DType[] = ['uint8', 'int8'];
/** `u8`, `i4`, `f32` */
export const short = (type: DType): string => `${dtypeInfo(type).class === 'float' ? 'f' : type.startsWith('u') ? 'u' : 'i'}${dtypeInfo(type).bits}`;
