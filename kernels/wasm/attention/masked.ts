/** The masks and biases of com.microsoft's attention operators, as rows that are added to the scores. */
import { fail } from '../../../src/errors.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import type { WasmRuntime } from '../runtime.ts';
import { biasAt, type AttentionShape } from './attend.ts';

/** A mask [B] of key lengths, [B, T] or [B, S, T] in which 0 hides, or a bias [.., S, T]; not both. */
export function maskFits(node: PlacedNode, mask: number, bias: number): true | string {
  const { inputs } = node.node;
  if (inputs[mask] !== undefined && inputs[bias] !== undefined) return 'a mask and a bias';
  const dims = node.inputShape(inputs[mask] !== undefined ? mask : bias);
  if (inputs[bias] !== undefined) return (dims !== undefined && dims.length <= 4 && dims.length > 0 && dims.at(-1) !== 1) || 'the bias is not known to have rows';
  if (inputs[mask] === undefined) return true;
  const batch = node.inputShape(0)?.[0];
  if (dims?.length === 1) return (batch !== undefined && dims[0] === batch) || 'the mask is not known to be one length a sample';
  return dims?.length === 2 || dims?.length === 3 || 'the rank of the mask is not known to be 2 or 3';
}

/** Bytes of scratch that `addedRows` takes. */
export const addedBytes = (mask: Tensor | undefined, { batch, queries, keys }: AttentionShape): number =>
  (mask === undefined ? 0 : 4 * batch * keys * (mask.dims.length === 3 ? queries : 1) + 64);

export function addedRows(
  wasm: WasmRuntime, mask: Tensor | undefined, bias: Tensor | undefined, filter: number, shape: AttentionShape,
): ((b: number, n: number, s: number) => number) | undefined {
  const { batch, heads, queries, keys } = shape;
  if (bias !== undefined) {
    const wanted = [batch, heads, queries, keys].slice(4 - bias.dims.length);
    if (bias.dims.some((d, i) => d !== wanted[i] && (d !== 1 || i === bias.dims.length - 1))) {
      fail('E_SHAPE', 'a bias does not fit the scores', { expected: `broadcastable to [${wanted.join(', ')}]`, found: describeShape(bias.dims) });
    }
    return biasAt(bias.dims, wasm.input(bias));
  }
  if (mask === undefined) return undefined;
  const m = mask.data as Int32Array;
  const lengths = mask.dims.length === 1;
  const rows = mask.dims.length === 3 ? queries : 1;
  const wanted = lengths ? [batch] : rows === 1 && mask.dims.length === 2 ? [batch, keys] : [batch, queries, keys];
  if (mask.dims.some((d, i) => d !== wanted[i])) {
    fail('E_SHAPE', 'the mask does not fit the scores', { expected: describeShape(wanted), found: describeShape(mask.dims) });
  }
  const ptr = wasm.scratch(4 * batch * rows * keys);
  const to = wasm.view(Float32Array, ptr, batch * rows * keys);
  for (let i = 0; i < to.length; i++) to[i] = (lengths ? i % keys >= m[Math.floor(i / keys)] : m[i] <= 0) ? filter : 0;
  return (b, _, s) => ptr + 4 * keys * (rows === 1 ? b : b * rows + s);
}
