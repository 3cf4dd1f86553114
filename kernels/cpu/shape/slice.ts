/** y[i, j, ...] = x[start_0 + i step_0, start_1 + j step_1, ...] */
import * as contracts from '../../../src/ops/contracts.ts';
import { sliceLayout } from '../../../src/ops/shape/geometry.ts';
import { toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { copyStrided } from '../support/index.ts';

export const slice = implement(contracts.slice, ({ attrs, version }) => {
  const fixed = version.since < 10
    ? { starts: attrs.ints('starts'), ends: attrs.ints('ends'), axes: attrs.has('axes') ? attrs.ints('axes') : undefined }
    : undefined;
  return ([x, ...inputs]: [Tensor, Tensor?, Tensor?, Tensor?, Tensor?], ctx) => {
    const [starts, ends, axes, steps] = inputs.map((t) => t && toInts(t));
    const { dims, offset, strides } = sliceLayout(x.dims, fixed?.starts ?? starts!, fixed?.ends ?? ends!, fixed?.axes ?? axes, steps);
    const y = ctx.output(0, x.type, dims);
    copyStrided(dims, { tensor: y }, { tensor: x, offset, strides });
    return [y];
  };
});
