/** Two's complement arithmetic: ranges and wrapping of the integer types. */

/** Smallest and largest value of an integer type. 64-bit ranges are given as rounded doubles. */
export function integerRange(dtype: string): readonly [number, number] {
  const range = RANGES[dtype];
  if (range === undefined) throw new RangeError(`${dtype} is not an integer type`);
  return range;
}

const RANGES: Record<string, readonly [number, number]> = {
  uint2: [0, 3], int2: [-2, 1], uint4: [0, 15], int4: [-8, 7], uint8: [0, 255], int8: [-128, 127],
  uint16: [0, 65535], int16: [-32768, 32767], uint32: [0, 4294967295], int32: [-2147483648, 2147483647],
  uint64: [0, 2 ** 64], int64: [-(2 ** 63), 2 ** 63],
};
