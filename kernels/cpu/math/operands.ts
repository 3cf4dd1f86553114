import type { Attrs } from '../../../src/ops/define.ts';
import { fail } from '../../../src/errors.ts';
import { broadcastDims, describeShape, type Tensor } from '../../../src/tensor/index.ts';

export interface Operands {
  readonly a: Tensor;
  readonly b: Tensor;
  /** The shape both broadcast to. */
  readonly dims: readonly number[];
}

/** Two operands and the shape of the result. */
export function operands(a: Tensor, b: Tensor, attrs: Attrs): Operands {
  if (attrs.has('broadcast')) return { a, b: legacyOperand(a, b, attrs), dims: a.dims };
  return { a, b, dims: broadcastDims(a.dims, b.dims) };
}

/**
 * Before opset 7 shapes are equal unless `broadcast` is set; then b covers a run of a's axes, from `axis` on or at the
 * end, and is given its place by trailing ones: a [2, 3, 4, 5], b [3, 4], axis 1: b is read as [3, 4, 1].
 */
function legacyOperand(a: Tensor, b: Tensor, attrs: Attrs): Tensor {
  if (attrs.int('broadcast') === 0 || b.size === 1) {
    if (b.dims.length === a.dims.length && b.dims.every((d, i) => d === a.dims[i])) return b;
    if (attrs.int('broadcast') !== 0) return b.reshape([]);
    fail('E_SHAPE', 'shapes must be equal unless broadcast is set', {
      expected: describeShape(a.dims), found: describeShape(b.dims),
    });
  }
  const rank = a.dims.length;
  const given = attrs.has('axis') ? attrs.int('axis') : rank - b.dims.length;
  const axis = given < 0 ? given + rank : given;
  const trailing = rank - axis - b.dims.length;
  if (axis < 0 || trailing < 0 || b.dims.some((d, i) => d !== 1 && d !== a.dims[axis + i])) {
    fail('E_SHAPE', 'the second operand does not fit the first', {
      expected: `axes of ${describeShape(a.dims)} from ${axis} on`, found: describeShape(b.dims),
    });
  }
  return b.reshape([...b.dims, ...new Array<number>(trailing).fill(1)]);
}
