/** Operators of 8-bit codes as tables: every result is computed on the host once, as the scalar provider computes it, and looked up here. */
import { fail } from '../../../src/errors.ts';
import { f32, fma32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { addTerms } from '../../../src/ops/quantization/add-terms.ts';
import { leakyReluOf, lookupTable, requantizingTable, sigmoidOf, type CodeParameters } from '../../../src/ops/quantization/lookup-table.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { lookup, lookupPair } from '../functions/index.ts';
import { adapt, all, onlyTypes, present, type GpuAdapter } from '../implement.ts';
import { sideBySide } from '../shape/side-by-side.ts';
import { merge } from '../strides.ts';

const CODES: readonly DType[] = ['uint8', 'int8'];

const constantValue = (node: PlacedNode, index: number, otherwise = 0): number => {
  const t = node.constant(index);
  return t === undefined ? otherwise : unpack(t)[0];
};
const parameters = (node: PlacedNode, scale: number, zero: number): CodeParameters => ({ scale: constantValue(node, scale, 1), zero: constantValue(node, zero) });
const constants = (node: PlacedNode, ...indices: readonly number[]): true | string => all(
  ...indices.map((i): true | string => !present(node, i) || node.constant(i)?.size === 1 || `input ${i} is not one constant value`),
);

/** Tables of the scalar provider are indexed by `code & 255`; on the device by `code - lowest code`. */
function ordered(type: DType, table: ArrayLike<number>): Float32Array {
  const [lo] = integerRange(type);
  return Float32Array.from({ length: 256 }, (_, i) => table[(i + lo) & 255]);
}

function unary(op: OpContract, functionOf: (node: PlacedNode) => (value: number) => number): GpuAdapter {
  return adapt(op, (node) => all(onlyTypes(node, 0, CODES), constants(node, 1, 2, 3, 4)), (node, gpu) => {
    const type = node.inputType(0)!;
    const table = gpu.table(ordered(type, lookupTable(type, parameters(node, 1, 2), parameters(node, 3, 4), functionOf(node))));
    return async ([x]: [Tensor], ctx) => [await gpu.run(ctx, lookup, x.type, x.dims, [x, table, -integerRange(type)[0]])];
  }, ['device', 'anywhere', 'anywhere', 'anywhere', 'anywhere']);
}

export const qLinearSigmoid = unary(contracts.qLinearSigmoid, () => sigmoidOf);
export const qLinearLeakyRelu = unary(contracts.qLinearLeakyRelu, ({ attrs }) => leakyReluOf(f32(attrs.float('alpha'))));

/** `tableOf` gives the result for every pair of codes, in the order a * 256 + b of codes less the lowest. */
function pairs(op: OpContract, tableOf: (node: PlacedNode, type: DType, a: Tensor, b: Tensor) => Float32Array): GpuAdapter {
  return adapt(
    op,
    (node) => all(onlyTypes(node, 0, CODES), constants(node, 1, 2, 4, 5, 6, 7), (node.inputShape(0)?.length ?? 9) <= 4 && (node.inputShape(3)?.length ?? 9) <= 4 || 'more than four axes'),
    (node, gpu) => {
      const kept = new Map<string, Tensor>();
      return async ([a, , , b]: readonly Tensor[], ctx) => {
        const key = `${a.dims.join()} ${b.dims.join()}`;
        let table = kept.get(key);
        if (table === undefined) kept.set(key, (table = gpu.table(tableOf(node, a.type, a, b))));
        const dims = broadcastDims(a.dims, b.dims);
        const walk = merge(dims, [broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims)], 4);
        return [await gpu.run(ctx, lookupPair, a.type, dims, [a, b, table, ...walk.dims.slice(1), ...walk.strides[0], ...walk.strides[1], -integerRange(a.type)[0]])];
      };
    },
    ['device', 'anywhere', 'anywhere', 'device', 'anywhere', 'anywhere', 'anywhere', 'anywhere'],
  );
}

export const qLinearAdd = pairs(contracts.qLinearAdd, (node, type, a, b) => {
  const { swapped, ratio, terms } = addTerms(
    type, { dims: a.dims, ...parameters(node, 1, 2) }, { dims: b.dims, ...parameters(node, 4, 5) }, constantValue(node, 6, 1), constantValue(node, 7),
  );
  const [lo, hi] = integerRange(type);
  return Float32Array.from({ length: 65536 }, (_, i) => {
    const p = Math.floor(i / 256) + lo, q = (i % 256) + lo;
    const [x, y] = swapped ? [q, p] : [p, q];
    return saturate(rint(fma32(x, ratio, terms[y & 255])), lo, hi);
  });
});

export const qLinearMul = pairs(contracts.qLinearMul, (node, type) => {
  const [a, b, c] = [parameters(node, 1, 2), parameters(node, 4, 5), parameters(node, 6, 7)];
  const multiplier = f32(f32(a.scale * b.scale) / c.scale);
  const [lo, hi] = integerRange(type);
  return Float32Array.from({ length: 65536 }, (_, i) =>
    saturate(rint(f32(f32((Math.floor(i / 256) + lo - a.zero) * ((i % 256) + lo - b.zero) * multiplier) + c.zero)), lo, hi));
});

export const qLinearConcat = adapt(
  contracts.qLinearConcat,
  (node) => all(onlyTypes(node, 2, CODES), constants(node, 0, 1, ...node.node.inputs.map((_, i) => i).filter((i) => i > 1 && (i - 2) % 3 !== 0))),
  (node, gpu) => {
    const count = (node.node.inputs.length - 2) / 3;
    if (!Number.isInteger(count) || count < 1) fail('E_MODEL', 'inputs come as triples of tensor, scale and zero point', { found: `${node.node.inputs.length - 2} after Y_zero_point` });
    const tables = Array.from({ length: count }, (_, i) => {
      const type = node.inputType(2 + 3 * i)!;
      return { at: 2 + 3 * i, table: gpu.table(ordered(type, requantizingTable(type, parameters(node, 3 + 3 * i, 4 + 3 * i), parameters(node, 0, 1)))), offset: -integerRange(type)[0] };
    });
    return async (inputs: readonly Tensor[], ctx) => {
      const parts: Tensor[] = [];
      for (const { at, table, offset } of tables) parts.push(await gpu.run(ctx, lookup, inputs[at].type, inputs[at].dims, [inputs[at], table, offset]));
      const y = await sideBySide(gpu, ctx, parts, node.attrs.int('axis'));
      for (const part of parts) part.dispose();
      return [y];
    };
  },
);
