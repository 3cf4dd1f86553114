/** Tables that depend on parameters read on the host: made again only when those change. */
import type { TypedArray } from '../../../src/tensor/index.ts';
import type { Block } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';

/** Gives the block of `make()`, kept as long as `key` stays the same. */
export type Table = (key: string, make: () => TypedArray) => Block;

export function keptTable(gpu: WebgpuSession): Table {
  let key: string | undefined;
  let block: Block | undefined;
  return (wanted, make) => {
    if (block === undefined || key !== wanted) {
      if (block !== undefined) gpu.memory.forget(block);
      block = gpu.memory.keep(make());
      key = wanted;
    }
    return block;
  };
}

/** A table of 256 codes as bytes: entry `code & 255`. */
export const asBytes = (table: Int16Array): Uint8Array => Uint8Array.from(table, (v) => v & 255);
