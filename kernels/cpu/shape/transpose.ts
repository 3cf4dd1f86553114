/**
 * Permutations of axes: y[i_perm(0), i_perm(1), ...] = x[i_0, i_1, ...]. DepthToSpace and SpaceToDepth are the same
 * after a reshape to six axes.
 */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { permutation, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { stridesOf, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, copyStrided } from '../support/index.ts';

/** Fills `y` with `x`, read as `dims`, its axes in the order `perm`. */
export function permute(y: Tensor, x: Tensor, dims: readonly number[], perm: readonly number[]): void {
  const strides = stridesOf(dims);
  copyStrided(perm.map((p) => dims[p]), { tensor: y }, { tensor: x, strides: perm.map((p) => strides[p]) });
}

export const transpose = implement(contracts.transpose, ({ attrs }) => {
  const given = attrs.has('perm') ? attrs.ints('perm') : undefined;
  return ([x]: [Tensor], ctx) => {
    const perm = permutation(given, x.dims.length, refuseShape);
    const y = ctx.output(0, x.type, perm.map((p) => x.dims[p]));
    permute(y, x, x.dims, perm);
    return [y];
  };
});

// Whether the channels stand before the two block axes (column-row-depth) or after them (depth-column-row).
function isColumnFirst(attrs: Attrs): boolean {
  return attrs.has('mode') && choose({ DCR: false, CRD: true }, attrs.string('mode'), 'mode');
}

function checkBlock(x: Tensor, block: number, divisible: readonly [axis: number, by: number][]): void {
  if (block < 1) fail('E_ATTRIBUTE', 'blocksize must be positive', { arg: { kind: 'attribute', name: 'blocksize' }, found: String(block) });
  if (x.dims.length !== 4) fail('E_SHAPE', 'the input is not a batch of images', { expected: '[n, c, h, w]', found: `rank ${x.dims.length}` });
  for (const [axis, by] of divisible) {
    if (x.dims[axis] % by !== 0) fail('E_SHAPE', `axis ${axis} does not divide into blocks`, { expected: `a multiple of ${by}`, found: String(x.dims[axis]) });
  }
}

/** [n, c, h, w] -> [n, c / b^2, h b, w b] */
export const depthToSpace = implement(contracts.depthToSpace, ({ attrs }) => {
  const b = attrs.int('blocksize');
  const crd = isColumnFirst(attrs);
  return ([x]: [Tensor], ctx) => {
    checkBlock(x, b, [[1, b * b]]);
    const [n, c, h, w] = x.dims;
    const depth = c / (b * b);
    const y = ctx.output(0, x.type, [n, depth, h * b, w * b]);
    if (crd) permute(y, x, [n, depth, b, b, h, w], [0, 1, 4, 2, 5, 3]);
    else permute(y, x, [n, b, b, depth, h, w], [0, 3, 4, 1, 5, 2]);
    return [y];
  };
});

/** [n, c, h, w] -> [n, c b^2, h / b, w / b] */
export const spaceToDepth = implement(contracts.spaceToDepth, ({ attrs }) => {
  const b = attrs.int('blocksize');
  const crd = isColumnFirst(attrs);
  return ([x]: [Tensor], ctx) => {
    checkBlock(x, b, [[2, b], [3, b]]);
    const [n, c, h, w] = x.dims;
    const y = ctx.output(0, x.type, [n, c * b * b, h / b, w / b]);
    permute(y, x, [n, c, h / b, b, w / b, b], crd ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]);
    return [y];
  };
});
