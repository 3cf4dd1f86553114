import { where as contract } from '../../../src/ops/contracts.ts';
import { broadcastDims, broadcastStrides, collapse, type Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import { movable } from '../shape/movable.ts';
import { bitsOf } from '../wgsl/element.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';

/** output = x where the condition holds, y elsewhere; all three broadcast. Elements are moved, not read. */
export const where = adapt(contract, (node) => movable(node, 1), (node, gpu) => {
  const bits = bitsOf(node.inputType(1)!)!;
  const names = ['c', 'x', 'y'];
  return ([condition, x, y]: [Tensor, Tensor, Tensor], ctx) => {
    const operands = [condition, x, y];
    const dims = broadcastDims(...operands.map((t) => t.dims));
    const walk = collapse(dims, operands.map((t) => broadcastStrides(t.dims, dims)));
    const rank = walk.dims.length;
    const program = gpu.mapProgram(`Where:${bits}:${rank}`, () => ({
      label: 'Where', inputs: { c: 'bool', x: bits, y: bits }, output: bits, params: walkParams(rank, names),
      code: `fn value(i: u32) -> u32 {
  ${walkCode(rank, names)}
  if (c_at(c_i) != 0u) { return x_at(x_i); }
  return y_at(y_i);
}`,
    }));
    return [gpu.map(program, operands, gpu.output(ctx, x.type, dims), walkValues(walk))];
  };
});
