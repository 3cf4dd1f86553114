import { newMemory } from '../../../src/host.ts';

/** A copy of bytes of a mapped range, in an array's memory or in memory of its own. */
export function copyOut(mapped: ArrayBuffer, offset: number, length: number, into?: ArrayBufferView): ArrayBufferLike {
  const copy = into === undefined ? new Uint8Array(newMemory(length)) : new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  copy.set(new Uint8Array(mapped, offset, copy.byteLength));
  return copy.buffer;
}
