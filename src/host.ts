/** True in Node. The build of the browser bundles sets it to false, and what only Node can do falls away. */
export const isNode: boolean = typeof process !== 'undefined' && process.versions?.node !== undefined;

/** What is used of Node's Buffer. */
interface NodeBuffer {
  allocUnsafeSlow(size: number): Uint8Array<ArrayBuffer>;
}
const node = isNode ? (globalThis as { Buffer?: NodeBuffer }).Buffer : undefined;

/** New memory whose content is undefined: for what is written whole. Zeros where the host gives no other; zeroing takes as long as a copy. */
export function newMemory(byteLength: number): ArrayBuffer {
  return node === undefined || byteLength < 4096 || byteLength > 2 ** 30 ? new ArrayBuffer(byteLength) : node.allocUnsafeSlow(byteLength).buffer;
}
