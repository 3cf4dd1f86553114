import { where as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all } from '../implement.ts';
import { align } from '../runtime.ts';
import { chooseRuns } from './choose.ts';
import { movable, widthOf } from './strided.ts';

/** y = x where the condition holds, z elsewhere; all three broadcast. Elements of whole bytes. */
export const where = adapt(
  contract, (node) => all(movable(node, 1), node.inputType(2) === node.inputType(1) || 'the type of input 2 is not known'),
  (_, wasm) => ([condition, x, z]: [Tensor, Tensor, Tensor], ctx) => {
    const choice = chooseRuns(condition, x, z);
    const width = widthOf(x.type);
    wasm.begin([condition, x, z].reduce((sum, t) => sum + wasm.outside(t), 0) + align(width * choice.size));
    const y = wasm.output(ctx, 0, x.type, choice.dims);
    choice.choose(wasm, width, wasm.input(condition), wasm.input(x), wasm.input(z), y.ptr);
    return [y.done()];
  },
);
