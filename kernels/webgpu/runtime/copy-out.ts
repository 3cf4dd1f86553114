/** What is used of Node's Buffer. */
interface NodeBuffer {
  allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer>;
}

const node = (globalThis as { Buffer?: NodeBuffer }).Buffer;

/** A copy of bytes of a mapped range in memory of its own. In Node without zeroing that memory first, which takes as long as the copy. */
export function copyOut(mapped: ArrayBuffer, offset: number, length: number): ArrayBuffer {
  if (node?.allocUnsafeSlow === undefined || length < 4096) return mapped.slice(offset, offset + length);
  const copy = node.allocUnsafeSlow(length);
  copy.set(new Uint8Array(mapped, offset, length));
  return copy.buffer;
}
