/** Tensors that the caller gives for results to be written into. */
import { fail } from '../errors.ts';
import type { Edge } from '../graph/index.ts';
import { findOp } from '../ops/index.ts';
import { describeType, fitsShape, Tensor, typeOf, type DeviceBuffer, type DType, type TypedArray, type Value } from '../tensor/index.ts';

/** Checks what is known before a run: that the tensor has memory on the host, and fits the type that the model declares. */
export function checkPreallocated(name: string, edge: Edge, own: unknown): Tensor {
  const wrong = (found: string): never => misfit(name, edge, describeType(edge.type), found);
  if (!(own instanceof Tensor)) return wrong(`${typeof own} (not a Tensor of this library)`);
  if (own.location !== 'cpu') wrong(own.location === 'none' ? 'a disposed tensor' : `a tensor on a device (${own.location})`);
  const { type } = edge;
  if (type === undefined) return own;
  if (type.kind !== 'tensor' || type.dtype !== own.type) return wrong(describeType(typeOf(own)));
  if (!fitsShape(own.dims, type.shape)) wrong(describeType(typeOf(own)));
  return own;
}

/** Checks the tensor against the result itself. */
export function checkFits(name: string, edge: Edge | undefined, own: Tensor, dtype: DType, dims: readonly number[]): void {
  if (own.type !== dtype || !fitsShape(own.dims, dims)) misfit(name, edge, describeType({ kind: 'tensor', dtype, shape: dims }), describeType(typeOf(own)));
}

/** Refuses memory that two results would be written into. */
export function checkApart(owns: ReadonlyMap<string, Tensor>): void {
  const taken: (readonly [name: string, own: Tensor])[] = [];
  for (const [name, own] of owns) {
    const other = taken.find(([, tensor]) => overlap(own, tensor));
    if (other !== undefined) {
      fail('E_INPUT', 'the tensor given for an output shares memory', {
        arg: { kind: 'fetch', name }, expected: 'memory of its own', found: `that of the fetch ${JSON.stringify(other[0])}`,
      });
    }
    taken.push([name, own]);
  }
}

/**
 * True when the kernel that makes `edge` may write to `own` while others run. It may not where a feed lies there, which they still read:
 * such results are copied when all are there. A cache that its only reader extends is the exception.
 */
export function mayHold(own: Tensor, edge: Edge, feeds: readonly (readonly [edge: Edge, value: Value | undefined])[]): boolean {
  const node = edge.producer;
  if (node === undefined) return false;
  for (const [feed, value] of feeds) {
    if (!(value instanceof Tensor) || value.location !== 'cpu' || !overlap(own, value)) continue;
    const at = findOp(node.domain, node.opType)?.extends[node.outputs.indexOf(edge)];
    if (!(node.inputs.every((input, i) => (input === feed) === (i === at)) && feed.users.size === 1 && !feed.isOutput && isSame(own, value))) return false;
  }
  return true;
}

/** Writes a result that lies elsewhere into the caller's tensor. A promise where it comes from a device. */
export function writeInto(name: string, edge: Edge | undefined, own: Tensor, value: Value): Promise<void> | undefined {
  if (value === own) return undefined;
  if (!(value instanceof Tensor)) return misfit(name, edge, value.kind, describeType(typeOf(own)));
  checkFits(name, edge, own, value.type, value.dims);
  if (value.location === 'gpu-buffer') return download(value.deviceBuffer!, own.data as Float32Array);
  copyElements(value, own);
  return undefined;
}

async function download(from: DeviceBuffer, into: Float32Array): Promise<void> {
  const data = await from.download(into);
  if (data !== into) into.set(data as Float32Array);
}

/** Copies elements between tensors of one type and size. */
export function copyElements(from: Tensor, to: Tensor): void {
  if (to.data === from.data) return;
  if (Array.isArray(to.data)) for (let i = 0; i < to.data.length; i++) to.data[i] = (from.data as string[])[i];
  else (to.data as Float32Array).set(from.data as Float32Array);
}

function overlap(a: Tensor, b: Tensor): boolean {
  const x = a.data, y = b.data;
  if (Array.isArray(x) || Array.isArray(y)) return x === y;
  return x.buffer === y.buffer && x.byteOffset < y.byteOffset + y.byteLength && y.byteOffset < x.byteOffset + x.byteLength;
}

function isSame(a: Tensor, b: Tensor): boolean {
  const x = a.data as TypedArray, y = b.data as TypedArray;
  return x.byteOffset === y.byteOffset && x.byteLength === y.byteLength;
}

function misfit(name: string, edge: Edge | undefined, expected: string, found: string): never {
  fail('E_INPUT', 'the tensor given for an output does not fit', { node: edge?.producer?.ref, arg: { kind: 'fetch', name }, expected, found });
}
