import { einsum as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { labelSizes, parseEquation } from '../../../src/ops/math/einsum.ts';
import { stridesOf, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { stepOf, stridedRows, type Rows, type Step } from '../support/index.ts';
import { isBig } from './elementwise.ts';
import { accumulate, strided } from './product.ts';

/**
 * output[output labels] = sum over the other labels of the product of all inputs. One loop for each label, the
 * output's outside and the summed ones inside, in order of appearance; each product and each partial sum is rounded as
 * in a matrix product. Three and more inputs are multiplied in the same loops, not contracted pair by pair.
 */
export const einsum = implement(contract, ({ attrs }) => (inputs: readonly Tensor[], ctx) => {
  const equation = parseEquation(attrs.string('equation'), inputs.map((x) => x.dims.length));
  const sizes = labelSizes(equation, inputs.map((x) => x.dims), (label, a, b) =>
    fail('E_SHAPE', `the sizes of label ${label} differ`, { expected: String(a), found: String(b) }));
  const sizeOf = (label: string) => sizes.get(label)!;
  const dims = equation.output.map(sizeOf);
  const summed = [...sizes.keys()].filter((label) => !equation.output.includes(label));
  const labels = [...equation.output, ...summed];
  // How far each label moves through a tensor: a label on two axes moves along the diagonal, an axis of one stays.
  const movesOf = (axes: readonly string[], shape: readonly number[]) => {
    const strides = stridesOf(shape);
    return labels.map((label) => axes.reduce((sum, axis, i) => sum + (axis === label && shape[i] !== 1 ? strides[i] : 0), 0));
  };
  const moves = [movesOf(equation.output, dims), ...inputs.map((x, i) => movesOf(equation.inputs[i], x.dims))];
  const rows = stridedRows(labels.map(sizeOf), moves);
  const operands = inputs.map((x) => strided(x).data);
  return [accumulate(ctx, 0, inputs[0].type, dims, (y) => {
    const r = stepOf(inputs[0].type);
    if (isBig(y)) sumProducts(y, operands as BigInt64Array[], rows, (sum, x) => BigInt.asIntN(64, sum + x), (a, b) => a * b);
    else if (y instanceof Int32Array) sumProducts(y, operands as Int32Array[], rows, (sum, x) => (sum + x) | 0, Math.imul);
    else if (operands.length === 2) sumFloatPairs(y, operands[0] as Float32Array, operands[1] as Float32Array, rows, r);
    else sumProducts(y, operands as Float32Array[], rows, (sum, x) => r(sum + x), (a, b) => r(a * b));
  })];
});

// y and every input are walked by `rows`, y as operand 0; y moves by 0 along the labels that are summed.

function sumProducts<T>(
  y: { [index: number]: T }, inputs: readonly ArrayLike<T>[], rows: Rows, add: (sum: T, x: T) => T, multiply: (a: T, b: T) => T,
): void {
  const { length, steps } = rows;
  rows.each((_, offsets) => {
    for (let i = 0; i < length; i++) {
      let product = inputs[0][offsets[1] + i * steps[1]];
      for (let k = 1; k < inputs.length; k++) product = multiply(product, inputs[k][offsets[k + 1] + i * steps[k + 1]]);
      const at = offsets[0] + i * steps[0];
      y[at] = add(y[at], product);
    }
  });
}

/** The same for two inputs of floats, which nearly all equations have. */
function sumFloatPairs(y: Float32Array | Float64Array, a: Float32Array, b: Float32Array, rows: Rows, r: Step): void {
  const { length, steps: [stepY, stepA, stepB] } = rows;
  rows.each((_, [at, p, q]) => {
    for (let i = 0; i < length; i++) y[at + i * stepY] += r(a[p + i * stepA] * b[q + i * stepB]);
  });
}
