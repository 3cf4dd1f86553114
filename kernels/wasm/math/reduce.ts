/**
 * Reductions of float32, and sums of int64. Float sums run in double precision and are rounded once. Axes that are not neighbours are
 * brought together first.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, stridesOf, toInts, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align } from '../runtime.ts';
import { copyStrided, COPY_SCRATCH, rankFits, widthOf } from '../shape/strided.ts';

/** x seen as [outer, length, inner], reduced over `length`. */
type Micro = (simd: Kernels['simd'], x: number, y: number, outer: number, length: number, inner: number) => void;

/** The axes that are known to be reduced, counted from the front, in order: undefined where they are not known. */
function axesOf({ attrs, version, node, constant, inputShape }: PlacedNode): readonly number[] | undefined {
  const rank = inputShape(0)?.length;
  if (rank === undefined) return undefined;
  const asInput = version.inputs.length > 1;
  const given = asInput && node.inputs[1] !== undefined ? constant(1) : undefined;
  if (asInput && node.inputs[1] !== undefined && given === undefined) return undefined;
  const list = asInput ? given && toInts(given) : attrs.has('axes') ? attrs.ints('axes') : undefined;
  if (list !== undefined && list.length > 0) {
    const front = [...new Set(list.map((a) => (a < 0 ? a + rank : a)))].sort((a, b) => a - b);
    return front.every((a) => a >= 0 && a < rank) ? front : undefined;
  }
  return asInput && attrs.int('noop_with_empty_axes') !== 0 ? [] : Array.from({ length: rank }, (_, i) => i);
}

function supports(node: PlacedNode, types: readonly DType[]): true | string {
  return all(onlyTypes(node, 0, ...types), axesOf(node) !== undefined || 'the axes are not known', rankFits(node.inputShape(0)?.length));
}

const reduction = (op: OpContract, float: Micro, long?: Micro): WasmAdapter => alsoHalf(adapt(op, (node) => supports(node, long === undefined ? ['float32'] : ['float32', 'int64']), (node, wasm) => {
  const axes = axesOf(node)!;
  const keepdims = node.attrs.int('keepdims') !== 0;
  const areNeighbours = axes.every((a, i) => i === 0 || a === axes[i - 1] + 1);
  return ([x]: [Tensor, Tensor?], ctx) => {
    const { type } = x, micro = type === 'int64' ? long! : float, width = widthOf(type);
    const isReduced = (_: number, i: number): boolean => axes.includes(i);
    const dims = keepdims ? x.dims.map((d, i) => (axes.includes(i) ? 1 : d)) : x.dims.filter((d, i) => !isReduced(d, i));
    const size = sizeOf(dims), length = sizeOf(x.dims.filter(isReduced));
    wasm.begin(wasm.outside(x) + align(width * size) + (areNeighbours ? 0 : align(width * x.size) + COPY_SCRATCH));
    const y = wasm.output(ctx, 0, type, dims);
    const from = wasm.input(x);
    if (size === 0) return [y.done()];
    if (areNeighbours) {
      const inner = sizeOf(x.dims.slice((axes.at(-1) ?? x.dims.length) + 1));
      micro(wasm.kernels.simd, from, y.ptr, size / inner, length, inner);
    } else {
      const turned = wasm.scratch(width * x.size);
      const order = [...x.dims.keys()].sort((a, b) => Number(axes.includes(a)) - Number(axes.includes(b)) || a - b);
      const turnedDims = order.map((a) => x.dims[a]), strides = stridesOf(x.dims);
      copyStrided(wasm, width, turnedDims, turned, stridesOf(turnedDims), from, order.map((a) => strides[a]));
      micro(wasm.kernels.simd, turned, y.ptr, size, length, 1);
    }
    return [y.done()];
  };
}));

export const reduceSum = reduction(
  contracts.reduceSum, (simd, x, y, outer, length, inner) => simd.reduce_sum(x, y, outer, length, inner, 1), (simd, ...args) => simd.i64_reduce_sum(...args),
);
export const reduceMean = reduction(contracts.reduceMean, (simd, x, y, outer, length, inner) => simd.reduce_sum(x, y, outer, length, inner, length));
export const reduceL1 = reduction(contracts.reduceL1, (simd, x, y, outer, length, inner) => simd.reduce_abs(x, y, outer, length, inner));
export const reduceSumSquare = reduction(contracts.reduceSumSquare, (simd, x, y, outer, length, inner) => simd.reduce_squares(x, y, outer, length, inner, 0));
export const reduceL2 = reduction(contracts.reduceL2, (simd, x, y, outer, length, inner) => simd.reduce_squares(x, y, outer, length, inner, 1));
export const reduceMax = reduction(contracts.reduceMax, (simd, x, y, outer, length, inner) => simd.reduce_max(x, y, outer, length, inner));
export const reduceMin = reduction(contracts.reduceMin, (simd, x, y, outer, length, inner) => simd.reduce_min(x, y, outer, length, inner));
