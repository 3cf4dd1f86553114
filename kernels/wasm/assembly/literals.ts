// Vectors that hot loops use, in memory: V8 builds a literal vector anew at every use, in three instructions, while a loaded one stays
// in its register. Not an export of the module.

/** Bytes of 15. */
export const NIBBLES: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15], 16);
/** int16 of 15. */
export const NIBBLES16: usize = memory.data<u16>([15, 15, 15, 15, 15, 15, 15, 15], 16);
/** int16 of 255. */
export const BYTES16: usize = memory.data<u16>([255, 255, 255, 255, 255, 255, 255, 255], 16);
/** int16 of 1. */
export const ONES16: usize = memory.data<u16>([1, 1, 1, 1, 1, 1, 1, 1], 16);
