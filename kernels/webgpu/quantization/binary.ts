/**
 * QLinearAdd and QLinearMul by a table of all pairs of codes, made on the host: the scalar provider's bits, whatever a device makes of
 * products followed by sums.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { f32, fma32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { addTerms } from '../../../src/ops/quantization/add-terms.ts';
import { broadcastDims, broadcastStrides, collapse, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';
import { single } from './parameters.ts';
import { keptTable } from './table.ts';

type Inputs = [a: Tensor, aScale: Tensor, aZero: Tensor | undefined, b: Tensor, bScale: Tensor, bZero: Tensor | undefined, cScale: Tensor, cZero?: Tensor];

/** A function of two codes, named by its parameters. */
interface PairFunction {
  readonly key: string;
  readonly make: () => (a: number, b: number) => number;
}

/** Entry (a & 255) * 256 + (b & 255). */
function pairTable(type: DType, f: (a: number, b: number) => number): Uint8Array {
  const [low, high] = integerRange(type);
  const table = new Uint8Array(65536);
  for (let a = low; a <= high; a++) for (let b = low; b <= high; b++) table[((a & 255) << 8) | (b & 255)] = saturate(f(a, b), low, high) & 255;
  return table;
}

const pairs = (op: OpContract, functionOf: (type: DType, inputs: Inputs) => PairFunction): WebgpuAdapter => adapt(
  op, (node) => all(onlyTypes(node, 0, 'uint8', 'int8'), onlyTypes(node, 3, 'uint8', 'int8')),
  (node, gpu) => {
    const type = node.inputType(0)!;
    const table = keptTable(gpu);
    return (inputs: Inputs, ctx) => {
      const operands = [inputs[0], inputs[3]];
      const dims = broadcastDims(...operands.map((t) => t.dims));
      const walk = collapse(dims, operands.map((t) => broadcastStrides(t.dims, dims)));
      const rank = walk.dims.length;
      const { key, make } = functionOf(type, inputs);
      const program = gpu.mapProgram(`pairs:${rank}`, () => ({
        label: 'pairs of codes', inputs: { a: 'uint8', b: 'uint8', table: 'uint8' }, output: 'uint8', params: walkParams(rank, ['a', 'b']),
        code: `fn value(i: u32) -> u32 {
  ${walkCode(rank, ['a', 'b'])}
  return table_at((a_at(a_i) << 8u) | b_at(b_i));
}`,
      }));
      return [gpu.map(program, [...operands, table(key, () => pairTable(type, make()))], gpu.output(ctx, type, dims), walkValues(walk))];
    };
  },
  ['device', 'host', 'host', 'device', 'host', 'host', 'host', 'host'],
);

/** C = saturate(rint(X * ratio + terms[Y])): see add-terms.ts. A, B, C: broadcast to one shape. */
export const qLinearAdd = pairs(contracts.qLinearAdd, (type, [a, aScale, aZero, b, bScale, bZero, cScale, cZero]) => {
  const left = { dims: a.dims, scale: single(aScale, 'A_scale'), zero: single(aZero, 'A_zero_point') };
  const right = { dims: b.dims, scale: single(bScale, 'B_scale'), zero: single(bZero, 'B_zero_point') };
  const scale = single(cScale, 'C_scale'), zero = single(cZero, 'C_zero_point');
  return {
    key: JSON.stringify([left, right, scale, zero]),
    make: () => {
      const { swapped, ratio, terms } = addTerms(type, left, right, scale, zero);
      return (p, q) => rint(swapped ? fma32(q, ratio, terms[p & 255]) : fma32(p, ratio, terms[q & 255]));
    },
  };
});

/**
 * C = saturate(rint((A - A_zero_point) * (B - B_zero_point) * ((A_scale * B_scale) / C_scale) + C_zero_point): the zero point is added in
 * float32, before the rounding. A, B, C: broadcast to one shape.
 */
export const qLinearMul = pairs(contracts.qLinearMul, (_, [, aScale, aZero, , bScale, bZero, cScale, cZero]) => {
  const multiplier = f32(f32(single(aScale, 'A_scale') * single(bScale, 'B_scale')) / single(cScale, 'C_scale'));
  const za = single(aZero, 'A_zero_point'), zb = single(bZero, 'B_zero_point'), zc = single(cZero, 'C_zero_point');
  return { key: [multiplier, za, zb, zc].join(), make: () => (p, q) => rint(f32(f32((p - za) * (q - zb) * multiplier) + zc)) };
});
