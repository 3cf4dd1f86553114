/** Einstein summation: the equation, and the shape of its result. */
import { OnnxError } from '../../errors.ts';
import type { Dim } from '../../tensor/index.ts';
import type { InferFunction } from '../define.ts';

/** One label for each axis of each input and of the output. The axes of an ellipsis are labelled `.0`, `.1`, ... */
export interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/**
 * Reads `'ij,jk->ik'` for inputs of these ranks. Ellipses are aligned at their last axis. Without `->` the output holds
 * the ellipsis and then, in alphabetical order, the labels that occur once. Throws `E_ATTRIBUTE`.
 */
export function parseEquation(equation: string, ranks: readonly number[]): Equation {
  const [left, right, ...more] = equation.replace(/\s+/g, '').split('->');
  const terms = left.split(',').map((term) => splitTerm(term, equation));
  if (more.length > 0) refuse('more than one arrow', equation);
  if (terms.length !== ranks.length) refuse(`${terms.length} terms for ${ranks.length} inputs`, equation);
  const hidden = terms.map((term, i) => {
    const named = term.filter((label) => label !== ELLIPSIS).length;
    const rest = ranks[i] - named;
    if (rest < 0 || (rest > 0 && named === term.length)) refuse(`term ${i} does not fit an input of ${ranks[i]} axes`, equation);
    return rest;
  });
  const widest = Math.max(0, ...hidden);
  const expand = (term: readonly string[], count: number): string[] =>
    term.flatMap((label) => (label === ELLIPSIS ? Array.from({ length: count }, (_, k) => `.${widest - count + k}`) : [label]));
  const inputs = terms.map((term, i) => expand(term, hidden[i]));
  const output = right === undefined ? implicitOutput(terms) : splitTerm(right, equation);
  const known = new Set(terms.flat());
  for (const label of output) {
    if (label !== ELLIPSIS && !known.has(label)) refuse(`the output label ${label} is in no input`, equation);
  }
  if (new Set(output).size !== output.length) refuse('an output label is repeated', equation);
  if (widest > 0 && !output.includes(ELLIPSIS)) refuse('the output lacks the ellipsis of the inputs', equation);
  return { inputs, output: expand(output, widest) };
}

const ELLIPSIS = '...';

function splitTerm(term: string, equation: string): string[] {
  const labels = term.match(/\.\.\.|[A-Za-z]/g) ?? [];
  if (labels.join('') !== term) refuse(`bad term ${JSON.stringify(term)}`, equation);
  if (labels.filter((label) => label === ELLIPSIS).length > 1) refuse('two ellipses in one term', equation);
  return labels;
}

function implicitOutput(terms: readonly (readonly string[])[]): string[] {
  const all = terms.flat();
  const once = [...new Set(all)].filter((label) => label !== ELLIPSIS && all.indexOf(label) === all.lastIndexOf(label)).sort();
  return all.includes(ELLIPSIS) ? [ELLIPSIS, ...once] : once;
}

function refuse(what: string, equation: string): never {
  throw new OnnxError('E_ATTRIBUTE', `the equation cannot be read: ${what}`, {
    arg: { kind: 'attribute', name: 'equation' }, found: JSON.stringify(equation),
  });
}

/** The size of each label; an axis of one repeats where another input has more. `clash` is told of any other difference. */
export function labelSizes<D extends Dim>(
  equation: Equation, shapes: readonly (readonly D[])[], clash: (label: string, a: D, b: D) => never,
): Map<string, D> {
  const sizes = new Map<string, D>();
  equation.inputs.forEach((labels, i) => labels.forEach((label, axis) => {
    const size = shapes[i][axis];
    if (!sizes.has(label) || sizes.get(label) === 1) sizes.set(label, size);
    else if (size !== 1 && typeof size === 'number') {
      const before = sizes.get(label)!;
      if (typeof before === 'number' && before !== size) clash(label, before, size);
      sizes.set(label, size);
    }
  }));
  return sizes;
}

export const einsumShape: InferFunction = (c) => {
  const shapes = Array.from({ length: c.inputCount }, (_, i) => c.shape(i));
  if (!shapes.every((s) => s !== undefined)) return [{}];
  const equation = parseEquation(c.attrs.string('equation'), shapes.map((s) => s.length));
  const sizes = labelSizes(equation, shapes, (label, a, b) => c.fail(`the sizes of label ${label} differ`, String(a), String(b)));
  return [{ shape: equation.output.map((label) => sizes.get(label)) }];
};
