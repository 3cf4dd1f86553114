/** Shape inference of the mathematical operators, and the integer arithmetic that models do on shapes. */
import { dtypeInfo, toInts, type Dim } from '../../tensor/index.ts';
import type { InferContext, InferFunction } from '../define.ts';
import { broadcast, broadcastShapes, normalizeAxis, show } from '../infer.ts';

/** Before opset 7 the second operand is fitted to the first one, which keeps its shape. */
export const legacyBroadcast: InferFunction = (c) => {
  const a = c.shape(0);
  const b = c.shape(1);
  if (a !== undefined && b !== undefined && c.attrs.int('broadcast') === 0) mergeShapes(c, a, b);
  return [{ shape: a }];
};

/** All inputs have one shape, and so has output 0. */
export const equalShapes: InferFunction = (c) => {
  let shape = c.shape(0);
  for (let i = 1; i < c.inputCount; i++) {
    const next = c.shape(i);
    shape = shape === undefined || next === undefined ? (shape ?? next) : mergeShapes(c, shape, next);
  }
  return [{ shape }];
};

/** One shape from two that must be equal. */
export function mergeShapes(c: InferContext, a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  if (a.length !== b.length) c.fail('shapes must be equal', `[${a.map(show)}]`, `[${b.map(show)}]`);
  return a.map((d, i) => mergeDims(c, d, b[i]));
}

/** One dimension from two that must be equal; a number is worth more than a name. */
export function mergeDims(c: InferContext, a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) c.fail('dimensions must be equal', show(a), show(b));
  return typeof a === 'number' ? a : typeof b === 'number' ? b : (a ?? b);
}

/** What an operand must be for the result to be the other operand: 0 in a sum, 1 in a product. */
export interface Neutral {
  readonly left?: number;
  readonly right?: number;
}

/**
 * Broadcasting of all inputs, with `fold` applied to integer contents where they are known. A symbol passes through
 * beside a neutral operand. A result that is not a safe integer is unknown.
 */
export function arithmetic(fold: (a: number, b: number) => number, neutral: Neutral = {}): InferFunction {
  const combine = (a: Dim, b: Dim): Dim => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = fold(a, b);
      return Number.isSafeInteger(result) ? result : undefined;
    }
    return b === neutral.right && b !== undefined ? a : a === neutral.left && a !== undefined ? b : undefined;
  };
  return (c) => {
    const shape = broadcast(c)[0]?.shape;
    let value = isShapeLike(c) ? c.ints(0) : undefined;
    for (let i = 1; i < c.inputCount; i++) value = zipValues(value, c.ints(i), combine);
    return [{ shape, value }];
  };
}

/** Broadcasting, with the answers (1 and 0) known where the contents are: a dimension never equals a negative number. */
export const equality: InferFunction = (c) => {
  const answer = (a: Dim, b: Dim): Dim => {
    if (a === undefined || b === undefined) return undefined;
    if (typeof a === typeof b) return a === b ? 1 : typeof a === 'number' ? 0 : undefined;
    return (a as number) < 0 || (b as number) < 0 ? 0 : undefined;
  };
  const value = isShapeLike(c) ? zipValues(c.ints(0), c.ints(1), answer) : undefined;
  return [{ shape: broadcastShapes(c, c.shape(0), c.shape(1)), value }];
};

/** Broadcasting of condition and both choices, with the choice made where the condition is known. */
export const selection: InferFunction = (c) => {
  const shape = broadcastShapes(c, broadcastShapes(c, c.shape(0), c.shape(1)), c.shape(2));
  const [x, y] = [c.ints(1), c.ints(2)];
  if (!isShapeLike(c) || x === undefined || y === undefined) return [{ shape }];
  const condition = c.constant(0);
  const known = condition === undefined ? c.ints(0) : toInts(condition);
  if (known === undefined) return [{ shape }];
  const length = Math.max(known.length, x.length, y.length);
  if ([known, x, y].some((v) => v.length !== 1 && v.length !== length)) return [{ shape }];
  const at = (v: readonly Dim[], i: number) => v[v.length === 1 ? 0 : i];
  const pick = (i: number): Dim => {
    const holds = at(known, i);
    return holds === undefined ? undefined : holds ? at(x, i) : at(y, i);
  };
  return [{ shape, value: Array.from({ length }, (_, i) => pick(i)) }];
};

/** True when all inputs are vectors or scalars, of integers: what shapes are computed with. */
export function isShapeLike(c: InferContext): boolean {
  for (let i = 0; i < c.inputCount; i++) {
    const dtype = c.dtype(i);
    const rank = c.shape(i)?.length;
    if (dtype === undefined || rank === undefined || rank > 1) return false;
    if (!['int', 'uint', 'bool'].includes(dtypeInfo(dtype).class)) return false;
  }
  return true;
}

function zipValues(
  a: readonly Dim[] | undefined, b: readonly Dim[] | undefined, f: (a: Dim, b: Dim) => Dim,
): readonly Dim[] | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.length === b.length) return a.map((x, i) => f(x, b[i]));
  if (b.length === 1) return a.map((x) => f(x, b[0]));
  return a.length === 1 ? b.map((y) => f(a[0], y)) : undefined;
}

/**
 * Reduction over axes given as attribute or, where the version has it, as second input. `fold` reduces integer contents
 * where a whole vector of known numbers becomes one.
 */
export function reduction(fold?: (values: readonly number[]) => number): InferFunction {
  return (c) => {
    const shape = c.shape(0);
    if (shape === undefined) return [{}];
    const asInput = c.version.inputs.length > 1;
    const keepdims = c.attrs.int('keepdims') !== 0;
    const given = !asInput ? (c.attrs.has('axes') ? c.attrs.ints('axes') : []) : c.input(1) === undefined ? [] : c.ints(1);
    if (given === undefined || !isNumbers(given)) return [{ shape: keepdims ? shape.map(() => undefined) : undefined }];
    const noop = asInput && c.attrs.int('noop_with_empty_axes') !== 0;
    const axes = given.length === 0 && !noop ? shape.map((_, i) => i) : given.map((axis) => normalizeAxis(c, axis, shape.length));
    const value = c.ints(0);
    const folds = fold !== undefined && shape.length === 1 && axes.length === 1 && value !== undefined && isNumbers(value);
    return [{ shape: reducedShape(shape, axes, keepdims), value: folds ? [fold(value)] : undefined }];
  };
}

/** Reduction along the `axis` attribute. */
export const argReduction: InferFunction = (c) => {
  const shape = c.shape(0);
  if (shape === undefined) return [{}];
  const axis = shape.length === 0 ? 0 : normalizeAxis(c, c.attrs.int('axis'), shape.length);
  return [{ shape: reducedShape(shape, [axis], c.attrs.int('keepdims') !== 0) }];
};

function reducedShape(shape: readonly Dim[], axes: readonly number[], keepdims: boolean): readonly Dim[] {
  return keepdims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}

const isNumbers = (dims: readonly Dim[]): dims is readonly number[] => dims.every((d) => typeof d === 'number');

/** [.., n, n] -> [..] */
export const detShape: InferFunction = (c) => {
  const shape = c.shape(0);
  if (shape === undefined) return [{}];
  if (shape.length < 2) c.fail('a determinant needs matrices', 'at least two axes', `[${shape.map(show)}]`);
  mergeDims(c, shape.at(-1), shape.at(-2));
  return [{ shape: shape.slice(0, -2) }];
};

/** Scores [N, C, D..] and classes [N, D..] -> a scalar, or one loss a class; the log probabilities have the scores' shape. */
export const lossShape: InferFunction = (c) => {
  const scores = c.shape(0);
  if (scores !== undefined && scores.length < 2) c.fail('scores need a class axis', '[N, C, ..]', `[${scores.map(show)}]`);
  const rest = scores === undefined ? undefined : [scores[0], ...scores.slice(2)];
  const target = c.shape(1);
  const each = rest !== undefined && target !== undefined ? mergeShapes(c, rest, target) : (rest ?? target);
  return [{ shape: c.attrs.string('reduction') === 'none' ? each : [] }, { shape: scores }];
};
