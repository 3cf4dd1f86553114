/** Functions of two operands, the second broadcast to the first: a bias, a slope or a gate. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { broadcastDims, broadcastStrides, collapse, describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { FLOATS } from '../wgsl/element.ts';
import { ERF, GELU_TANH, LOGISTIC } from '../wgsl/functions.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';

/** `expression` of x and b; without a second operand b is -0, which leaves every sum as it is. */
const paired = (op: OpContract, expression: string, library: string, since = 1): WebgpuAdapter => adapt(
  op,
  (node) => all(onlyTypes(node, 0, ...FLOATS), onlyTypes(node, 1, ...FLOATS), node.version.since >= since || `broadcasting before opset ${since}`),
  (node, gpu) => {
    const type = node.inputType(0)!;
    const names = ['x', 'b'];
    return ([x, b]: [Tensor, Tensor?], ctx) => {
      const operands = b === undefined ? [x] : [x, b];
      const dims = broadcastDims(...operands.map((t) => t.dims));
      if (dims.length !== x.dims.length || dims.some((d, i) => d !== x.dims[i])) {
        fail('E_SHAPE', 'the second operand does not broadcast to the first', { expected: describeShape(x.dims), found: describeShape(b!.dims) });
      }
      const walk = collapse(dims, operands.map((t) => broadcastStrides(t.dims, dims)));
      const rank = walk.dims.length;
      const used = names.slice(0, operands.length);
      const program = gpu.mapProgram(`${op.type}:${type}:${rank}:${used.length}`, () => ({
        label: op.type, inputs: Object.fromEntries(used.map((n) => [n, type])), output: type, params: walkParams(rank, used),
        code: `${library}
fn f(x: f32, b: f32) -> f32 { return ${expression}; }
fn value(i: u32) -> f32 {
  ${walkCode(rank, used)}
  return f(x_at(x_i), ${b === undefined ? '-0.0' : 'b_at(b_i)'});
}`,
      }));
      return [gpu.map(program, operands, gpu.output(ctx, type, dims), walkValues(walk))];
    };
  },
);

export const biasGelu = paired(contracts.biasGelu, 'gelu_of(x + b)', ERF);
export const fastGelu = paired(contracts.fastGelu, 'gelu_tanh(x + b)', LOGISTIC + GELU_TANH);
export const pRelu = paired(contracts.pRelu, 'select(x, b * x, x < 0.0)', '', 7);
