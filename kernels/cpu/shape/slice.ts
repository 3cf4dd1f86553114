/** y[i, j, ...] = x[start_0 + i step_0, start_1 + j step_1, ...] */
import * as contracts from '../../../src/ops/contracts.ts';
import { axesIn, refuseShape, sliceAxis } from '../../../src/ops/shape/geometry.ts';
import { toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { copyStrided, stridesOf } from '../support/index.ts';

export const slice = implement(contracts.slice, ({ attrs, version }) => {
  const fixed = version.since < 10
    ? { starts: attrs.ints('starts'), ends: attrs.ints('ends'), axes: attrs.has('axes') ? attrs.ints('axes') : undefined }
    : undefined;
  return ([x, ...inputs]: [Tensor, Tensor?, Tensor?, Tensor?, Tensor?], ctx) => {
    const [starts, ends, axes, steps] = inputs.map((t) => t && toInts(t));
    const { dims, offset, strides } = sliceTensor(x, fixed?.starts ?? starts!, fixed?.ends ?? ends!, fixed?.axes ?? axes, steps);
    const y = ctx.output(0, x.type, dims);
    copyStrided(dims, { tensor: y }, { tensor: x, offset, strides });
    return [y];
  };
});

function sliceTensor(
  x: Tensor, starts: readonly number[], ends: readonly number[], axes: readonly number[] | undefined, steps: readonly number[] | undefined,
) {
  for (const list of [ends, axes, steps]) {
    if (list !== undefined && list.length !== starts.length) {
      refuseShape('starts, ends, axes and steps differ in length', `${starts.length} entries`, String(list.length));
    }
  }
  const dims = [...x.dims];
  const strides = stridesOf(x.dims);
  let offset = 0;
  axesIn(axes ?? [...starts.keys()], x.dims.length, refuseShape).forEach((axis, i) => {
    const s = sliceAxis(x.dims[axis], starts[i], ends[i], steps?.[i] ?? 1, refuseShape);
    offset += s.start * strides[axis];
    strides[axis] *= s.step;
    dims[axis] = s.length;
  });
  return { dims, offset, strides };
}
