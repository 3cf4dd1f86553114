import { qGemm as contract } from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { NumberArray, Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { gemm8, gemmScratch, layB, packB, packedBytes, type PackedB } from './gemm8.ts';

type Inputs = [
  a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, c?: Tensor, yScale?: Tensor, yZero?: Tensor,
];

function supports(node: PlacedNode): true | string {
  const given = (i: number): boolean => node.node.inputs[i] !== undefined;
  const c = node.inputShape(6);
  const columns = node.attrs.int('transB') !== 0 ? node.inputShape(3)?.[0] : node.inputShape(3)?.[1];
  return all(
    onlyTypes(node, 0, 'uint8', 'int8'), onlyTypes(node, 3, 'uint8', 'int8'), node.attrs.int('transA') === 0 || 'A is transposed',
    (node.inputShape(2)?.every((d) => d === 1) ?? false) || 'a_zero_point is not known to be one value',
    !given(6) || given(7) || 'a bias without y_scale',
    !given(6) || (typeof columns === 'number' && c?.at(-1) === columns && c.slice(0, -1).every((d) => d === 1)) || 'the bias is not known to be one row',
  );
}

function pack(wasm: WasmRuntime, b: Tensor, bZero: Tensor, transposed: boolean, ptr: number): PackedB {
  const [k, n] = transposed ? [b.dims[1], b.dims[0]] : b.dims;
  return packB(wasm, wasm.input(b), k, n, b.type === 'uint8', bZero.data as NumberArray, ptr, transposed);
}

/**
 * Y = saturate(rint(f32(sum + C[n]) * ((alpha * a_scale * b_scale[n]) / y_scale)) + y_zero_point), or without y_scale the
 * float32 product before the rounding.
 */
export const qGemm = adapt(contract, supports, (node, wasm) => {
  const transposed = node.attrs.int('transB') !== 0;
  const alpha = f32(node.attrs.float('alpha'));
  const b = node.constant(3), zero = node.constant(5);
  let constant: PackedB | undefined;
  if (b !== undefined && zero !== undefined) {
    const ptr = wasm.keep(packedBytes(wasm, ...(transposed ? [b.dims[1], b.dims[0]] : b.dims) as [number, number]));
    wasm.begin(wasm.outside(b));
    wasm.packed(b);
    constant = pack(wasm, b, zero, transposed, ptr);
  }
  return ([a, aScale, aZero, right, bScale, bZero, c, yScale, yZero]: Inputs, ctx) => {
    const [m, k] = a.dims;
    const n = right.dims[transposed ? 0 : 1];
    const own = constant === undefined ? packedBytes(wasm, k, n) + wasm.outside(right) : 0;
    wasm.begin(wasm.outside(a) + wasm.outside(c) + own + gemmScratch(wasm, m, layB(wasm, k, n)) + align(4 * m * n) + align(4 * n));
    const y = wasm.output(ctx, 0, yScale === undefined ? 'float32' : a.type, [m, n]);
    const packed = constant ?? pack(wasm, right, bZero, transposed, wasm.scratch(packedBytes(wasm, k, n)));
    const bias = c === undefined ? 0 : wasm.input(c);
    const scale = wasm.scratch(4 * n);
    const multipliers = wasm.view(Float32Array, scale, n);
    const factor = f32(alpha * (aScale.data as Float32Array)[0]);
    const scales = bScale.data as Float32Array;
    for (let i = 0; i < n; i++) {
      const product = f32(factor * scales[scales.length === 1 ? 0 : i]);
      multipliers[i] = yScale === undefined ? product : f32(product / (yScale.data as Float32Array)[0]);
    }
    const outZero = yZero === undefined ? 0 : (yZero.data as NumberArray)[0];
    const [lo, hi] = integerRange(a.type);
    gemm8(wasm, wasm.input(a), k, m, a.type === 'uint8', (aZero.data as NumberArray)[0], packed, ({ simd }, acc, ldc, row, rows, column, count) => {
      const at = row * n + column;
      if (yScale === undefined) simd.gemm8_to_f32(acc, ldc, 1, scale + 4 * column, 1, 0, y.ptr + 4 * at, n, rows, count);
      else simd.requantize(acc, ldc, bias === 0 ? 0 : bias + 4 * column, scale + 4 * column, 1, 0, outZero, lo, hi, y.ptr + at, n, rows, count);
    });
    return [y.done()];
  };
});
