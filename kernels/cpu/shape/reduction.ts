/**
 * How scattered updates are combined with the data: y = y + u, y * u, max(y, u) or min(y, u), one update after another.
 * Integers wrap, floats round at each step to their own type, bools take + and max as "or", * and min as "and";
 * strings can be added: appended.
 */
import { fail } from '../../../src/errors.ts';
import { bf16FromF32, bf16ToF32, f16FromF32, f16ToF32 } from '../../../src/numeric/index.ts';
import type { DType, NumberArray, Tensor } from '../../../src/tensor/index.ts';

export type Reduction = 'none' | 'add' | 'mul' | 'max' | 'min';

type Combine<T> = (y: T, u: T) => T;
type Table<T> = Readonly<Record<Exclude<Reduction, 'none'>, Combine<T>>>;

const NUMBERS: Table<number> = {
  add: (y, u) => y + u,
  mul: (y, u) => y * u,
  // A NaN update wins, a NaN in the data loses: onnxruntime's comparisons.
  max: (y, u) => (y > u ? y : u),
  min: (y, u) => (y < u ? y : u),
};

// A product of two 32-bit integers needs more bits than a double has.
const WORDS: Table<number> = { ...NUMBERS, mul: Math.imul };

const BOOLS: Table<number> = { add: NUMBERS.max, mul: NUMBERS.min, max: NUMBERS.max, min: NUMBERS.min };

const LONGS: Table<bigint> = {
  add: (y, u) => y + u,
  mul: (y, u) => y * u,
  max: (y, u) => (y > u ? y : u),
  min: (y, u) => (y < u ? y : u),
};

/** Half-precision floats are stored as bits. */
const HALVES: Partial<Record<DType, { decode: (bits: number) => number; encode: (x: number) => number }>> = {
  float16: { decode: f16ToF32, encode: f16FromF32 },
  bfloat16: { decode: bf16ToF32, encode: bf16FromF32 },
};

/** Combines y[at + i] with updates[from + i] for i in [0, count). Throws `E_TYPE` where the type has no such arithmetic. */
export function reducer(
  reduction: Exclude<Reduction, 'none'>, y: Tensor, updates: Tensor,
): (at: number, from: number, count: number) => void {
  const { type, data } = y;
  if (Array.isArray(data) && reduction === 'add') {
    return (at, from, count) => {
      for (let i = 0; i < count; i++) data[at + i] += (updates.data as string[])[from + i];
    };
  }
  if (type === 'string' || type === 'complex64' || type === 'complex128') fail('E_TYPE', `reduction ${reduction} is not defined for ${type}`);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const combine = LONGS[reduction];
    const source = updates.data as BigInt64Array;
    return (at, from, count) => {
      for (let i = 0; i < count; i++) data[at + i] = combine(data[at + i], source[from + i]);
    };
  }
  const target = data as NumberArray;
  const source = updates.data as NumberArray;
  const half = HALVES[type];
  if (half !== undefined) {
    const { decode, encode } = half;
    const combine = NUMBERS[reduction];
    return (at, from, count) => {
      for (let i = 0; i < count; i++) target[at + i] = encode(combine(decode(target[at + i]), decode(source[from + i])));
    };
  }
  const combine = (type === 'bool' ? BOOLS : type === 'int32' || type === 'uint32' ? WORDS : NUMBERS)[reduction];
  return (at, from, count) => {
    for (let i = 0; i < count; i++) target[at + i] = combine(target[at + i], source[from + i]); // the store rounds or wraps
  };
}
