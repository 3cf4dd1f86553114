/** Functions of two operands with broadcasting. Halves are computed in float32 and rounded once; integers wrap. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { elementOf } from '../wgsl/element.ts';
import { DIVIDE } from '../wgsl/library.ts';
import { broadcastDims, broadcastStrides, collapse, walkCode, walkParams, walkValues } from '../wgsl/walk.ts';

const FLOATS = ['float32', 'float16'];
const INTEGERS = ['int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8'];

const binary = (op: OpContract, expression: string, types: readonly string[], library = '', since = 7): WebgpuAdapter => adapt(
  op,
  (node) => all(onlyTypes(node, 0, ...types), node.version.since >= since || `broadcasting before opset ${since}`, node.node.inputs.length === 2 || 'not two inputs'),
  (node, gpu) => {
    const type = node.inputType(0)!;
    const { scalar } = elementOf(type);
    return ([a, b]: [Tensor, Tensor], ctx) => {
      const dims = broadcastDims(a.dims, b.dims);
      const walk = collapse(dims, [broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims)]);
      const rank = walk.dims.length;
      const program = gpu.mapProgram(`${op.type}:${type}:${rank}`, () => ({
        label: op.type, inputs: { a: type, b: type }, output: type, params: walkParams(rank, ['a', 'b']),
        code: `${library}
fn f(a: ${scalar}, b: ${scalar}) -> ${scalar} { return ${expression}; }
fn value(i: u32) -> ${scalar} {
  ${walkCode(rank, ['a', 'b'])}
  return f(a_at(a_i), b_at(b_i));
}`,
      }));
      return [gpu.map(program, [a, b], gpu.output(ctx, type, dims), walkValues(walk))];
    };
  },
);

export const add = binary(contracts.add, 'a + b', [...FLOATS, ...INTEGERS]);
export const sub = binary(contracts.sub, 'a - b', [...FLOATS, ...INTEGERS]);
export const mul = binary(contracts.mul, 'a * b', [...FLOATS, ...INTEGERS]);
export const div = binary(contracts.div, 'divide(a, b)', FLOATS, DIVIDE);
