/** Random tensors and attributes for property tests. */
import fc from 'fast-check';
import { dtypeInfo, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';

export const int = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
export const flag = int(0, 1);

/** `length` numbers in [min, max]. */
export const ints = (length: number, min: number, max: number): fc.Arbitrary<number[]> => fc.array(int(min, max), { minLength: length, maxLength: length });

/** A tensor of numbers in [low, high], floats in steps of 1/64 so that sums stay exact in few bits. */
export function tensor(type: DType, dims: readonly number[], low = -3, high = 3): fc.Arbitrary<Tensor> {
  const { class: kind } = dtypeInfo(type);
  const element = kind === 'float' ? int(low * 64, high * 64).map((v) => v / 64) : int(low, high);
  const size = sizeOf(dims);
  return fc.array(element, { minLength: size, maxLength: size }).map((values) => new Tensor(type, type === 'int64' ? values.map(BigInt) : values, dims));
}

/** The arbitrary's value or nothing: optional inputs. */
export const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
