/** Reductions of float32 over neighbouring axes. Sums run in double precision and are rounded once. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { toInts, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align } from '../runtime.ts';

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

function supports(node: PlacedNode): true | string {
  const axes = axesOf(node);
  return all(
    onlyTypes(node, 0, 'float32'), axes !== undefined || 'the axes are not known',
    (axes ?? []).every((a, i) => i === 0 || a === axes![i - 1] + 1) || 'the axes are not neighbours',
  );
}

const reduction = (op: OpContract, micro: Micro): WasmAdapter => adapt(op, supports, (node, wasm) => {
  const axes = axesOf(node)!;
  const keepdims = node.attrs.int('keepdims') !== 0;
  return ([x]: [Tensor, Tensor?], ctx) => {
    const size = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);
    const first = axes[0] ?? x.dims.length, end = first + axes.length;
    const [outer, length, inner] = [x.dims.slice(0, first), x.dims.slice(first, end), x.dims.slice(end)];
    const dims = [...outer, ...(keepdims ? length.map(() => 1) : []), ...inner];
    wasm.begin(wasm.outside(x) + align(4 * size(dims)));
    const y = wasm.output(ctx, 0, 'float32', dims);
    const from = wasm.input(x);
    if (size(dims) > 0) micro(wasm.kernels.simd, from, y.ptr, size(outer), size(length), size(inner));
    return [y.done()];
  };
});

export const reduceSum = reduction(contracts.reduceSum, (simd, x, y, outer, length, inner) => simd.reduce_sum(x, y, outer, length, inner, 1));
export const reduceMean = reduction(contracts.reduceMean, (simd, x, y, outer, length, inner) => simd.reduce_sum(x, y, outer, length, inner, length));
export const reduceL1 = reduction(contracts.reduceL1, (simd, x, y, outer, length, inner) => simd.reduce_abs(x, y, outer, length, inner));
export const reduceSumSquare = reduction(contracts.reduceSumSquare, (simd, x, y, outer, length, inner) => simd.reduce_squares(x, y, outer, length, inner, 0));
export const reduceL2 = reduction(contracts.reduceL2, (simd, x, y, outer, length, inner) => simd.reduce_squares(x, y, outer, length, inner, 1));
export const reduceMax = reduction(contracts.reduceMax, (simd, x, y, outer, length, inner) => simd.reduce_max(x, y, outer, length, inner));
export const reduceMin = reduction(contracts.reduceMin, (simd, x, y, outer, length, inner) => simd.reduce_min(x, y, outer, length, inner));
