/** What quantized operators check of their parameters at load, from shapes and constants alone. */
import { fail } from '../../errors.ts';
import type { Dim } from '../../tensor/index.ts';
import type { InferContext } from '../define.ts';
import { show } from '../infer.ts';

/** True for the shapes of one value for a whole tensor: a scalar or a vector of one element. */
export function isPerTensor(shape: readonly Dim[]): boolean {
  return shape.length === 0 || (shape.length === 1 && shape[0] === 1);
}

/** Refuses parameters that are known not to be one value for a whole tensor. */
export function requirePerTensor(c: InferContext, ...inputs: readonly number[]): void {
  for (const i of inputs) {
    const shape = c.shape(i);
    if (shape === undefined || shape.length === 0 || (shape.length === 1 && (shape[0] === 1 || typeof shape[0] !== 'number'))) continue;
    c.fail(`${nameOf(c, i)} must be one value`, 'a scalar', shapeText(shape));
  }
}

/** Refuses parameters that are neither one value nor a vector with one value for each of `count` rows or channels. */
export function requireVector(c: InferContext, input: number, count: Dim, of: string): void {
  const shape = c.shape(input);
  if (shape === undefined || isPerTensor(shape)) return;
  const fits = shape.length === 1 && (typeof shape[0] !== 'number' || typeof count !== 'number' || shape[0] === count);
  if (!fits) c.fail(`${nameOf(c, input)} must be one value, or one for each ${of}`, `[] or [${show(count)}]`, shapeText(shape));
}

/** Refuses two parameters of different shapes. */
export function requireSameShape(c: InferContext, a: number, b: number): void {
  const x = c.shape(a), y = c.shape(b);
  if (x === undefined || y === undefined || (isPerTensor(x) && isPerTensor(y))) return;
  if (x.length === y.length && x.every((d, i) => mayEqual(d, y[i]))) return;
  c.fail(`${nameOf(c, a)} and ${nameOf(c, b)} must have the same shape`, shapeText(x), shapeText(y));
}

/** Refuses an input whose known shape differs from `expected`. */
export function requireShape(c: InferContext, input: number, ...expected: readonly (readonly Dim[])[]): void {
  const shape = c.shape(input);
  if (shape === undefined || expected.some((e) => e.length === shape.length && e.every((d, i) => mayEqual(d, shape[i])))) return;
  c.fail(`${nameOf(c, input)} has the wrong shape`, expected.map(shapeText).join(' or '), shapeText(shape));
}

export function requireRank(c: InferContext, input: number, ...ranks: readonly number[]): void {
  const shape = c.shape(input);
  if (shape === undefined || ranks.includes(shape.length)) return;
  c.fail(`${nameOf(c, input)} has the wrong rank`, `rank ${ranks.join(' or ')}`, `rank ${shape.length}`);
}

/** An integer attribute that must be one of a few values. */
export function requireOneOf(c: InferContext, name: string, values: readonly number[]): number {
  const value = c.attrs.int(name);
  if (values.includes(value)) return value;
  return refuseAttribute(name, values.join(', '), String(value));
}

/** An integer attribute in [least, most]. */
export function requireInt(c: InferContext, name: string, least: number, most: number): number {
  const value = c.attrs.int(name);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  return refuseAttribute(name, `an integer from ${least} to ${most}`, String(value));
}

export function refuseAttribute(name: string, expected: string, found: string): never {
  fail('E_ATTRIBUTE', `${name} has a value that the operator does not define`, { arg: { kind: 'attribute', name }, expected, found });
}

/** True unless both dimensions are known and differ. */
export function mayEqual(a: Dim, b: Dim): boolean {
  return typeof a !== 'number' || typeof b !== 'number' || a === b;
}

export function nameOf(c: InferContext, input: number): string {
  return c.version.inputs[Math.min(input, c.version.inputs.length - 1)].name;
}

export function shapeText(shape: readonly Dim[]): string {
  return `[${shape.map(show).join(', ')}]`;
}
