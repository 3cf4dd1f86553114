/** Functions in WGSL that several kernels use. Unused ones cost nothing once compiled. */

/** Number of this workgroup when counts were folded (`fold`), with `wid` = workgroup_id and `nwg` = num_workgroups. */
export const FLAT = 'fn flat(wid: vec3<u32>, nwg: vec3<u32>) -> u32 { return wid.y * nwg.x + wid.x; }';

/** `fn NAME(x: f32) -> u32`: float16 bits, rounded half to even. WGSL leaves the rounding of its own conversion to the device. */
export const halfEncoder = (name: string): string => `
fn ${name}(x: f32) -> u32 {
  let b = bitcast<u32>(x);
  let sign = (b >> 16u) & 0x8000u;
  let a = b & 0x7fffffffu;
  if (a > 0x7f800000u) { return sign | 0x7e00u; }
  if (a >= 0x477ff000u) { return sign | 0x7c00u; } // from 65520 on
  if (a >= 0x38800000u) { return sign | ((a - 0x38000000u + 0xfffu + ((a >> 13u) & 1u)) >> 13u); }
  if (a < 0x33000000u) { return sign; }
  let shift = 126u - (a >> 23u); // 14..24 bits fall off
  let m = (a & 0x7fffffu) | 0x800000u;
  let kept = m >> shift;
  let half = 1u << (shift - 1u);
  let lost = m & ((1u << shift) - 1u);
  return sign | (kept + select(0u, 1u, lost > half || (lost == half && (kept & 1u) == 1u)));
}`;

/** float16 bits and float32, exactly: WGSL leaves the rounding of its own conversions and subnormals to the device. */
export const HALF = `
fn half_to_float(h: u32) -> f32 {
  let sign = (h & 0x8000u) << 16u;
  let rest = h & 0x7fffu;
  if (rest >= 0x7c00u) { return bitcast<f32>(sign | 0x7f800000u | ((rest & 0x3ffu) << 13u)); }
  if (rest >= 0x400u) { return bitcast<f32>(sign | ((rest << 13u) + 0x38000000u)); }
  return bitcast<f32>(bitcast<u32>(f32(rest) * 5.9604644775390625e-8) | sign); // subnormal: rest * 2^-24
}
${halfEncoder('float_to_half')}`;

/**
 * The correctly rounded quotient of two floats by integer division of the mantissas: WGSL's own division may be off by 2.5 steps, which
 * would move quantized values at ties. Special values follow IEEE 754.
 */
export const DIVIDE = `
fn divide(x: f32, y: f32) -> f32 {
  let bx = bitcast<u32>(x); let by = bitcast<u32>(y);
  let sign = (bx ^ by) & 0x80000000u;
  let ax = bx & 0x7fffffffu; let ay = by & 0x7fffffffu;
  if (ax > 0x7f800000u || ay > 0x7f800000u) { return bitcast<f32>(0x7fc00000u | sign); }
  if (ax == 0x7f800000u) { return bitcast<f32>(select(sign | 0x7f800000u, 0x7fc00000u, ay == 0x7f800000u)); }
  if (ay == 0x7f800000u) { return bitcast<f32>(sign); }
  if (ay == 0u) { return bitcast<f32>(select(sign | 0x7f800000u, 0x7fc00000u, ax == 0u)); }
  if (ax == 0u) { return bitcast<f32>(sign); }
  // mantissas in [2^23, 2^24), whatever was subnormal normalized
  var ex = i32(ax >> 23u); var mx = ax & 0x7fffffu;
  if (ex == 0) { let up = countLeadingZeros(mx) - 8u; mx <<= up; ex = 1 - i32(up); } else { mx |= 0x800000u; }
  var ey = i32(ay >> 23u); var my = ay & 0x7fffffu;
  if (ey == 0) { let up = countLeadingZeros(my) - 8u; my <<= up; ey = 1 - i32(up); } else { my |= 0x800000u; }
  var e = ex - ey + 127;
  if (mx < my) { mx <<= 1u; e -= 1; }
  var r = mx - my; var q = 1u;
  for (var k = 0; k < 3; k++) { // eight bits a turn
    let t = r << 8u; let d = t / my;
    q = (q << 8u) | d; r = t - d * my;
  }
  // q has 25 bits: 24 of the mantissa and one to round by, r tells whether more follows
  var drop = 1u;
  if (e <= 0) { drop = min(u32(2 - e), 26u); e = 0; }
  let kept = q >> drop;
  let half = 1u << (drop - 1u);
  let lost = q & ((1u << drop) - 1u);
  let up = lost > half || (lost == half && (r != 0u || (kept & 1u) == 1u));
  let m = kept + select(0u, 1u, up);
  if (e == 0) { return bitcast<f32>(sign | m); }
  let bits = (u32(e - 1) << 23u) + m; // a carry raises the exponent
  return bitcast<f32>(sign | min(bits, 0x7f800000u));
}`;

/** `is_nan`, which a compiler that assumes finite values may not fold away. */
export const NAN = 'fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }';
