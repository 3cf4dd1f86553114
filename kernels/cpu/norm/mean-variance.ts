import { f32 } from '../../../src/numeric/index.ts';
import { meanVarianceNormalization as contract } from '../../../src/ops/contracts.ts';
import { stridesOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, frontAxis, stepOf, walk } from '../support/index.ts';

const EPSILON = f32(1e-9);

/** y = (x - mean) / (sqrt(variance) + 1e-9), with mean and variance over `axes`. */
export const meanVarianceNormalization = implement(contract, ({ attrs }) => {
  const axes = attrs.ints('axes');
  return ([x]: [Tensor], ctx) => {
    const reduced = new Set(axes.map((a) => frontAxis(a, x.dims.length)));
    const kept = x.dims.map((d, i) => (reduced.has(i) ? 1 : d));
    const toGroup = stridesOf(kept).map((s, i) => (reduced.has(i) ? 0 : s)); // x's index -> its group's
    const groups = kept.reduce((a, b) => a * b, 1);
    const count = x.size / groups;
    const step = stepOf(x.type);
    const values = unpack(x);
    const mean = new Float64Array(groups);
    const deviation = new Float64Array(groups);
    walk(x.dims, [toGroup], (i, g) => (mean[g] = step(mean[g] + values[i])));
    for (let g = 0; g < groups; g++) mean[g] = step(mean[g] / count);
    walk(x.dims, [toGroup], (i, g) => {
      const d = step(values[i] - mean[g]);
      deviation[g] = step(deviation[g] + step(d * d));
    });
    for (let g = 0; g < groups; g++) deviation[g] = step(step(Math.sqrt(step(deviation[g] / count))) + EPSILON);
    const out = floatOutput(ctx, 0, x.type, x.dims);
    walk(x.dims, [toGroup], (i, g) => (out.y[i] = step(values[i] - mean[g]) / deviation[g]));
    return [out.finish()];
  };
});
