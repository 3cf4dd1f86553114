/** What is used of Node's Buffer. */
interface NodeBuffer {
  allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer>;
}

const node = (globalThis as { Buffer?: NodeBuffer }).Buffer;

/** A copy of bytes of a mapped range, in an array's memory or in memory of its own. In Node without zeroing that memory first, which takes as long as the copy. */
export function copyOut(mapped: ArrayBuffer, offset: number, length: number, into?: ArrayBufferView): ArrayBufferLike {
  if (into !== undefined) {
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(new Uint8Array(mapped, offset, into.byteLength));
    return into.buffer;
  }
  if (node?.allocUnsafeSlow === undefined || length < 4096) return mapped.slice(offset, offset + length);
  const copy = node.allocUnsafeSlow(length);
  copy.set(new Uint8Array(mapped, offset, length));
  return copy.buffer;
}
