/**
 * Arithmetic on dimensions that may be names or unknown. A result is given only where it holds for every size; all
 * else is undefined. Names stand for sizes, so they are never negative.
 */
import { toInts, type Dim, type Tensor } from '../../tensor/index.ts';

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return a === 0 ? b : b === 0 ? a : undefined;
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return a === 0 || b === 0 ? 0 : a === 1 ? b : b === 1 ? a : undefined;
}

/** The number of elements of a shape. */
export function product(dims: readonly Dim[]): Dim {
  return dims.reduce(multiplyDims, 1);
}

/** product(dims) / product(by), with equal names cancelled. Undefined when it is not known or not a whole number. */
export function quotient(dims: readonly Dim[], by: readonly Dim[]): Dim {
  const above = [...dims];
  const below: Dim[] = [];
  for (const d of by) {
    const at = typeof d === 'string' ? above.indexOf(d) : -1;
    if (at >= 0) above.splice(at, 1);
    else below.push(d);
  }
  const divisor = product(below);
  if (typeof divisor !== 'number' || divisor === 0) return undefined;
  if (divisor === 1) return product(above);
  // name * 64 / 32: the numbers alone must divide
  const names = above.filter((d) => typeof d !== 'number');
  const numbers = above.filter((d): d is number => typeof d === 'number').reduce((p, d) => p * d, 1);
  return numbers % divisor === 0 ? product([...names, numbers / divisor]) : undefined;
}

/** Longest integer content of a new tensor that inference propagates. */
export const MAX_CONTENT = 1024;

/** Integer content of a small constant. */
export function intsOf(tensor: Tensor): readonly Dim[] | undefined {
  return (tensor.type === 'int64' || tensor.type === 'int32') && tensor.size <= MAX_CONTENT ? toInts(tensor) : undefined;
}
