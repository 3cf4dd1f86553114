/** Shapes of transforms and windows. */
import type { Dim } from '../../tensor/index.ts';
import type { InferContext, InferFunction } from '../define.ts';
import { normalizeAxis, show } from '../infer.ts';
import { dtypeAttribute, output } from './infer-random.ts';

const bins = (length: Dim): Dim => (typeof length === 'number' ? Math.floor(length / 2) + 1 : undefined);

/** The one number input `i` holds, when it is known. */
const scalar = (c: InferContext, i: number): Dim => c.ints(i)?.[0];

/** [.., N, .., 1 or 2]: N becomes the length of the transform or of half of it, the last axis the parts of the result. */
export const dftShape: InferFunction = (c) => {
  const shape = c.shape(0);
  if (shape === undefined) return [{}];
  const rank = shape.length;
  const parts = shape[rank - 1];
  if (rank < 2 || (typeof parts === 'number' && parts !== 1 && parts !== 2)) {
    c.fail('the last axis holds real and imaginary parts', '[.., N, 1 or 2]', `[${shape.map(show)}]`);
  }
  const inverse = c.attrs.int('inverse') !== 0;
  const onesided = c.attrs.int('onesided') !== 0;
  const given = c.version.since < 20 ? c.attrs.int('axis') : c.input(2) === undefined ? -2 : scalar(c, 2);
  if (typeof given !== 'number') return [{ shape: shape.map(() => undefined) }];
  const axis = normalizeAxis(c, given, rank);
  if (axis === rank - 1) c.fail('the last axis cannot be transformed', `an axis before ${rank - 1}`, String(axis));
  const size = shape[axis];
  const natural = onesided && inverse ? (typeof size === 'number' ? 2 * (size - 1) : undefined) : size;
  const length = c.input(1) === undefined ? natural : scalar(c, 1);
  const written = onesided && !inverse ? bins(length) : length;
  return [{ shape: shape.map((d, i) => (i === axis ? written : i === rank - 1 ? (onesided && inverse ? 1 : 2) : d)) }];
};

/** [batch, length, 1 or 2] -> [batch, frames, bins, 2] */
export const stftShape: InferFunction = (c) => {
  const signal = c.shape(0);
  if (signal !== undefined && signal.length !== 3) c.fail('bad signal', '[batch, length, 1 or 2]', `[${signal.map(show)}]`);
  const step = scalar(c, 1);
  const length = c.input(3) !== undefined ? scalar(c, 3) : c.input(2) !== undefined ? c.shape(2)?.[0] : signal?.[1];
  const samples = signal?.[1];
  const known = typeof samples === 'number' && typeof length === 'number' && typeof step === 'number' && step > 0;
  const frames = known ? Math.max(0, Math.floor((samples - length) / step) + 1) : undefined;
  return [{ shape: [signal?.[0], frames, c.attrs.int('onesided') ? bins(length) : length, 2] }];
};

/** The size is the content of the input. */
export const windowShape: InferFunction = (c) => [{ shape: [scalar(c, 0)], dtype: output(c, dtypeAttribute(c, 'output_datatype')) }];

/** [spectrum bins, mel bins] */
export const melShape: InferFunction = (c) => [{
  shape: [bins(scalar(c, 1)), scalar(c, 0)], dtype: output(c, dtypeAttribute(c, 'output_datatype')),
}];
