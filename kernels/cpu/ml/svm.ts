/**
 * Support vector machines. The kernel k(a, b) is a . b (LINEAR), tanh(gamma * a . b + coef0) (SIGMOID),
 * (gamma * a . b + coef0)^degree (POLY) or exp(-gamma * |a - b|^2) (RBF).
 *
 *     regression: y = rho + sum over j of coefficients[j] * k(x, support[j]); 1 or -1 by its sign for `one_class`
 *     classification: each pair of classes i < j votes by the sign of
 *         rho[i, j] + sum over the vectors of i of coefficients[j - 1] * k + sum over those of j of coefficients[i] * k
 *
 * Without support vectors the coefficients are one linear function a class.
 * https://onnx.ai/onnx/operators/onnx_aionnxml_SVMClassifier.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { svmClassifier as classifierContract, svmRegressor as regressorContract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitLabels, floatsOf, intsOf, labelsOf, numbersOf, rowsOf, type Labels } from './inputs.ts';
import { postTransform, transformPair, transformRow, type PostTransform } from './post-transform.ts';
import { pairwiseProbabilities } from './pairwise.ts';

type KernelFunction = (x: ArrayLike<number>, at: number, v: ArrayLike<number>, from: number, width: number) => number;

function dot(x: ArrayLike<number>, at: number, v: ArrayLike<number>, from: number, width: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum = f32(sum + f32(f32(x[at + i]) * v[from + i]));
  return sum;
}

function kernelOf(placed: PlacedNode, name: string): KernelFunction {
  const [gamma = 0, coef0 = 0, degree = 0] = floatsOf(placed, 'kernel_params').map(f32);
  const affine: KernelFunction = (x, at, v, from, width) => f32(f32(gamma * dot(x, at, v, from, width)) + coef0);
  switch (name) {
    case 'LINEAR': return dot;
    case 'POLY': return (...args) => f32(affine(...args) ** degree);
    case 'SIGMOID': return (...args) => f32(Math.tanh(affine(...args)));
    case 'RBF': return (x, at, v, from, width) => {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const d = f32(f32(x[at + i]) - v[from + i]);
        sum = f32(sum + f32(d * d));
      }
      return f32(Math.exp(f32(-gamma * sum)));
    };
    default: return fail('E_ATTRIBUTE', 'unknown kernel_type', { expected: 'LINEAR, POLY, RBF or SIGMOID', found: name });
  }
}

function checkLength(name: string, list: ArrayLike<number>, expected: number): void {
  if (list.length !== expected) {
    fail('E_ATTRIBUTE', `${name} does not fit`, { arg: { kind: 'attribute', name }, expected: String(expected), found: String(list.length) });
  }
}

export const svmRegressor = implement(regressorContract, (placed) => {
  const { attrs } = placed;
  const supports = attrs.int('n_supports');
  const kernel = kernelOf(placed, supports > 0 ? attrs.string('kernel_type') : 'LINEAR');
  const coefficients = Float32Array.from(floatsOf(placed, 'coefficients'));
  const vectors = Float32Array.from(floatsOf(placed, 'support_vectors'));
  const [rho = 0] = floatsOf(placed, 'rho').map(f32);
  const oneClass = attrs.int('one_class') !== 0;
  const transform = postTransform(attrs.string('post_transform'));
  return ([x]: [Tensor], ctx) => {
    const { rows, width } = rowsOf(x);
    checkLength('coefficients', coefficients, supports > 0 ? supports : width);
    if (supports > 0) checkLength('support_vectors', vectors, supports * width);
    const values = numbersOf(x);
    const y = ctx.output(0, 'float32', [rows, 1]);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      if (supports === 0) sum = kernel(values, row * width, coefficients, 0, width);
      else for (let j = 0; j < supports; j++) sum = f32(sum + f32(coefficients[j] * kernel(values, row * width, vectors, j * width, width)));
      sum = f32(sum + rho);
      (y.data as Float32Array)[row] = oneClass ? (sum > 0 ? 1 : -1) : transformRow([sum], transform)[0];
    }
    return [y];
  };
});

interface Machine {
  readonly labels: Labels;
  readonly classes: number;
  readonly kernel: KernelFunction;
  readonly coefficients: Float32Array;
  readonly vectors: Float32Array;
  readonly perClass: readonly number[];
  readonly rho: readonly number[];
  readonly probA: readonly number[];
  readonly probB: readonly number[];
  readonly transform: PostTransform;
}

export const svmClassifier = implement(classifierContract, (placed) => {
  const labels = labelsOf(placed, 'classlabels_ints', 'classlabels_strings');
  const perClass = intsOf(placed, 'vectors_per_class');
  const machine: Machine = {
    labels, classes: Math.max(labels.length, 1), perClass,
    kernel: kernelOf(placed, perClass.length > 0 ? placed.attrs.string('kernel_type') : 'LINEAR'),
    coefficients: Float32Array.from(floatsOf(placed, 'coefficients')), vectors: Float32Array.from(floatsOf(placed, 'support_vectors')),
    rho: floatsOf(placed, 'rho').map(f32), probA: floatsOf(placed, 'prob_a').map(f32), probB: floatsOf(placed, 'prob_b').map(f32),
    transform: postTransform(placed.attrs.string('post_transform')),
  };
  return ([x]: [Tensor], ctx) => {
    const { rows, width } = rowsOf(x);
    checkMachine(machine, width);
    const values = numbersOf(x);
    const results = Array.from({ length: rows }, (_, row) => classify(machine, values, row * width, width));
    const columns = columnsOf(machine);
    const z = ctx.output(1, 'float32', [rows, columns]);
    results.forEach(({ scores }, row) => (z.data as Float32Array).set(scores, row * columns));
    return [emitLabels(ctx, 0, results.map((r) => r.label), labels), z];
  };
});

function checkMachine({ classes, perClass, coefficients, vectors, rho, probA, probB }: Machine, width: number): void {
  const count = perClass.reduce((a, b) => a + b, 0);
  const pairs = (classes * (classes - 1)) / 2;
  if (count === 0) {
    checkLength('coefficients', coefficients, classes * width);
    if (rho.length === 0) checkLength('rho', rho, 1);
    return;
  }
  checkLength('vectors_per_class', perClass, classes);
  checkLength('support_vectors', vectors, count * width);
  checkLength('coefficients', coefficients, (classes - 1) * count);
  checkLength('rho', rho, pairs);
  if (probA.length > 0) {
    checkLength('prob_a', probA, pairs);
    checkLength('prob_b', probB, pairs);
  }
}

/** How many scores a row has: one a class, one a pair of classes where there are no probabilities, or two from one. */
function columnsOf({ classes, perClass, probA }: Machine): number {
  const scores = perClass.length === 0 || probA.length > 0 ? classes : (classes * (classes - 1)) / 2;
  return scores === 1 && classes === 2 ? 2 : scores;
}

function classify(m: Machine, x: ArrayLike<number>, at: number, width: number): { label: bigint | string; scores: number[] } {
  let scores: number[];
  let votes: number[] | undefined;
  if (m.perClass.length === 0) {
    scores = Array.from({ length: m.classes }, (_, c) => f32(m.kernel(x, at, m.coefficients, c * width, width) + m.rho[0]));
  } else {
    ({ votes, scores } = pairScores(m, x, at, width));
    if (m.probA.length > 0) scores = pairwiseProbabilities(m.classes, m.probA, m.probB, scores);
  }
  const deciding = votes ?? scores; // votes decide even where there are probabilities
  const best = deciding.indexOf(Math.max(...deciding));
  const label = labelOf(m, best, deciding[best]);
  const shared = scores.length === 1 && m.classes === 2;
  return { label, scores: shared ? transformPair(scores[0], m.transform, false) : transformRow(scores, m.transform) };
}

/** The label of the best class; of a single class that class or none, by the sign of its score. */
function labelOf({ labels }: Machine, best: number, score: number): bigint | string {
  if (labels.length > 1) return labels[best];
  return typeof labels[0] === 'string' ? (score > 0 ? labels[0] : '') : score > 0 ? 1n : 0n;
}

/** The score of each pair of classes, and how many pairs each class wins. */
function pairScores(m: Machine, x: ArrayLike<number>, at: number, width: number): { votes: number[]; scores: number[] } {
  const { classes, perClass, coefficients, vectors, rho } = m;
  const count = perClass.reduce((a, b) => a + b, 0);
  const start = perClass.map((_, c) => perClass.slice(0, c).reduce((a, b) => a + b, 0));
  const kernels = Float32Array.from({ length: count }, (_, j) => m.kernel(x, at, vectors, j * width, width));
  const part = (line: number, of: number): number => {
    let sum = 0;
    for (let k = start[of]; k < start[of] + perClass[of]; k++) sum = f32(sum + f32(coefficients[line * count + k] * kernels[k]));
    return sum;
  };
  const votes = new Array<number>(classes).fill(0);
  const scores: number[] = [];
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++) {
      const score = f32(f32(part(j - 1, i) + part(i, j)) + rho[scores.length]);
      votes[score > 0 ? i : j]++;
      scores.push(score);
    }
  }
  return { votes, scores };
}
