/**
 * Floats to integers: towards zero. Beyond the type's range ONNX defines nothing; these give what the x86 conversion
 * instructions give, as onnxruntime does: the lowest integer, and for unsigned types the wrapped result.
 */

/** `x` as int32; out of range and NaN give -2^31. */
export function truncateToInt32(x: number): number {
  return x > -2147483649 && x < 2147483648 ? x | 0 : -2147483648;
}

/** `x` as uint32: as int32 below 2^31, shifted down by 2^31 and back above. */
export function truncateToUint32(x: number): number {
  return (x >= 2147483648 ? truncateToInt32(x - 2147483648) ^ -2147483648 : truncateToInt32(x)) >>> 0;
}

const INT64_MIN = -(2n ** 63n);

/** `x` as int64; out of range and NaN give -2^63. */
export function truncateToInt64(x: number): bigint {
  return x >= -(2 ** 63) && x < 2 ** 63 ? BigInt(Math.trunc(x)) : INT64_MIN;
}

/** `x` as uint64: as int64 below 2^63, shifted down by 2^63 and back above. */
export function truncateToUint64(x: number): bigint {
  return BigInt.asUintN(64, x >= 2 ** 63 ? truncateToInt64(x - 2 ** 63) ^ INT64_MIN : truncateToInt64(x));
}

/** The double that `v` rounds to on its way to float32: exact up to 2^53, above with the bits lost kept as one sticky bit. */
export function longToDouble(v: bigint): number {
  const x = Number(v);
  if (x >= -(2 ** 53) && x <= 2 ** 53) return x;
  // 53 bits of a 64-bit integer start at bit 11: a 1 there stands for anything below it
  const low = v & 0x7ffn;
  return Number(low === 0n ? v : (v - low) | 0x800n);
}
