/**
 * Products of 8-bit codes: QLinearMatMul, QGemm, MatMulInteger, MatMulIntegerToFloat, DynamicQuantizeMatMul. Sums are exact; those that
 * leave as int32 must stay below 2^24, which the constant weights tell.
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { EXACT, type GpuEngine } from '../engine.ts';
import { integerProduct, scaleColumns } from '../functions/index.ts';
import { adapt, all, onlyTypes, present } from '../implement.ts';
import { combine } from '../math/combine.ts';
import { dynamicQuantize, sizeKnown } from './dynamic.ts';
import { exactSums, largestSum, type ExactSums } from './exact-sums.ts';
import { requantized } from './requantized.ts';

/** One constant matrix of codes, with one zero point for all of A. */
function supported(node: PlacedNode, a: number, b: number, aParameters: readonly number[], bParameters: readonly number[]): true | string {
  const one = (i: number): true | string => !present(node, i) || (node.inputShape(i)?.every((d) => d === 1) ?? false) || `input ${i} is not known to be one value`;
  const column = (i: number): true | string => !present(node, i) || ((node.inputShape(i)?.length ?? 9) <= 1 && node.constant(i) !== undefined) || `input ${i} is not a constant by columns`;
  return all(
    onlyTypes(node, a, ['uint8', 'int8']), onlyTypes(node, b, ['uint8', 'int8']), node.inputShape(b)?.length === 2 || 'B is not known to be one matrix',
    (node.inputShape(a)?.length ?? 0) >= 2 || 'A is not known to be a matrix', ...aParameters.map(one), ...bParameters.map(column),
  );
}

/** f32(sum) of A [..., k] and B [k, n]. `zeroA` has one value, on the device. */
async function sums(gpu: GpuEngine, ctx: KernelContext, a: Tensor, zeroA: Tensor, b: Tensor, right: ExactSums): Promise<Tensor> {
  const [k, n] = b.dims;
  if (a.dims.at(-1) !== k) fail('E_SHAPE', 'the matrices do not fit', { expected: `${a.dims.at(-1)} rows in B`, found: String(k) });
  return gpu.run(ctx, integerProduct, 'float32', [...a.dims.slice(0, -1), n], [a, b, zeroA, ...right.tables, k, n, ...right.counts]);
}

const valueOf = (t: Tensor | undefined, otherwise = 0): number => (t === undefined ? otherwise : unpack(t)[0]);

/** Runs with A's zero point, fed or constant, as a table of one value. */
async function withZero<T>(gpu: GpuEngine, zero: Tensor | undefined, work: (zero: Tensor) => Promise<T>): Promise<T> {
  const table = gpu.table([valueOf(zero)]);
  const result = await work(table);
  table.dispose();
  return result;
}

export const qLinearMatMul = adapt(
  contracts.qLinearMatMul,
  (node) => all(supported(node, 0, 3, [1, 2, 6, 7], [4, 5]), onlyTypes(node, 1, ['float32']), node.inputShape(3)?.[0] !== 0 || 'a sum of nothing'),
  (node, gpu) => {
    const right = exactSums(gpu, node.constant(5), undefined);
    return async ([a, aScale, aZero, b, bScale, , yScale, yZero]: readonly Tensor[], ctx) => withZero(gpu, aZero, async (za) => {
      const multiplier = Float32Array.from(unpack(bScale), (s) => f32(f32(valueOf(aScale, 1) * s) / valueOf(yScale, 1)));
      const acc = await sums(gpu, ctx, a, za, b, right);
      const y = await requantized(gpu, ctx, acc, multiplier, 1, b.dims[1], yZero.type, yZero);
      return [y];
    });
  },
  ['device', 'host', 'host', 'device', 'host', 'host', 'host', 'host'],
);

export const qGemm = adapt(
  contracts.qGemm,
  (node) => all(
    supported(node, 0, 3, [1, 2, 7, 8], [4, 5]), node.attrs.int('transA') === 0 || 'transA',
    node.constant(3) !== undefined || 'B is not constant', !present(node, 6) || node.constant(6) !== undefined || 'C is not constant',
    !present(node, 6) || [1, node.inputShape(3)?.[node.attrs.int('transB') !== 0 ? 0 : 1]].includes(node.constant(6)?.size) || 'C is a matrix',
  ),
  (node, gpu) => {
    const transB = node.attrs.int('transB') !== 0;
    const alpha = f32(node.attrs.float('alpha'));
    const right = exactSums(gpu, node.constant(5), node.constant(6));
    const b = columnsLast(gpu, node.constant(3)!, transB);
    return async ([a, aScale, aZero, , bScale, , , yScale, yZero]: readonly (Tensor | undefined)[], ctx) => withZero(gpu, aZero, async (za) => {
      const factor = f32(alpha * valueOf(aScale, 1));
      const scales = Float32Array.from(unpack(bScale!), (s) => f32(factor * s));
      const acc = await sums(gpu, ctx, a!, za, b, right);
      if (yScale !== undefined) {
        return [await requantized(gpu, ctx, acc, scales.map((s) => f32(s / valueOf(yScale))), 1, b.dims[1], a!.type, yZero)];
      }
      return [await scaled(gpu, ctx, acc, scales, undefined, b.dims[1])];
    });
  },
  ['device', 'host', 'host', 'anywhere', 'host', 'host', 'anywhere', 'host', 'host'],
);

/** acc * multiplier + bias by column; disposes of `acc`. */
async function scaled(gpu: GpuEngine, ctx: KernelContext, acc: Tensor, multiplier: Tensor | Float32Array, bias: Tensor | undefined, n: number): Promise<Tensor> {
  const factor = multiplier instanceof Float32Array ? gpu.table(multiplier) : multiplier;
  const shift = bias === undefined ? gpu.table(new Float32Array(n)) : gpu.view(bias, bias.dims);
  const y = await gpu.run(ctx, scaleColumns, 'float32', acc.dims, [acc, factor, shift, n, factor.size]);
  for (const t of [factor, shift, acc]) t.dispose();
  return y;
}

/** A constant [k, n], or [n, k] transposed, on the device as [k, n]. */
function columnsLast(gpu: GpuEngine, b: Tensor, transposed: boolean): Tensor {
  if (!transposed) return gpu.upload(b, true);
  const [n, k] = b.dims;
  const codes = unpack(b);
  const table = gpu.table(Float32Array.from({ length: n * k }, (_, i) => codes[(i % n) * k + Math.floor(i / n)]));
  return gpu.view(table, [k, n], b.type);
}

export const matMulInteger = adapt(
  contracts.matMulInteger,
  (node) => {
    const b = node.constant(1);
    return all(
      supported(node, 0, 1, [2], [3]), b !== undefined || 'B is not constant: sums may pass 2^24',
      b === undefined || b.size > 0 || 'a sum of nothing', b === undefined || b.dims.length !== 2 || largestSum(node.inputType(0)!, b, node.constant(3), b.dims[1], 1, b.dims[0], b.dims[1]) < EXACT || 'sums may pass 2^24',
    );
  },
  (node, gpu) => {
    const right = exactSums(gpu, node.constant(3), undefined);
    return async ([a, b, aZero]: [Tensor, Tensor, Tensor?], ctx) => {
      const za = aZero === undefined ? gpu.table([0]) : gpu.view(aZero, [1]);
      const acc = await sums(gpu, ctx, a, za, b, right);
      const y = gpu.view(acc, acc.dims, 'int32');
      acc.dispose();
      za.dispose();
      return [y];
    };
  },
  ['device', 'device', 'device', 'host'],
);

export const matMulIntegerToFloat = adapt(
  contracts.matMulIntegerToFloat,
  (node) => all(supported(node, 0, 1, [2, 4], [3, 5]), onlyTypes(node, 2, ['float32']), (node.inputShape(1)?.[0] ?? 1) !== 0 || 'a sum of nothing'),
  (node, gpu) => {
    const right = exactSums(gpu, node.constant(5), undefined);
    return async ([a, b, aScale, bScale, aZero, , bias]: [Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx) => withZero(gpu, aZero, async (za) => {
      const acc = await sums(gpu, ctx, a, za, b, right);
      return [await scaled(gpu, ctx, acc, Float32Array.from(unpack(bScale), (s) => f32(valueOf(aScale, 1) * s)), bias, b.dims[1])];
    });
  },
  ['device', 'device', 'host', 'host', 'host', 'host', 'device'],
);

/** A is quantized over its range and 0 on the device. */
export const dynamicQuantizeMatMul = adapt(
  contracts.dynamicQuantizeMatMul,
  (node) => all(
    onlyTypes(node, 0, ['float32']), onlyTypes(node, 1, ['uint8', 'int8']), node.inputShape(1)?.length === 2 || 'B is not known to be one matrix', sizeKnown(node),
    (node.inputShape(0)?.length ?? 0) >= 2 || 'A is not known to be a matrix',
    ...[2, 3].map((i): true | string => !present(node, i) || ((node.inputShape(i)?.length ?? 9) <= 1 && node.constant(i) !== undefined) || `input ${i} is not a constant by columns`),
  ),
  (node, gpu) => {
    const right = exactSums(gpu, node.constant(3), undefined);
    return async ([a, b, bScale, , bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx) => {
      const n = b.dims[1];
      const [codes, scale, zero] = await dynamicQuantize(gpu, ctx, a);
      const acc = await sums(gpu, ctx, codes, zero, b, right);
      // f32(a_scale * b_scale) by column: the scale of A is on the device.
      const columns = gpu.table(unpack(bScale));
      const multiplier = await combine(gpu, ctx, 'mul', 'float32', columns, scale);
      const y = await scaled(gpu, ctx, acc, multiplier, bias, n);
      for (const t of [codes, scale, zero, columns]) t.dispose();
      return [y];
    };
  },
  ['device', 'device', 'host', 'host', 'device'],
);
