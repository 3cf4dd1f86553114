// 8-bit integer GEMM: C[m][n] = sum_k (a[m][k] - za) * (b[k][n] - zb[n]), modulo 2^32, for all four sign mixes.
//
// B is packed once, signed, in panels of 8 columns with pairs of k side by side:
//   b     [N/8][K/2][8][2] i8    columns in lanes; a u8 matrix is stored xor 0x80, its zero points moved by 128
//   colz  [N/8][8] i32           zero point of each column (after the move)
// A is packed for each call into strips of 4 rows, widened with its zero point removed, so that padding is a literal 0:
//   a     [M/4][K/2][4][2] i16
//   rows  [M] i32                sum of each packed row
// i32x4.dot_i16x8_s multiplies a pair of k and never saturates here: |a - za| <= 255, |b| <= 128.

/**
 * Packs `rows` (1 to 4) rows of A, stride `lda` bytes, as one strip; missing rows become 0. `flip` is 0x80 for u8 (so that bytes
 * read as signed), 0 for s8, and `zero` the zero point moved alike. Row sums go to `sums`.
 */
export function gemm8_pack_a(a: usize, lda: i32, rows: i32, k: i32, flip: i32, zero: i32, out: usize, sums: usize): void {
  const pairs = (k + 1) >> 1;
  const f = i8x16.splat(<i8>flip), z = i16x8.splat(<i16>zero);
  const ones = i16x8.splat(1);
  for (let r: i32 = 0; r < 4; r++) {
    const dst = out + (<usize>r << 2);
    if (r >= rows) {
      for (let i: i32 = 0; i < pairs; i++) store<i32>(dst + (<usize>i << 4), 0);
      store<i32>(sums + (<usize>r << 2), 0);
      continue;
    }
    const src = a + <usize>(r * lda);
    let sum = i32x4.splat(0);
    let i: i32 = 0;
    for (; i + 8 <= k; i += 8) {
      const v = i16x8.sub(i16x8.extend_low_i8x16_s(v128.xor(v128.load64_zero(src + <usize>i), f)), z);
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v, ones));
      const o = dst + (<usize>i << 3);
      v128.store32_lane(o, v, 0);
      v128.store32_lane(o, v, 1, 16);
      v128.store32_lane(o, v, 2, 32);
      v128.store32_lane(o, v, 3, 48);
    }
    let total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    for (; i < k; i++) {
      const v = <i32>load<i8>(src + <usize>i) ^ (flip ? -128 : 0);
      const x = <i32><i8>v - zero;
      total += x;
      store<i16>(dst + (<usize>(i >> 1) << 4) + (<usize>(i & 1) << 1), <i16>x);
    }
    if (k & 1) store<i16>(dst + (<usize>(pairs - 1) << 4) + 2, 0);
    store<i32>(sums + (<usize>r << 2), total);
  }
}

/** Packs one row of A for `gemm8_1x8`, its k side by side; else as `gemm8_pack_a` does. */
export function gemm8_pack_row(a: usize, k: i32, flip: i32, zero: i32, out: usize, sum: usize): void {
  const f = i8x16.splat(<i8>flip), z = i16x8.splat(<i16>zero), ones = i16x8.splat(1);
  let sums = i32x4.splat(0);
  let i: i32 = 0;
  for (; i + 8 <= k; i += 8) {
    const v = i16x8.sub(i16x8.extend_low_i8x16_s(v128.xor(v128.load64_zero(a + <usize>i), f)), z);
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(v, ones));
    v128.store(out + (<usize>i << 1), v);
  }
  let total = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  for (; i < k; i++) {
    const x = <i32><i8>(load<u8>(a + <usize>i) ^ <u8>flip) - zero;
    total += x;
    store<i16>(out + (<usize>i << 1), <i16>x);
  }
  if (k & 1) store<i16>(out + (<usize>k << 1), 0);
  store<i32>(sum, total);
}

// One k pair of 4 rows times 8 columns.
// @ts-ignore: decorator
@inline
function dot(acc: v128, a: usize, b: v128, offset: usize): v128 {
  return i32x4.add(acc, i32x4.dot_i16x8_s(v128.load32_splat(a + offset), b));
}

/**
 * One strip of 4 rows times `panels` panels of 8 columns: int32 results at `c` [4][ldc]. Writes all 4 rows and whole panels.
 */
export function gemm8_4x8(a: usize, rowSums: usize, b: usize, colz: usize, c: usize, ldc: i32, pairs: i32, panels: i32): void {
  const row = <usize>ldc << 2;
  for (let p: i32 = 0; p < panels; p++) {
    const z0 = v128.load(colz), z1 = v128.load(colz, 16);
    let s = v128.load32_splat(rowSums);
    let c00 = i32x4.neg(i32x4.mul(s, z0)), c01 = i32x4.neg(i32x4.mul(s, z1));
    s = v128.load32_splat(rowSums, 4);
    let c10 = i32x4.neg(i32x4.mul(s, z0)), c11 = i32x4.neg(i32x4.mul(s, z1));
    s = v128.load32_splat(rowSums, 8);
    let c20 = i32x4.neg(i32x4.mul(s, z0)), c21 = i32x4.neg(i32x4.mul(s, z1));
    s = v128.load32_splat(rowSums, 12);
    let c30 = i32x4.neg(i32x4.mul(s, z0)), c31 = i32x4.neg(i32x4.mul(s, z1));
    let ap = a;
    for (let i: i32 = 0; i < pairs; i++) {
      const b0 = v128.load_ext<i8>(b), b1 = v128.load_ext<i8>(b, 8);
      c00 = dot(c00, ap, b0, 0); c01 = dot(c01, ap, b1, 0);
      c10 = dot(c10, ap, b0, 4); c11 = dot(c11, ap, b1, 4);
      c20 = dot(c20, ap, b0, 8); c21 = dot(c21, ap, b1, 8);
      c30 = dot(c30, ap, b0, 12); c31 = dot(c31, ap, b1, 12);
      ap += 16;
      b += 16;
    }
    v128.store(c, c00); v128.store(c, c01, 16);
    v128.store(c + row, c10); v128.store(c + row, c11, 16);
    v128.store(c + 2 * row, c20); v128.store(c + 2 * row, c21, 16);
    v128.store(c + 3 * row, c30); v128.store(c + 3 * row, c31, 16);
    c += 32;
    colz += 32;
  }
}

// A pair of k of one row times four columns.
// @ts-ignore: decorator
@inline
function pair(acc: v128, x: v128, b: v128): v128 {
  return i32x4.add(acc, i32x4.dot_i16x8_s(x, b));
}

// @ts-ignore: decorator
@inline
function start(sum: v128, colz: usize): v128 {
  return i32x4.neg(i32x4.mul(sum, v128.load(colz)));
}

/**
 * One row, packed by `gemm8_pack_row`, times `panels` panels: for M = 1, where reading B is the cost. Four panels at a time, where k is a
 * multiple of 8, one from each quarter of B, come from memory faster than one: streams that are far apart are fetched ahead side by side.
 */
export function gemm8_1x8(a: usize, rowSums: usize, b: usize, colz: usize, c: usize, pairs: i32, panels: i32): void {
  const s = v128.load32_splat(rowSums), panelBytes = <usize>pairs << 4, end = a + (<usize>pairs << 2);
  const even = a + (<usize>(pairs & ~1) << 2);
  const quarter = pairs & 3 ? 0 : panels >> 2, far = <usize>quarter * panelBytes, q = <usize>quarter << 5;
  for (let p: i32 = 0; p < quarter; p++) {
    const z1 = colz + q, z2 = z1 + q, z3 = z2 + q, y1 = c + q, y2 = y1 + q, y3 = y2 + q;
    let c0 = start(s, colz), c1 = start(s, colz + 16), c2 = start(s, z1), c3 = start(s, z1 + 16);
    let c4 = start(s, z2), c5 = start(s, z2 + 16), c6 = start(s, z3), c7 = start(s, z3 + 16);
    let b0 = b, b1 = b0 + far, b2 = b1 + far, b3 = b2 + far, ap = a;
    for (; ap < end; ap += 16) {
      let x = v128.load32_splat(ap);
      c0 = pair(c0, x, v128.load_ext<i8>(b0)); c1 = pair(c1, x, v128.load_ext<i8>(b0, 8));
      c2 = pair(c2, x, v128.load_ext<i8>(b1)); c3 = pair(c3, x, v128.load_ext<i8>(b1, 8));
      c4 = pair(c4, x, v128.load_ext<i8>(b2)); c5 = pair(c5, x, v128.load_ext<i8>(b2, 8));
      c6 = pair(c6, x, v128.load_ext<i8>(b3)); c7 = pair(c7, x, v128.load_ext<i8>(b3, 8));
      x = v128.load32_splat(ap, 4);
      c0 = pair(c0, x, v128.load_ext<i8>(b0, 16)); c1 = pair(c1, x, v128.load_ext<i8>(b0, 24));
      c2 = pair(c2, x, v128.load_ext<i8>(b1, 16)); c3 = pair(c3, x, v128.load_ext<i8>(b1, 24));
      c4 = pair(c4, x, v128.load_ext<i8>(b2, 16)); c5 = pair(c5, x, v128.load_ext<i8>(b2, 24));
      c6 = pair(c6, x, v128.load_ext<i8>(b3, 16)); c7 = pair(c7, x, v128.load_ext<i8>(b3, 24));
      x = v128.load32_splat(ap, 8);
      c0 = pair(c0, x, v128.load_ext<i8>(b0, 32)); c1 = pair(c1, x, v128.load_ext<i8>(b0, 40));
      c2 = pair(c2, x, v128.load_ext<i8>(b1, 32)); c3 = pair(c3, x, v128.load_ext<i8>(b1, 40));
      c4 = pair(c4, x, v128.load_ext<i8>(b2, 32)); c5 = pair(c5, x, v128.load_ext<i8>(b2, 40));
      c6 = pair(c6, x, v128.load_ext<i8>(b3, 32)); c7 = pair(c7, x, v128.load_ext<i8>(b3, 40));
      x = v128.load32_splat(ap, 12);
      c0 = pair(c0, x, v128.load_ext<i8>(b0, 48)); c1 = pair(c1, x, v128.load_ext<i8>(b0, 56));
      c2 = pair(c2, x, v128.load_ext<i8>(b1, 48)); c3 = pair(c3, x, v128.load_ext<i8>(b1, 56));
      c4 = pair(c4, x, v128.load_ext<i8>(b2, 48)); c5 = pair(c5, x, v128.load_ext<i8>(b2, 56));
      c6 = pair(c6, x, v128.load_ext<i8>(b3, 48)); c7 = pair(c7, x, v128.load_ext<i8>(b3, 56));
      b0 += 64; b1 += 64; b2 += 64; b3 += 64;
    }
    v128.store(c, c0); v128.store(c, c1, 16); v128.store(y1, c2); v128.store(y1, c3, 16);
    v128.store(y2, c4); v128.store(y2, c5, 16); v128.store(y3, c6); v128.store(y3, c7, 16);
    b = b0;
    c += 32;
    colz += 32;
  }
  b += 3 * far;
  c += 3 * q;
  colz += 3 * q;
  for (let p = 4 * quarter; p < panels; p++) {
    // Two sums a column: dots take turns, so that none waits for the one before.
    let c0 = start(s, colz), c1 = start(s, colz + 16), d0 = i32x4.splat(0), d1 = d0;
    let ap = a;
    for (; ap < even; ap += 8) {
      let x = v128.load32_splat(ap);
      c0 = pair(c0, x, v128.load_ext<i8>(b)); c1 = pair(c1, x, v128.load_ext<i8>(b, 8));
      x = v128.load32_splat(ap, 4);
      d0 = pair(d0, x, v128.load_ext<i8>(b, 16)); d1 = pair(d1, x, v128.load_ext<i8>(b, 24));
      b += 32;
    }
    if (ap < end) {
      const x = v128.load32_splat(ap);
      c0 = pair(c0, x, v128.load_ext<i8>(b)); c1 = pair(c1, x, v128.load_ext<i8>(b, 8));
      b += 16;
    }
    v128.store(c, i32x4.add(c0, d0));
    v128.store(c, i32x4.add(c1, d1), 16);
    c += 32;
    colz += 32;
  }
}

// ---- requantization: saturate(rint(f32(acc + bias) * scale) + zero), float32 throughout ----

const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;

/**
 * `rows` rows of n int32 results, `ldacc` apart, to bytes `ldout` apart: adds a bias (none when 0), multiplies by a scale, rounds half to
 * even, adds `zero`, saturates to [low, high]. With `perColumn` bias and scale are arrays of n; else each is one value, the next row's
 * `rowStep` bytes (4 or 0) further.
 */
export function requantize(
  acc: usize, ldacc: i32, bias: usize, scale: usize, perColumn: i32, rowStep: i32, zero: i32, low: i32, high: i32, out: usize, ldout: i32, rows: i32, n: i32,
): void {
  for (let r: i32 = 0; r < rows; r++) {
    requantizeRow(acc, bias, scale, perColumn, zero, low, high, out, n);
    acc += <usize>ldacc << 2;
    if (bias) bias += <usize>rowStep;
    scale += <usize>rowStep;
    out += <usize>ldout;
  }
}

function requantizeRow(acc: usize, bias: usize, scale: usize, perColumn: i32, zero: i32, low: i32, high: i32, out: usize, n: i32): void {
  const magic = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS - zero);
  const lo = f32x4.splat(<f32>(low - zero)), hi = f32x4.splat(<f32>(high - zero));
  let s = v128.load32_splat(scale), t = s;
  let a = bias ? v128.load32_splat(bias) : i32x4.splat(0), b = a;
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) {
    const o = <usize>i << 2;
    if (perColumn) {
      s = v128.load(scale + o);
      t = v128.load(scale + o, 16);
      if (bias) {
        a = v128.load(bias + o);
        b = v128.load(bias + o, 16);
      }
    }
    const x = i32x4.add(v128.load(acc + o), a), y = i32x4.add(v128.load(acc + o, 16), b);
    // pmax(lo, v) keeps lo for NaN; the clamp before rounding keeps the magic addition exact.
    const u = f32x4.pmin(hi, f32x4.pmax(lo, f32x4.mul(f32x4.convert_i32x4_s(x), s)));
    const v = f32x4.pmin(hi, f32x4.pmax(lo, f32x4.mul(f32x4.convert_i32x4_s(y), t)));
    const q = i16x8.narrow_i32x4_s(i32x4.sub(f32x4.add(u, magic), bits), i32x4.sub(f32x4.add(v, magic), bits));
    // Values are in range already: the low byte of each lane is the answer for u8 and s8 alike.
    const packed = v128.and(q, i16x8.splat(255));
    v128.store64_lane(out + <usize>i, i8x16.narrow_i16x8_u(packed, packed), 0);
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    const c = load<i32>(acc + o) + (bias ? load<i32>(perColumn ? bias + o : bias) : 0);
    const f = <f32>c * load<f32>(perColumn ? scale + o : scale);
    const clamped = min<f32>(max<f32>(f, <f32>(low - zero)), <f32>(high - zero));
    store<u8>(out + <usize>i, <u8>(reinterpret<i32>(clamped + ROUND) - ROUND_BITS + zero));
  }
}

/** `rows` rows of n int32 results, `ldacc` apart, to float32, `ldout` apart: f32(acc) * (factor * scale) (+ bias[i]), one rounding a step; scale[i] with `perColumn`. */
export function gemm8_to_f32(acc: usize, ldacc: i32, factor: f32, scale: usize, perColumn: i32, bias: usize, out: usize, ldout: i32, rows: i32, n: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    floatRow(acc, factor, scale, perColumn, bias, out, n);
    acc += <usize>ldacc << 2;
    out += <usize>ldout << 2;
  }
}

function floatRow(acc: usize, factor: f32, scale: usize, perColumn: i32, bias: usize, out: usize, n: i32): void {
  const f = f32x4.splat(factor);
  let s = f32x4.mul(f, v128.load32_splat(scale));
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    if (perColumn) s = f32x4.mul(f, v128.load(scale + o));
    let y = f32x4.mul(f32x4.convert_i32x4_s(v128.load(acc + o)), s);
    if (bias) y = f32x4.add(y, v128.load(bias + o));
    v128.store(out + o, y);
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    const y = <f32>load<i32>(acc + o) * (factor * load<f32>(perColumn ? scale + o : scale));
    store<f32>(out + o, bias ? y + load<f32>(bias + o) : y);
  }
}

/** Packs B [K][N], stride `ldb` bytes, into panels of 8 columns; `flip` is 0x80 for u8. Missing k and columns become 0. */
export function gemm8_pack_b(b: usize, ldb: i32, k: i32, n: i32, flip: i32, out: usize): void {
  const f = i8x16.splat(<i8>flip);
  const pairs = (k + 1) >> 1;
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    for (let p: i32 = 0; p < pairs; p++) {
      const row = b + <usize>(2 * p) * <usize>ldb + <usize>j;
      const both = 2 * p + 1 < k;
      if (columns == 8) {
        const x = v128.xor(v128.load64_zero(row), f);
        const y = both ? v128.xor(v128.load64_zero(row + <usize>ldb), f) : i8x16.splat(0);
        v128.store(out, v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      } else {
        v128.store(out, i8x16.splat(0));
        for (let c: i32 = 0; c < columns; c++) {
          store<u8>(out + (<usize>c << 1), <u8>(load<u8>(row + <usize>c) ^ <u8>flip));
          if (both) store<u8>(out + (<usize>c << 1) + 1, <u8>(load<u8>(row + <usize>ldb + <usize>c) ^ <u8>flip));
        }
      }
      out += 16;
    }
  }
}

/** Packs B given transposed, [N][K] with stride `ldb` bytes. */
export function gemm8_pack_bt(b: usize, ldb: i32, k: i32, n: i32, flip: i32, out: usize): void {
  const pairs = (k + 1) >> 1;
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    for (let p: i32 = 0; p < pairs; p++) {
      v128.store(out, i8x16.splat(0));
      for (let c: i32 = 0; c < columns; c++) {
        const src = b + <usize>(j + c) * <usize>ldb + <usize>(2 * p);
        store<u8>(out + (<usize>c << 1), <u8>(load<u8>(src) ^ <u8>flip));
        if (2 * p + 1 < k) store<u8>(out + (<usize>c << 1) + 1, <u8>(load<u8>(src + 1) ^ <u8>flip));
      }
      out += 16;
    }
  }
}
