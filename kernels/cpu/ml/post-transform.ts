/** How the scores of a row become what the operator gives: `post_transform`. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';

export type PostTransform = 'NONE' | 'SOFTMAX' | 'LOGISTIC' | 'SOFTMAX_ZERO' | 'PROBIT';

const NAMES: readonly PostTransform[] = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'];

/** A transform from its name, or from its number in TreeEnsemble. */
export function postTransform(value: string | number): PostTransform {
  const name = typeof value === 'number' ? NAMES[value] : NAMES.find((n) => n === value);
  return name ?? fail('E_ATTRIBUTE', 'unknown post_transform', {
    arg: { kind: 'attribute', name: 'post_transform' }, expected: NAMES.join(', '), found: String(value),
  });
}

export function logistic(x: number): number {
  const v = f32(1 / f32(1 + f32(Math.exp(-Math.abs(x)))));
  return x < 0 ? f32(1 - v) : v;
}

/** The inverse of the error function, after Winitzki's approximation. */
function inverseErf(x: number): number {
  const y = f32(f32(1 - x) * f32(1 + x));
  if (y === 0) return 0;
  const log = f32(Math.log(y));
  const v = f32(f32(2 / f32(Math.PI * 0.147)) + f32(0.5 * log));
  const root = f32(-v + f32(Math.sqrt(f32(f32(v * v) - f32(f32(1 / 0.147) * log)))));
  return f32((x < 0 ? -1 : 1) * f32(Math.sqrt(root)));
}

export function probit(x: number): number {
  return f32(f32(1.41421356) * inverseErf(f32(f32(2 * x) - 1)));
}

/** e^x / sum(e^x); with `keepZeros`, scores that are zero stay zero. */
function softmax(scores: number[], keepZeros: boolean): void {
  const max = Math.max(...scores);
  const shift = f32(Math.exp(-max));
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const isZero = keepZeros && Math.abs(scores[i]) <= 1e-7;
    scores[i] = isZero ? f32(scores[i] * shift) : f32(Math.exp(f32(scores[i] - max)));
    sum = f32(sum + scores[i]);
  }
  for (let i = 0; i < scores.length; i++) scores[i] = sum === 0 ? 0.5 : f32(scores[i] / sum);
}

/** Transforms the scores of a row in place, and gives them back. A softmax of a single score is that score. */
export function transformRow(scores: number[], transform: PostTransform): number[] {
  if (transform === 'LOGISTIC' || transform === 'PROBIT') {
    const f = transform === 'LOGISTIC' ? logistic : probit;
    for (let i = 0; i < scores.length; i++) scores[i] = f(scores[i]);
  } else if (transform !== 'NONE' && scores.length > 1) softmax(scores, transform === 'SOFTMAX_ZERO');
  return scores;
}

/**
 * The scores of two classes that share a single one: a probability p stands for [1 - p, p], a margin m for [-m, m]. What is
 * about to go through a softmax or logistic function counts as a margin.
 */
export function transformPair(score: number, transform: PostTransform, isProbability: boolean): number[] {
  const complement = isProbability && (transform === 'NONE' || transform === 'PROBIT');
  return transformRow([complement ? f32(1 - score) : -score, score], transform);
}
