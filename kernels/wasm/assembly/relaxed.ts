// Kernels that need relaxed SIMD; instantiated beside the simd128 build where the engine validates them.

/** Value probe: lane 0 of i16x8.relaxed_dot_i8x16_i7x16_s for one pair; tells how out-of-range operands behave. */
export function probe_relaxed_dot(a: i32, b: i32): i32 {
  return i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(i8x16.splat(<i8>a), i8x16.splat(<i8>b)), 0);
}
export * from './nbits4-relaxed';
export * from './ceiling-relaxed';
