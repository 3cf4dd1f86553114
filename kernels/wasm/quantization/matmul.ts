/** Integer matrix products: MatMulInteger, QLinearMatMul, MatMulIntegerToFloat, DynamicQuantizeMatMul. */
import {
  dynamicQuantizeMatMul as dynamicContract, matMulInteger as integerContract, matMulIntegerToFloat as toFloatContract,
  qLinearMatMul as qLinearContract,
} from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, Tensor, type NumberArray } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { gemm8, gemmScratch, layB, packB, packedBytes, type Epilogue, type PackedB } from './gemm8.ts';

/** B of a node: packed at preparation when it is constant, else at every run. */
interface RightSide {
  readonly constant: PackedB | undefined;
}

const values = (t: Tensor | undefined, otherwise: number): ArrayLike<number> => (t === undefined ? [otherwise] : (t.data as NumberArray));

function prepareRight(node: PlacedNode, wasm: WasmRuntime, bIndex: number, zeroIndex: number): RightSide {
  const b = node.constant(bIndex);
  const zero = node.constant(zeroIndex);
  const zeroFed = node.node.inputs[zeroIndex] !== undefined && zero === undefined;
  if (b === undefined || b.dims.length !== 2 || zeroFed) return { constant: undefined };
  const [k, n] = b.dims;
  const ptr = wasm.keep(packedBytes(wasm, k, n));
  wasm.begin(wasm.outside(b));
  wasm.packed(b);
  return { constant: packB(wasm, wasm.input(b), k, n, b.type === 'uint8', values(zero, 0), ptr) };
}

/** What products of these operands share: 8-bit codes, one zero point for all of A, zero points of B by column. */
function supported(node: PlacedNode, a: number, b: number, aParameters: readonly number[], bParameters: readonly number[]): true | string {
  const single = (i: number): true | string => {
    const shape = node.inputShape(i);
    return node.node.inputs[i] === undefined || (shape !== undefined && sizeIsOne(shape)) || `input ${i} is not known to be one value`;
  };
  const columns = (i: number): true | string => {
    const shape = node.inputShape(i);
    return node.node.inputs[i] === undefined || (shape !== undefined && shape.length <= 1) || `input ${i} has parameters of single matrices`;
  };
  const rank = (i: number): true | string => (node.inputShape(i)?.length ?? 0) >= 2 || `input ${i} is not known to be a matrix`;
  return all(
    onlyTypes(node, a, 'uint8', 'int8'), onlyTypes(node, b, 'uint8', 'int8'), rank(a), rank(b),
    (node.inputShape(b)!.length === 2) || 'B has several matrices', ...aParameters.map(single), ...bParameters.map(columns),
  );
}

const sizeIsOne = (shape: readonly unknown[]): boolean => shape.every((d) => d === 1);

interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly dims: readonly number[];
}

function productOf(a: Tensor, b: Tensor): Product {
  const k = a.dims.at(-1)!;
  const n = b.dims[1];
  return { m: k === 0 ? sizeOf(a.dims.slice(0, -1)) : a.size / k, k, n, dims: [...a.dims.slice(0, -1), n] };
}

/** Bytes of scratch a product takes beside its outputs. */
function scratchFor(wasm: WasmRuntime, { m, k, n }: Product, right: RightSide, a: Tensor, b: Tensor): number {
  const own = right.constant === undefined ? packedBytes(wasm, k, n) + wasm.outside(b) : 0;
  return wasm.outside(a) + own + gemmScratch(wasm, m, layB(wasm, k, n));
}

function multiply(
  wasm: WasmRuntime, product: Product, right: RightSide, a: Tensor, aPtr: number, za: number, b: Tensor, bZero: Tensor | undefined, epilogue: Epilogue,
): void {
  const { m, k, n } = product;
  const packed = right.constant ?? packB(wasm, wasm.input(b), k, n, b.type === 'uint8', values(bZero, 0), wasm.scratch(packedBytes(wasm, k, n)));
  gemm8(wasm, aPtr, k, m, a.type === 'uint8', za, packed, epilogue);
}

/** Y = (A - a_zero_point) * (B - b_zero_point) in int32, modulo 2^32. */
export const matMulInteger = adapt(
  integerContract,
  (node) => supported(node, 0, 1, [2], [3]),
  (node, wasm) => {
    const right = prepareRight(node, wasm, 1, 3);
    return ([a, b, aZero, bZero]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
      const product = productOf(a, b);
      const { n, dims } = product;
      wasm.begin(scratchFor(wasm, product, right, a, b) + align(4 * sizeOf(dims)));
      const y = wasm.output(ctx, 0, 'int32', dims);
      multiply(wasm, product, right, a, wasm.input(a), values(aZero, 0)[0], b, bZero, ({ simd }, acc, ldc, row, rows, column, count) => {
        simd.copy_rows(acc, 4 * ldc, y.ptr + 4 * (row * n + column), 4 * n, rows, 4 * count);
      });
      return [y.done()];
    };
  },
);

/** y = saturate(rint(f32(sum) * ((a_scale * b_scale) / y_scale)) + y_zero_point), fused into the product. */
export const qLinearMatMul = adapt(
  qLinearContract,
  (node) => all(
    supported(node, 0, 3, [1, 2], [4, 5]), onlyTypes(node, 1, 'float32'), onlyTypes(node, 4, 'float32'), onlyTypes(node, 7, 'uint8', 'int8'),
  ),
  (node, wasm) => {
    const right = prepareRight(node, wasm, 3, 5);
    return ([a, aScale, aZero, b, bScale, bZero, yScale, yZero]: readonly Tensor[], ctx) => {
      const product = productOf(a, b);
      const { n, dims } = product;
      wasm.begin(scratchFor(wasm, product, right, a, b) + align(sizeOf(dims)) + align(4 * n + 64));
      const y = wasm.output(ctx, 0, yZero.type, dims);
      const scale = wasm.scratch(4 * n);
      const sb = values(bScale, 1);
      const perColumn = sb.length > 1 ? 1 : 0;
      const multipliers = wasm.view(Float32Array, scale, sb.length);
      for (let i = 0; i < sb.length; i++) multipliers[i] = f32(f32(values(aScale, 1)[0] * sb[i]) / values(yScale, 1)[0]);
      const zero = values(yZero, 0)[0];
      const [lo, hi] = integerRange(yZero.type);
      multiply(wasm, product, right, a, wasm.input(a), values(aZero, 0)[0], b, bZero, ({ simd }, acc, ldc, row, rows, column, count) => {
        simd.requantize(acc, ldc, 0, scale + 4 * perColumn * column, perColumn, 0, zero, lo, hi, y.ptr + row * n + column, n, rows, count);
      });
      return [y.done()];
    };
  },
);

/** Y = f32(sum) * (a_scale * b_scale) + bias. */
function toFloat(
  wasm: WasmRuntime, ctx: KernelContext, right: RightSide, operands: { a: Tensor; aZero: number; aScale: number; b: Tensor; bScale: Tensor; bZero: Tensor | undefined; bias: Tensor | undefined },
  prepareA: (() => { ptr: number; scale: number; zero: number }) | undefined, extraScratch: number,
): Tensor {
  const { a, b, bScale, bZero, bias } = operands;
  const product = productOf(a, b);
  const { n, dims } = product;
  wasm.begin(scratchFor(wasm, product, right, a, b) + align(4 * sizeOf(dims)) + 2 * align(4 * n + 64) + wasm.outside(bias) + extraScratch);
  const y = wasm.output(ctx, 0, 'float32', dims);
  const left = prepareA?.() ?? { ptr: wasm.input(a), scale: operands.aScale, zero: operands.aZero };
  const sb = values(bScale, 1);
  const perColumn = sb.length > 1 ? 1 : 0;
  const scale = wasm.scratch(4 * n);
  const multipliers = wasm.view(Float32Array, scale, sb.length);
  for (let i = 0; i < sb.length; i++) multipliers[i] = f32(left.scale * sb[i]);
  const biasPtr = bias === undefined ? 0 : wasm.input(bias);
  const codes = prepareA === undefined ? a : new Tensor('uint8', new Uint8Array(0), [0]);
  multiply(wasm, product, right, codes, left.ptr, left.zero, b, bZero, ({ simd }, acc, ldc, row, rows, column, count) => {
    const bp = biasPtr === 0 ? 0 : biasPtr + 4 * column;
    simd.gemm8_to_f32(acc, ldc, scale + 4 * perColumn * column, perColumn, bp, y.ptr + 4 * (row * n + column), n, rows, count);
  });
  return y.done();
}

export const matMulIntegerToFloat = adapt(
  toFloatContract,
  (node) => all(supported(node, 0, 1, [2, 4], [3, 5]), onlyTypes(node, 2, 'float32')),
  (node, wasm) => {
    const right = prepareRight(node, wasm, 1, 5);
    return ([a, b, aScale, bScale, aZero, bZero, bias]: [Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx) => [
      toFloat(wasm, ctx, right, { a, aZero: values(aZero, 0)[0], aScale: values(aScale, 1)[0], b, bScale, bZero, bias }, undefined, 0),
    ];
  },
);

/** A is quantized to uint8 over its range and 0 first, as DynamicQuantizeLinear does. */
export const dynamicQuantizeMatMul = adapt(
  dynamicContract,
  (node) => all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'uint8', 'int8'), (node.inputShape(1)?.length ?? 0) === 2 || 'B is not known to be one matrix',
    (node.inputShape(0)?.length ?? 0) >= 2 || 'A is not known to be a matrix',
    ...[2, 3].map((i): true | string => (node.node.inputs[i] === undefined || (node.inputShape(i)?.length ?? 9) <= 1) || `input ${i} has parameters of single matrices`),
  ),
  (node, wasm) => {
    const right = prepareRight(node, wasm, 1, 3);
    return ([a, b, bScale, bZero, bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx) => {
      const quantize = () => {
        const ptr = wasm.scratch(a.size);
        const out = wasm.scratch(64);
        wasm.kernels.simd.dynamic_quantize(wasm.input(a), a.size, ptr, out);
        return { ptr, scale: wasm.view(Float32Array, out, 1)[0], zero: wasm.int32(out + 4) };
      };
      return [toFloat(wasm, ctx, right, { a, aZero: 0, aScale: 1, b, bScale, bZero, bias }, quantize, align(a.size) + 64)];
    };
  },
);
