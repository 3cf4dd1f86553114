/** A total order of elements for TopK and Unique: NaN is greater than all numbers, -0 equals 0, strings go by code point. */
import { dtypeInfo, unpack, type Tensor } from '../../../src/tensor/index.ts';

/** Compares elements `i` and `j` of a tensor: negative, 0 or positive. */
export type Order = (i: number, j: number) => number;

export function orderOf(tensor: Tensor): Order {
  const { data, type } = tensor;
  if (Array.isArray(data)) return (i, j) => compareStrings(data[i], data[j]);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return (i, j) => (data[i] < data[j] ? -1 : data[i] > data[j] ? 1 : 0);
  }
  if (dtypeInfo(type).class === 'complex') {
    const parts = data as Float32Array;
    return (i, j) => compareNumbers(parts[2 * i], parts[2 * j]) || compareNumbers(parts[2 * i + 1], parts[2 * j + 1]);
  }
  const values = unpack(tensor);
  return (i, j) => compareNumbers(values[i], values[j]);
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(a !== a) - Number(b !== b);
}

// JavaScript compares UTF-16 units, which puts surrogate pairs before U+E000 to U+FFFF.
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === a.length || i === b.length) return a.length - b.length;
  const surrogate = (s: string) => (s.charCodeAt(i) & 0xf800) === 0xd800;
  if (surrogate(a) !== surrogate(b)) return surrogate(a) ? 1 : -1;
  return a.charCodeAt(i) - b.charCodeAt(i);
}
