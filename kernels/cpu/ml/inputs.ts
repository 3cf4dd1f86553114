/** What the operators of ai.onnx.ml share: rows of numbers, attributes with all their bits, labels. */
import { fail } from '../../../src/errors.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { emitRaw } from '../support/index.ts';

/** Elements as plain numbers; 64-bit integers are rounded to doubles. */
export function numbersOf(x: Tensor): ArrayLike<number> {
  return x.data instanceof BigInt64Array || x.data instanceof BigUint64Array ? Float64Array.from(x.data, Number) : unpack(x);
}

/** [N, C], or [C] as a single row. */
export function rowsOf(x: Tensor): { readonly rows: number; readonly width: number } {
  if (x.dims.length === 1) return { rows: 1, width: x.dims[0] };
  if (x.dims.length !== 2) fail('E_SHAPE', 'the input must be [N, C] or [C]', { found: describeShape(x.dims) });
  return { rows: x.dims[0], width: x.dims[1] };
}

/** A list of integers with all 64 bits; empty when not given. */
export function bigInts({ node }: PlacedNode, name: string): readonly bigint[] {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value : [];
}

export function bigInt({ node }: PlacedNode, name: string, otherwise: bigint): bigint {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? attribute.value : otherwise;
}

export const floatsOf = ({ attrs }: PlacedNode, name: string): readonly number[] => (attrs.has(name) ? attrs.floats(name) : []);
export const intsOf = ({ attrs }: PlacedNode, name: string): readonly number[] => (attrs.has(name) ? attrs.ints(name) : []);
export const stringsOf = ({ attrs }: PlacedNode, name: string): readonly string[] => (attrs.has(name) ? attrs.strings(name) : []);

/** Class labels, all integers or all strings. */
export type Labels = readonly bigint[] | readonly string[];

/** The labels of a classifier; empty when it has none. */
export function labelsOf(placed: PlacedNode, ints: string, strings: string): Labels {
  const texts = stringsOf(placed, strings);
  return texts.length > 0 ? texts : bigInts(placed, ints);
}

/** Output `index` [N] of labels. */
export function emitLabels(ctx: KernelContext, index: number, labels: readonly (bigint | string)[], like: Labels): Tensor {
  return typeof like[0] === 'string'
    ? emitRaw(ctx, index, 'string', labels as readonly string[], [labels.length])
    : emitRaw(ctx, index, 'int64', labels as readonly bigint[], [labels.length]);
}
