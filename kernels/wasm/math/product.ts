/**
 * float32 products, shared by MatMul, FusedMatMul and Gemm. Sums run over ascending k with a rounding after each multiply and
 * each add: the scalar provider's bits.
 */
import { fail } from '../../../src/errors.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { align, type WasmRuntime } from '../runtime.ts';

/** Bytes of a packed [k, n]. */
export const packedBytes = (k: number, n: number): number => align(32 * k * Math.ceil(n / 8));

/** Bytes of scratch that `gemmf` takes at edges. */
export const EDGE = 128;
/** Bytes of scratch that `multiply` takes. */
export const multiplyScratch = (wasm: WasmRuntime): number => wasm.perThread(EDGE);

/** Packs [k, n] at `b`, stored [n, k] when `transposed`, into panels at `out`. */
export function pack(wasm: WasmRuntime, b: number, k: number, n: number, transposed: boolean, out: number): number {
  if (transposed) wasm.kernels.simd.gemmf_pack_bt(b, k, k, n, out);
  else wasm.kernels.simd.gemmf_pack_b(b, n, k, n, out);
  return out;
}

/** Input `i` packed, when it is one constant matrix. */
export function packConstant(node: PlacedNode, wasm: WasmRuntime, i: number, transposed: boolean): number | undefined {
  const b = node.constant(i);
  if (b === undefined || b.type !== 'float32' || b.dims.length !== 2) return undefined;
  const [k, n] = transposed ? [b.dims[1], b.dims[0]] : b.dims;
  const packed = wasm.keep(packedBytes(k, n));
  wasm.begin(wasm.outside(b));
  wasm.packed(b);
  return pack(wasm, wasm.input(b), k, n, transposed, packed);
}

/** y [m, n] = a [m, k] * packed b. */
export function multiply(wasm: WasmRuntime, a: number, packed: number, y: number, m: number, n: number, k: number): void {
  const work = m * n * k, panels = Math.ceil(n / 8);
  // Cut between panels, which are read once a tile; where that is not enough, between rows too, in whole strips of 4.
  const width = Math.ceil(panels / wasm.cuts(1, work)), across = Math.ceil(panels / width);
  const strips = Math.ceil(m / 4), height = Math.ceil(strips / wasm.cuts(across, work)), down = Math.ceil(strips / height);
  wasm.parallel(across * down, work, EDGE, ({ simd, madd }, tile, edge) => {
    const column = 8 * width * (tile % across), row = 4 * height * Math.floor(tile / across);
    (madd ?? simd).gemmf(
      a + 4 * row * k, k, packed + 4 * column * k, 32 * k, y + 4 * (row * n + column), n, Math.min(4 * height, m - row), Math.min(8 * width, n - column), k, edge,
    );
  });
}

/** A product laid out: `count` matrices of y, and for each the matrix of a and of b that it takes. */
export interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly dims: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transA: boolean;
  readonly transB: boolean;
}

/** Lays out a [.., m, k] times b [.., k, n], each stored transposed where said; vectors are a row and a column. */
export function layProduct(a: Tensor, b: Tensor, swapA: boolean, swapB: boolean): Product {
  const refuse = (): never => fail('E_SHAPE', 'the matrices do not fit', {
    expected: '[.., m, k] and [.., k, n]', found: `${describeShape(a.dims)} and ${describeShape(b.dims)}`,
  });
  if (a.dims.length === 0 || b.dims.length === 0) refuse();
  const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims, right = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const transA = swapA && a.dims.length > 1, transB = swapB && b.dims.length > 1;
  let [m, k] = transA ? [left.at(-1)!, left.at(-2)!] : [left.at(-2)!, left.at(-1)!];
  const [depth, n] = transB ? [right.at(-1)!, right.at(-2)!] : [right.at(-2)!, right.at(-1)!];
  if (depth !== k) refuse();
  const rank = Math.max(left.length, right.length) - 2;
  const pad = (dims: readonly number[]): number[] => [...new Array<number>(rank + 2 - dims.length).fill(1), ...dims.slice(0, -2)];
  const [x, y] = [pad(left), pad(right)];
  const batch = x.map((d, i) => (d === y[i] || y[i] === 1 ? d : d === 1 ? y[i] : refuse()));
  const dims = [...batch, ...(a.dims.length === 1 ? [] : [m]), ...(b.dims.length === 1 ? [] : [n])];
  const count = batch.reduce((p, d) => p * d, 1);
  if (right.length === 2 && !transA && count > 0) { // one matrix on the right: the left ones stand on top of each other
    m *= count;
    return { m, k, n, dims, a: [0], b: [0], transA, transB };
  }
  return { m, k, n, dims, a: matrices(x, batch, count), b: matrices(y, batch, count), transA, transB };
}

// For each index of `batch`, in row-major order, the number of the matrix of `own` that broadcasts there.
function matrices(own: readonly number[], batch: readonly number[], count: number): number[] {
  let numbers = count === 0 ? [] : [0];
  if (count > 0) own.forEach((d, i) => { numbers = numbers.flatMap((v) => Array.from({ length: batch[i] }, (_, j) => v * d + (d === 1 ? 0 : j))); });
  return numbers;
}

/** Bytes of scratch that `run` takes. */
export function productScratch(wasm: WasmRuntime, p: Product, a: Tensor, b: Tensor, packed: number | undefined): number {
  return wasm.outside(a) + (p.transA ? align(4 * p.m * p.k) : 0) + (packed === undefined ? wasm.outside(b) + packedBytes(p.k, p.n) : 0) + multiplyScratch(wasm);
}

/** y = a * b, all matrices. `packed` stands in for a constant b. */
export function run(wasm: WasmRuntime, p: Product, a: Tensor, b: Tensor, packed: number | undefined, y: number): void {
  const { m, k, n, transA, transB } = p;
  if (m === 0 || n === 0) return;
  const left = wasm.input(a);
  const turned = transA ? wasm.scratch(4 * m * k) : 0;
  const right = packed === undefined ? wasm.input(b) : 0;
  const panels = packed ?? wasm.scratch(packedBytes(k, n));
  let leftNow = -1, rightNow = -1;
  for (let i = 0; i < p.a.length; i++) {
    const from = left + 4 * p.a[i] * m * k;
    if (transA && p.a[i] !== leftNow) wasm.kernels.simd.f32_transpose(from, m, k, m, turned);
    if (packed === undefined && p.b[i] !== rightNow) pack(wasm, right + 4 * p.b[i] * k * n, k, n, transB, panels);
    [leftNow, rightNow] = [p.a[i], p.b[i]];
    multiply(wasm, transA ? turned : from, panels, y + 4 * i * m * n, m, n, k);
  }
}
