/** Operators that map each 8-bit code on its own, by a table of 256 codes: exact, as the table is made on the host. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { leakyReluOf, lookupTable, requantizingTable, sigmoidOf, type CodeParameters } from '../../../src/ops/quantization/lookup-table.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { InputLocation, PlacedNode } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, collapse, sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import type { Block } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { joinRows } from '../shape/concat.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';
import { single } from './parameters.ts';
import { asBytes, keptTable } from './table.ts';

const codes = (node: PlacedNode, index: number): true | string => onlyTypes(node, index, 'uint8', 'int8');

const parameters = (scale: Tensor, zero: Tensor | undefined, name: string): CodeParameters =>
  ({ scale: single(scale, `${name}_scale`), zero: single(zero, `${name}_zero_point`) });

/** y = table[x] on bytes. */
export function applyTable(gpu: WebgpuSession, x: Tensor, table: Block, y: Tensor): Tensor {
  const program = gpu.mapProgram('lookup', () => ({
    label: 'lookup', inputs: { x: 'uint8', table: 'uint8' }, output: 'uint8', code: 'fn value(i: u32) -> u32 { return table_at(x_at(i)); }',
  }));
  return gpu.map(program, [x, table], y);
}

const unary = (op: OpContract, functionOf: (node: PlacedNode) => (value: number) => number): WebgpuAdapter => adapt(op, (node) => codes(node, 0), (node, gpu) => {
  const f = functionOf(node);
  const table = keptTable(gpu);
  return ([x, xScale, xZero, yScale, yZero]: [Tensor, Tensor, Tensor | undefined, Tensor, Tensor?], ctx) => {
    const from = parameters(xScale, xZero, 'X'), to = parameters(yScale, yZero, 'Y');
    const block = table(JSON.stringify([from, to]), () => asBytes(lookupTable(x.type, from, to, f)));
    return [applyTable(gpu, x, block, gpu.output(ctx, x.type, x.dims))];
  };
}, ['device', 'host', 'host', 'host', 'host']);

export const qLinearSigmoid = unary(contracts.qLinearSigmoid, () => sigmoidOf);
export const qLinearLeakyRelu = unary(contracts.qLinearLeakyRelu, ({ attrs }) => leakyReluOf(Math.fround(attrs.float('alpha'))));

/** Parts that one dispatch puts together. */
const AT_ONCE = 6;

/** Y = the inputs one after another along `axis`, each brought to Y's scale and zero point. */
export const qLinearConcat: WebgpuAdapter = {
  op: contracts.qLinearConcat,
  supports: (node) => all(...node.node.inputs.map((_, i) => (i >= 2 && (i - 2) % 3 === 0 ? codes(node, i) : true)), node.node.inputs.length <= 2 + 3 * AT_ONCE || `more than ${AT_ONCE} tensors`),
  prepare: (node, gpu) => Object.assign(adapt(
    contracts.qLinearConcat, () => true,
    ({ attrs }) => {
      const tables = Array.from({ length: AT_ONCE }, () => keptTable(gpu));
      return ([yScale, yZero, ...rest]: [Tensor, Tensor, ...Tensor[]], ctx) => {
        if (rest.length === 0 || rest.length % 3 !== 0) fail('E_MODEL', 'inputs come as triples of tensor, scale and zero point', { found: `${rest.length} after Y_zero_point` });
        const xs = rest.filter((_, i) => i % 3 === 0);
        const [first] = xs;
        const axis = axisIn(attrs.int('axis'), first.dims.length, refuseShape);
        for (const x of xs) {
          if (x.type !== yZero.type) fail('E_TYPE', 'all tensors must have the type of Y_zero_point', { expected: yZero.type, found: x.type });
          if (x.dims.length !== first.dims.length || x.dims.some((d, i) => i !== axis && d !== first.dims[i])) {
            refuseShape('tensors may differ along the axis only', `[${first.dims.join(', ')}]`, `[${x.dims.join(', ')}]`);
          }
        }
        const to = parameters(yScale, yZero, 'Y');
        const dims = first.dims.map((d, i) => (i === axis ? xs.reduce((sum, x) => sum + x.dims[axis], 0) : d));
        const y = gpu.output(ctx, yZero.type, dims);
        const inner = sizeOf(dims.slice(axis + 1));
        const parts = xs.map((x, k) => {
          const from = parameters(rest[3 * k + 1], rest[3 * k + 2], `inputs[${k}]`);
          const table = tables[k](JSON.stringify([from, to]), () => asBytes(requantizingTable(x.type, from, to)));
          return applyTable(gpu, x, table, gpu.scratch(x.type, x.dims));
        }).filter((x) => x.size > 0);
        if (parts.length > 0) joinRows(gpu, parts, parts.map((x) => x.dims[axis] * inner), y);
        for (const part of parts) part.dispose();
        return [y];
      };
    },
  ).prepare(node, gpu), { reads: node.node.inputs.map((_, i): InputLocation => (i >= 2 && (i - 2) % 3 === 0 ? 'device' : 'host')) }),
};

type WhereInputs = [
  condition: Tensor, x: Tensor, xScale: Tensor, xZero: Tensor, y: Tensor, yScale: Tensor, yZero: Tensor, zScale: Tensor, zZero: Tensor,
];

/** Z = X where the condition holds and Y elsewhere, each brought to Z's scale and zero point. All broadcast to Z's shape. */
export const qLinearWhere = adapt(contracts.qLinearWhere, (node) => all(codes(node, 1), codes(node, 4)), (_, gpu) => {
  const tables = [keptTable(gpu), keptTable(gpu)];
  const names = ['c', 'x', 'y'];
  return ([condition, x, xScale, xZero, y, yScale, yZero, zScale, zZero]: WhereInputs, ctx) => {
    const operands = [condition, x, y];
    const dims = broadcastDims(...operands.map((t) => t.dims));
    const walk = collapse(dims, operands.map((t) => broadcastStrides(t.dims, dims)));
    const rank = walk.dims.length;
    const to = parameters(zScale, zZero, 'z');
    const [fromX, fromY] = [parameters(xScale, xZero, 'x'), parameters(yScale, yZero, 'y')].map((from, k) =>
      tables[k](JSON.stringify([from, to]), () => asBytes(requantizingTable(x.type, from, to))));
    const program = gpu.mapProgram(`QLinearWhere:${rank}`, () => ({
      label: 'QLinearWhere', inputs: { c: 'bool', x: 'uint8', y: 'uint8', fromX: 'uint8', fromY: 'uint8' }, output: 'uint8', params: walkParams(rank, names),
      code: `fn value(i: u32) -> u32 {
  ${walkCode(rank, names)}
  if (c_at(c_i) != 0u) { return fromX_at(x_at(x_i)); }
  return fromY_at(y_at(y_i));
}`,
    }));
    return [gpu.map(program, [...operands, fromX, fromY], gpu.output(ctx, x.type, dims), walkValues(walk))];
  };
}, ['device', 'device', 'host', 'host', 'device', 'host', 'host', 'host', 'host']);
