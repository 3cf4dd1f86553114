/** Integer matrix products: MatMulInteger, QLinearMatMul, MatMulIntegerToFloat, DynamicQuantizeMatMul. */
import {
  dynamicQuantizeMatMul as dynamicContract, matMulInteger as integerContract, matMulIntegerToFloat as toFloatContract,
  qLinearMatMul as qLinearContract,
} from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
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
  const dims = a.dims.slice();
  dims[dims.length - 1] = n;
  return { m: k === 0 ? sizeOf(a.dims.slice(0, -1)) : a.size / k, k, n, dims };
}

/** Bytes of scratch a product takes beside its outputs. */
function scratchFor(wasm: WasmRuntime, { m, k, n }: Product, right: RightSide, a: Tensor, b: Tensor): number {
  const own = right.constant === undefined ? packedBytes(wasm, k, n) + wasm.outside(b) : 0;
  return wasm.outside(a) + own + gemmScratch(wasm, m, right.constant ?? layB(wasm, k, n));
}

function multiply(
  wasm: WasmRuntime, product: Product, right: RightSide, a: number, unsigned: boolean, za: number, b: Tensor, bZero: Tensor | undefined, epilogue: Epilogue,
): void {
  const { m, k, n } = product;
  const packed = right.constant ?? packB(wasm, wasm.input(b), k, n, b.type === 'uint8', values(bZero, 0), wasm.scratch(packedBytes(wasm, k, n)));
  gemm8(wasm, a, k, m, unsigned, za, packed, epilogue);
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
      multiply(wasm, product, right, wasm.input(a), a.type === 'uint8', values(aZero, 0)[0], b, bZero, ({ simd }, acc, ldc, row, rows, column, count) => {
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
      multiply(wasm, product, right, wasm.input(a), a.type === 'uint8', values(aZero, 0)[0], b, bZero, ({ simd }, acc, ldc, row, rows, column, count) => {
        simd.requantize(acc, ldc, 0, scale + 4 * perColumn * column, perColumn, 0, zero, lo, hi, y.ptr + row * n + column, n, rows, count);
      });
      return [y.done()];
    };
  },
);

/** A as codes at an address, with one scale and zero point. */
interface Codes {
  readonly ptr: number;
  readonly unsigned: boolean;
  readonly scale: number;
  readonly zero: number;
}

/** Inputs that a product to float32 reads. */
interface Places {
  readonly b: number;
  readonly bScale: number;
  readonly bZero: number;
  readonly bias: number;
}

/**
 * Prepares Y = f32(sum) * (a_scale * b_scale) + bias. `codes` gives A when there is memory for it: it may take `codesBytes(a)` of scratch.
 */
function toFloat(
  node: PlacedNode, wasm: WasmRuntime, at: Places, codesBytes: (a: Tensor) => number, codes: (inputs: readonly (Tensor | undefined)[]) => Codes,
): (inputs: readonly (Tensor | undefined)[], ctx: KernelContext) => [Tensor] {
  const right = prepareRight(node, wasm, at.b, at.bZero);
  const fixedScale = wasm.fixed(node.constant(at.bScale)), fixedBias = wasm.fixed(node.constant(at.bias));
  return (inputs, ctx) => {
    const a = inputs[0]!, b = inputs[at.b]!, bScale = inputs[at.bScale]!, bias = inputs[at.bias];
    const product = productOf(a, b);
    const { m, n, dims } = product;
    wasm.begin(
      scratchFor(wasm, product, right, a, b) + align(4 * m * n) + (fixedScale === undefined ? wasm.outside(bScale) : 0) + (fixedBias === undefined ? wasm.outside(bias) : 0)
      + codesBytes(a),
    );
    const y = wasm.output(ctx, 0, 'float32', dims);
    const { ptr, unsigned, scale: factor, zero } = codes(inputs);
    const scale = fixedScale ?? wasm.input(bScale), step = bScale.size > 1 ? 4 : 0;
    const added = fixedBias ?? (bias === undefined ? 0 : wasm.input(bias));
    multiply(wasm, product, right, ptr, unsigned, zero, b, inputs[at.bZero], ({ simd }, acc, ldc, row, rows, column, count) => {
      simd.gemm8_to_f32(
        acc, ldc, factor, scale + step * column, step >> 2, added === 0 ? 0 : added + 4 * column, y.ptr + 4 * (row * n + column), n, rows, count,
      );
    });
    return [y.done()];
  };
}

export const matMulIntegerToFloat = adapt(
  toFloatContract,
  (node) => all(supported(node, 0, 1, [2, 4], [3, 5]), onlyTypes(node, 2, 'float32')),
  (node, wasm) => toFloat(node, wasm, { b: 1, bScale: 3, bZero: 5, bias: 6 }, () => 0, ([a, , aScale, , aZero]) => (
    { ptr: wasm.input(a!), unsigned: a!.type === 'uint8', scale: values(aScale, 1)[0], zero: values(aZero, 0)[0] }
  )),
);

/** A is quantized to uint8 over its range and 0 first, as DynamicQuantizeLinear does. */
export const dynamicQuantizeMatMul = adapt(
  dynamicContract,
  (node) => all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'uint8', 'int8'), (node.inputShape(1)?.length ?? 0) === 2 || 'B is not known to be one matrix',
    (node.inputShape(0)?.length ?? 0) >= 2 || 'A is not known to be a matrix',
    ...[2, 3].map((i): true | string => (node.node.inputs[i] === undefined || (node.inputShape(i)?.length ?? 9) <= 1) || `input ${i} has parameters of single matrices`),
  ),
  (node, wasm) => toFloat(node, wasm, { b: 1, bScale: 2, bZero: 3, bias: 4 }, (a) => align(a.size) + 64, ([a]) => {
    const ptr = wasm.scratch(a!.size), parameters = wasm.scratch(64);
    wasm.kernels.simd.dynamic_quantize(wasm.input(a!), a!.size, ptr, parameters);
    return { ptr, unsigned: true, scale: wasm.float32(parameters), zero: wasm.int32(parameters + 4) };
  }),
);
