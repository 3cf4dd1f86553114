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
/** Masks of a code of 2, 4 or 8 bits in 32. */
export const CODES2: usize = memory.data<u32>([3, 3, 3, 3], 16);
export const CODES4: usize = memory.data<u32>([15, 15, 15, 15], 16);
export const CODES8: usize = memory.data<u32>([255, 255, 255, 255], 16);
/** float32 2^23: with this exponent the lowest bit of a float is worth 1, so a code or-ed in adds its value. */
export const BASE: usize = memory.data<f32>([8388608, 8388608, 8388608, 8388608], 16);
/** int32 0, 1, 2, 3. */
export const COUNT: usize = memory.data<u32>([0, 1, 2, 3], 16);
/** float32 1.5 * 2^23: added to a small float, it rounds that half to even into the lowest bits, from which it is subtracted as an integer. */
export const ROUND: usize = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);
/** float32 infinity. */
export const INFINITE: usize = memory.data<u32>([0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000], 16);
