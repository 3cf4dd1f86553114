import { where as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { planRuns, type Runs } from '../math/runs.ts';
import { align } from '../runtime.ts';

/** y = x where the condition holds, z elsewhere; all three broadcast. 32-bit elements. */
export const where = adapt(
  contract, (node) => all(onlyTypes(node, 1, 'float32', 'int32', 'uint32'), node.inputType(2) === node.inputType(1) || 'the type of input 2 is not known'),
  (_, wasm) => ([condition, x, z]: [Tensor, Tensor, Tensor], ctx) => {
    const { dims } = planRuns(planRuns(condition.dims, x.dims).dims, z.dims);
    const plans = [condition, x, z].map((t) => planRuns(dims, t.dims));
    const size = dims.reduce((n, d) => n * d, 1);
    const length = Math.min(...plans.map((p) => p.length)); // runs are trailing axes: the shortest divides the others
    wasm.begin([condition, x, z].reduce((sum, t) => sum + wasm.outside(t), 0) + align(4 * size));
    const y = wasm.output(ctx, 0, x.type, dims);
    const [c, p, q] = [condition, x, z].map((t) => wasm.input(t));
    const [ofC, ofX, ofZ] = plans.map(elementAt);
    for (let at = 0; at < size; at += length) {
      wasm.kernels.simd.select32(c + ofC(at), plans[0].bStep, p + 4 * ofX(at), plans[1].bStep, q + 4 * ofZ(at), plans[2].bStep, y.ptr + 4 * at, length);
    }
    return [y.done()];
  },
);

/** Which element of the broadcast operand stands at an element of the result. */
function elementAt({ runs, length, bStep }: Runs): (at: number) => number {
  return (at) => runs.b[Math.floor(at / length)] + bStep * (at % length);
}
