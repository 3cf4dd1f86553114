// 8-bit codes through tables of 256 entries, and means of codes.

/** y = table[x] for n codes; the table has a byte for each. */
export function lookup_8(x: usize, table: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const p = x + <usize>i, q = y + <usize>i;
    store<u8>(q, load<u8>(table + <usize>load<u8>(p)));
    store<u8>(q, load<u8>(table + <usize>load<u8>(p, 1)), 1);
    store<u8>(q, load<u8>(table + <usize>load<u8>(p, 2)), 2);
    store<u8>(q, load<u8>(table + <usize>load<u8>(p, 3)), 3);
  }
  for (; i < n; i++) store<u8>(y + <usize>i, load<u8>(table + <usize>load<u8>(x + <usize>i)));
}

/**
 * y = saturate(rint(e * steps / sum(e)) + zero) with e = table[max - x], over rows of `length` codes that lie `inner` apart: x, y
 * [outer][length][inner]. The sum runs in order, in float32. `flip` is 0x80 for u8 and 0 for s8; `codes` takes 256 bytes.
 */
export function softmax_8(
  x: usize, flip: i32, table: usize, steps: f32, zero: i32, low: i32, high: i32, y: usize, outer: i32, length: i32, inner: i32, codes: usize,
): void {
  const step = <usize>inner, s = f32x4.splat(steps);
  const lo = f32x4.splat(<f32>(low - zero)), hi = f32x4.splat(<f32>(high - zero));
  for (let row: i32 = 0; row < outer * inner; row++) {
    const at = <usize>(row / inner) * <usize>length * step + <usize>(row % inner);
    let p = x + at;
    let most: i32 = -128, least: i32 = 127;
    for (let k: i32 = 0; k < length; k++) {
      const code = <i32><i8>(load<u8>(p) ^ <u8>flip);
      most = max(most, code);
      least = min(least, code);
      p += step;
    }
    p = x + at;
    let sum: f32 = 0;
    for (let k: i32 = 0; k < length; k++) {
      sum += load<f32>(table + (<usize>(most - <i32><i8>(load<u8>(p) ^ <u8>flip)) << 2));
      p += step;
    }
    // The result depends on max - x alone.
    const total = f32x4.splat(sum);
    for (let d: i32 = 0; d <= most - least; d += 4) {
      const v = f32x4.div(f32x4.mul(v128.load(table + (<usize>d << 2)), s), total);
      const q = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.pmin(hi, f32x4.pmax(lo, v)))), i32x4.splat(zero));
      const h = i16x8.narrow_i32x4_s(v128.and(q, i32x4.splat(255)), q);
      v128.store32_lane(codes + <usize>d, i8x16.narrow_i16x8_u(h, h), 0);
    }
    p = x + at;
    let to = y + at;
    for (let k: i32 = 0; k < length; k++) {
      store<u8>(to, load<u8>(codes + <usize>(most - <i32><i8>(load<u8>(p) ^ <u8>flip))));
      p += step;
      to += step;
    }
  }
}

// Sums of 2^22 codes stay within 32 bits.
const CHUNK: i32 = 1 << 22;

// saturate(rint(float32(sum) * multiplier) + zero)
// @ts-ignore: decorator
@inline
function requantized(sum: f64, multiplier: f32, zero: i32, low: i32, high: i32): u8 {
  const v = nearest(<f32>sum * multiplier);
  const lo = <f32>(low - zero), hi = <f32>(high - zero);
  return <u8>(<i32>(v > lo ? (v < hi ? v : hi) : lo) + zero);
}

// Sum of n neighbouring codes.
// @ts-ignore: decorator
@inline
function sumOf(x: usize, flip: v128, n: i32): i64 {
  let total: i64 = 0;
  while (n > 0) {
    const count = min(n, CHUNK);
    let acc = i32x4.splat(0);
    let i: i32 = 0;
    for (; i + 16 <= count; i += 16) {
      acc = i32x4.add(acc, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.xor(v128.load(x + <usize>i), flip))));
    }
    for (; i < count; i++) acc = i32x4.add(acc, i32x4.replace_lane(i32x4.splat(0), 0, <i32>i8x16.extract_lane_s(v128.xor(v128.load8_splat(x + <usize>i), flip), 0)));
    total += <i64>(i32x4.extract_lane(acc, 0) + i32x4.extract_lane(acc, 1) + i32x4.extract_lane(acc, 2) + i32x4.extract_lane(acc, 3));
    x += <usize>count;
    n -= count;
  }
  return total;
}

/**
 * y [outer][inner] = saturate(rint(float32(sum of (x - zero)) * multiplier) + outZero) over `length` of x [outer][length][inner]. `flip` is
 * 0x80 for u8 and 0 for s8, `zero` moved alike.
 */
export function mean_8(
  x: usize, outer: i32, length: i32, inner: i32, flip: i32, zero: i32, multiplier: f32, outZero: i32, low: i32, high: i32, y: usize,
): void {
  const f = i8x16.splat(<i8>flip);
  const offset = <f64>zero * <f64>length;
  for (let o: i32 = 0; o < outer; o++) {
    if (inner == 1) store<u8>(y, requantized(<f64>sumOf(x, f, length) - offset, multiplier, outZero, low, high));
    else {
      for (let j: i32 = 0; j < inner; j += 4) {
        const wide = j + 4 <= inner;
        let a = f64x2.splat(0), b = a, p = x + <usize>j;
        for (let k: i32 = 0; k < length; k++) {
          const codes = v128.xor(wide ? v128.load32_zero(p) : v128.load8_splat(p), f);
          const v = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(codes));
          a = f64x2.add(a, f64x2.convert_low_i32x4_s(v));
          b = f64x2.add(b, f64x2.convert_low_i32x4_s(v128.shuffle<i64>(v, v, 1, 1)));
          p += <usize>inner;
        }
        const to = y + <usize>j;
        store<u8>(to, requantized(f64x2.extract_lane(a, 0) - offset, multiplier, outZero, low, high));
        if (wide) {
          store<u8>(to, requantized(f64x2.extract_lane(a, 1) - offset, multiplier, outZero, low, high), 1);
          store<u8>(to, requantized(f64x2.extract_lane(b, 0) - offset, multiplier, outZero, low, high), 2);
          store<u8>(to, requantized(f64x2.extract_lane(b, 1) - offset, multiplier, outZero, low, high), 3);
        } else j -= 3; // the last columns one by one
      }
    }
    x += <usize>length * <usize>inner;
    y += <usize>inner;
  }
}

/** y = saturate(rint(sum / count / scale + zero)) for n sums and counts of float32; nothing of nothing gives `low`. */
export function average_to_8(sums: usize, counts: usize, scale: f32, zero: i32, low: i32, high: i32, y: usize, n: i32): void {
  const s = f32x4.splat(scale), z = f32x4.splat(<f32>zero), lo = f32x4.splat(<f32>low), hi = f32x4.splat(<f32>high);
  for (let i: i32 = 0; i < n;) {
    const o = <usize>i << 2, wide = i + 4 <= n;
    const sum = wide ? v128.load(sums + o) : v128.load32_splat(sums + o), count = wide ? v128.load(counts + o) : v128.load32_splat(counts + o);
    const v = f32x4.add(f32x4.div(f32x4.div(sum, count), s), z);
    const q = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.pmin(hi, f32x4.pmax(lo, v))));
    if (wide) {
      const h = i16x8.narrow_i32x4_s(v128.and(q, i32x4.splat(255)), q);
      v128.store32_lane(y + <usize>i, i8x16.narrow_i16x8_u(h, h), 0);
      i += 4;
    } else {
      store<u8>(y + <usize>i, <u8>i32x4.extract_lane(q, 0));
      i++;
    }
  }
}
