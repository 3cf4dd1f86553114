import * as contracts from '../../../src/ops/contracts.ts';
import { forEachRun, tapCounts, type WindowAxis } from '../../../src/ops/conv/window.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, stepOf } from '../support/index.ts';
import { normOf } from './lp-norm.ts';
import { forEachPlane, layPool } from './pool-layout.ts';

/**
 * y[n, c, o] = sum of the window's elements / their number. Padding counts when count_include_pad is 1, but never the part
 * of a window that ceil_mode lets hang over the padded end.
 */
export const averagePool = implement(contracts.averagePool, ({ attrs }) => ([x]: [Tensor], ctx) => {
  const pool = layPool(attrs, x, false);
  const { axes, dims } = pool;
  const values = unpack(x);
  const { y, finish } = floatOutput(ctx, 0, x.type, dims);
  if (y.length === 0) return [finish()];
  const step = axes.at(-1)?.stride ?? 1;
  const counts = windowSizes(axes, attrs.has('count_include_pad') && attrs.int('count_include_pad') === 1);
  forEachPlane(pool, ctx, (xBase, yBase) => {
    forEachRun(axes, (_tap, input, output, count) => {
      for (let i = 0; i < count; i++) y[yBase + output + i] += values[xBase + input + i * step];
    });
    for (let o = 0; o < counts.length; o++) y[yBase + o] /= Math.max(counts[o], 1); // a window of nothing gives 0
  });
  return [finish()];
});

/** Number of elements of each window, in output order. */
function windowSizes(axes: readonly WindowAxis[], withPadding: boolean): Float64Array {
  let sizes = Float64Array.of(1);
  for (const axis of axes) {
    const counts = tapCounts(axis, withPadding);
    const product = new Float64Array(sizes.length * counts.length);
    for (let i = 0; i < sizes.length; i++) for (let o = 0; o < counts.length; o++) product[i * counts.length + o] = sizes[i] * counts[o];
    sizes = product;
  }
  return sizes;
}

/** y[n, c, o] = (sum of |x|^p over the window)^(1/p) */
export const lpPool = implement(contracts.lpPool, ({ attrs, version }) => {
  const { power, root } = normOf(attrs, version.attributes.get('p')!.kind);
  return ([x]: [Tensor], ctx) => {
    const pool = layPool(attrs, x, false);
    const { axes, dims, yAt } = pool;
    const values = unpack(x);
    const { y, finish } = floatOutput(ctx, 0, x.type, dims);
    const round = stepOf(x.type);
    const step = axes.at(-1)?.stride ?? 1;
    forEachPlane(pool, ctx, (xBase, yBase) => {
      forEachRun(axes, (_tap, input, output, count) => {
        for (let i = 0; i < count; i++) y[yBase + output + i] += round(power(values[xBase + input + i * step]));
      });
      for (let o = 0; o < yAt.channel; o++) y[yBase + o] = root(y[yBase + o]);
    });
    return [finish()];
  };
});
