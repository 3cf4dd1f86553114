/** Shapes of matrix products. */
import type { Dim } from '../../tensor/index.ts';
import type { InferContext, Inferred, InferFunction } from '../define.ts';
import { broadcastShapes, show } from '../infer.ts';
import { mergeDims } from './infer.ts';

/** [.., m, k] times [.., k, n], leading axes broadcast; vectors lose the axis they gained. */
export const matMulShape: InferFunction = (c) => [productShape(c, c.shape(0), c.shape(1))];

/** The same, after the transpositions that the attributes ask for. */
export const fusedMatMulShape: InferFunction = (c) => {
  const flag = (name: string) => c.attrs.has(name) && c.attrs.int(name) !== 0;
  const arrange = (shape: readonly Dim[] | undefined, batch: boolean, swap: boolean) => {
    if (shape === undefined || shape.length < 2) return shape;
    const rank = shape.length;
    const moved = batch && rank > 2 ? [...shape.slice(1, -1), shape[0], shape[rank - 1]] : shape;
    return swap ? [...moved.slice(0, -2), moved[rank - 1], moved[rank - 2]] : moved;
  };
  return [productShape(c,
    arrange(c.shape(0), flag('transBatchA'), flag('transA')), arrange(c.shape(1), flag('transBatchB'), flag('transB')))];
};

/** Shape of [.., m, k] times [.., k, n]; vectors are a row on the left and a column on the right. */
export function productShape(c: InferContext, a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): Inferred {
  if (a === undefined || b === undefined) return {};
  if (a.length === 0 || b.length === 0) c.fail('a scalar is no matrix', 'at least one axis', `[${a.map(show)}] and [${b.map(show)}]`);
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  checkInner(c, left.at(-1), right.at(-2), a, b);
  const shape = [...(broadcastShapes(c, left.slice(0, -2), right.slice(0, -2)) ?? [])];
  if (a.length > 1) shape.push(left.at(-2));
  if (b.length > 1) shape.push(right.at(-1));
  return { shape };
}

function checkInner(c: InferContext, k: Dim, l: Dim, a: readonly Dim[], b: readonly Dim[]): void {
  if (typeof k === 'number' && typeof l === 'number' && k !== l) {
    c.fail('the inner dimensions of a product differ', '[.., m, k] and [.., k, n]', `[${a.map(show)}] and [${b.map(show)}]`);
  }
}

/** [m, n] from [m, k] and [k, n], each possibly stored transposed; c must broadcast to it. */
export const gemmShape: InferFunction = (c) => {
  const matrix = (i: number, transpose: boolean): readonly Dim[] => {
    const shape = c.shape(i);
    if (shape === undefined) return [undefined, undefined];
    if (shape.length !== 2) c.fail('a Gemm operand must be a matrix', 'two axes', `[${shape.map(show)}]`);
    return transpose ? [shape[1], shape[0]] : shape;
  };
  const a = matrix(0, c.attrs.int('transA') !== 0);
  const b = matrix(1, c.attrs.int('transB') !== 0);
  checkInner(c, a[1], b[0], a, b);
  const added = c.shape(2);
  if (added === undefined) return [{ shape: [a[0], b[1]] }];
  if (added.length > 2) c.fail('C must broadcast to the product', 'at most two axes', `[${added.map(show)}]`);
  const fitted = [...new Array<Dim>(2 - added.length).fill(1), ...added];
  // A named size of C may turn out to be 1, so only numbers bind.
  return [{ shape: [a[0], b[1]].map((d, i) => (typeof fitted[i] === 'number' && fitted[i] !== 1 ? mergeDims(c, d, fitted[i]) : d)) }];
};
