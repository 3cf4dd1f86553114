/** Strided copies of whole tensors within linear memory. */
import { dtypeInfo, sizeOf, type DType } from '../../../src/tensor/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { WasmRuntime } from '../runtime.ts';

/** Bytes of scratch that `copyStrided` takes. */
export const COPY_SCRATCH = 1024;
const MAX_AXES = COPY_SCRATCH / 16;

/** Bytes of an element that can be moved: 1, 2, 4 or 8. */
export const widthOf = (type: DType): number => dtypeInfo(type).bits / 8;

/** The refusal of elements that are not whole bytes, or strings. */
export function movable(node: PlacedNode, index = 0): true | string {
  const type = node.inputType(index);
  if (type === undefined) return `the type of input ${index} is not known`;
  return [1, 2, 4, 8].includes(widthOf(type)) && type !== 'string' ? true : `${type} elements`;
}

interface Axis {
  length: number;
  to: number;
  from: number;
}

/** Copies elements of `width` bytes over `dims`; strides count elements. */
export function copyStrided(
  wasm: WasmRuntime, width: number, dims: readonly number[], to: number, toStrides: readonly number[], from: number, fromStrides: readonly number[],
): void {
  if (sizeOf(dims) === 0) return;
  const axes = arrange(dims, toStrides, fromStrides);
  const table = wasm.scratch(16 * axes.length);
  const words = wasm.view(Int32Array, table, 4 * axes.length);
  axes.forEach((a, i) => words.set([a.length, a.to * width, a.from * width], 3 * i));
  words.fill(0, 3 * axes.length);
  wasm.kernels.simd.copy_strided(from, to, width, table, axes.length);
  wasm.unscratch(table);
}

/** At least two axes: neighbours that both sides step through evenly are one, and the source's own innermost axis comes next to last. */
function arrange(dims: readonly number[], toStrides: readonly number[], fromStrides: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  dims.forEach((length, i) => {
    if (length === 1) return;
    const [to, from] = [toStrides[i], fromStrides[i]];
    const outer = axes.at(-1);
    if (outer !== undefined && outer.to === to * length && outer.from === from * length) Object.assign(outer, { length: outer.length * length, to, from });
    else axes.push({ length, to, from });
  });
  const own = axes.findIndex((a) => a.from === 1);
  if (own >= 0 && own < axes.length - 2) axes.splice(-1, 0, ...axes.splice(own, 1));
  while (axes.length < 2) axes.unshift({ length: 1, to: 0, from: 0 });
  return axes;
}

/** Ranks that `copyStrided` takes. */
export const rankFits = (rank: number | undefined): true | string => rank === undefined || rank <= MAX_AXES || `rank ${rank}`;
