// 8-bit integer GEMM with i32 relaxed dots, for engines where one instruction multiplies unsigned with signed bytes ("usdot": x86
// with VNNI) or signed with signed ones ("sdot": ARM). Same sums as gemm8.ts, modulo 2^32:
//   C[m][n] = sum_k a[m][k] * b[k][n] - za * colsum[n] - colz[n] * (rowsum[m] - K * za)
// `a` is always signed. `b` is unsigned for usdot and signed for sdot; the packer flips the top bit of what is not, and moves the zero
// points alike. Four k stand side by side, padded with 0:
//   b      [N/8][K/4][8][4]      columns in lanes
//   a      [M/R][K/4][R][4]      strips of R rows
//   rows   [M] i32               rowsum[m] - K * za

// @ts-ignore: decorator
@inline
function mac(acc: v128, a: v128, b: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, acc);
}

// @ts-ignore: decorator
@inline
function start(base: v128, row: usize, offset: usize, colz: v128): v128 {
  return i32x4.sub(base, i32x4.mul(v128.load32_splat(row + offset), colz));
}

// A strip of `rows` (literal) rows times `panels` panels of 8 columns. Six rows fill the registers: 12 sums, 2 vectors of b, 1 of a. V8
// unrolls the loop itself, and spills where it was unrolled before.
// @ts-ignore: decorator
@inline
function strip(
  rows: i32, a: usize, terms: usize, za: i32, b: usize, colz: usize, colsum: usize, c: usize, ldc: i32, quads: i32, panels: i32,
): void {
  const row = <usize>ldc << 2, step = <usize>rows << 2;
  for (let p: i32 = 0; p < panels; p++) {
    const z0 = v128.load(colz), z1 = v128.load(colz, 16);
    const s0 = i32x4.neg(i32x4.mul(i32x4.splat(za), v128.load(colsum))), s1 = i32x4.neg(i32x4.mul(i32x4.splat(za), v128.load(colsum, 16)));
    let c00 = s0, c01 = s1;
    let c10 = s0, c11 = s1;
    let c20 = s0, c21 = s1;
    let c30 = s0, c31 = s1;
    let c40 = s0, c41 = s1;
    let c50 = s0, c51 = s1;
    c00 = start(s0, terms, 0, z0); c01 = start(s1, terms, 0, z1);
    if (rows > 1) { c10 = start(s0, terms, 4, z0); c11 = start(s1, terms, 4, z1); }
    if (rows > 2) { c20 = start(s0, terms, 8, z0); c21 = start(s1, terms, 8, z1); }
    if (rows > 3) { c30 = start(s0, terms, 12, z0); c31 = start(s1, terms, 12, z1); }
    if (rows > 4) { c40 = start(s0, terms, 16, z0); c41 = start(s1, terms, 16, z1); }
    if (rows > 5) { c50 = start(s0, terms, 20, z0); c51 = start(s1, terms, 20, z1); }
    let ap = a;
    for (let i: i32 = 0; i < quads; i++) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(ap, 0); c00 = mac(c00, x, b0); c01 = mac(c01, x, b1);
      if (rows > 1) { x = v128.load32_splat(ap, 4); c10 = mac(c10, x, b0); c11 = mac(c11, x, b1); }
      if (rows > 2) { x = v128.load32_splat(ap, 8); c20 = mac(c20, x, b0); c21 = mac(c21, x, b1); }
      if (rows > 3) { x = v128.load32_splat(ap, 12); c30 = mac(c30, x, b0); c31 = mac(c31, x, b1); }
      if (rows > 4) { x = v128.load32_splat(ap, 16); c40 = mac(c40, x, b0); c41 = mac(c41, x, b1); }
      if (rows > 5) { x = v128.load32_splat(ap, 20); c50 = mac(c50, x, b0); c51 = mac(c51, x, b1); }
      ap += step;
      b += 32;
    }
    v128.store(c, c00); v128.store(c, c01, 16);
    if (rows > 1) { v128.store(c + row, c10); v128.store(c + row, c11, 16); }
    if (rows > 2) { v128.store(c + 2 * row, c20); v128.store(c + 2 * row, c21, 16); }
    if (rows > 3) { v128.store(c + 3 * row, c30); v128.store(c + 3 * row, c31, 16); }
    if (rows > 4) { v128.store(c + 4 * row, c40); v128.store(c + 4 * row, c41, 16); }
    if (rows > 5) { v128.store(c + 5 * row, c50); v128.store(c + 5 * row, c51, 16); }
    c += 32;
    colz += 32;
    colsum += 32;
  }
}

/**
 * One strip of `rows` (6, 4, 2 or 1) rows times `panels` panels: int32 results at `c` [rows][ldc], whole panels. `za`, `colz` and `colsum` as
 * moved by packing.
 */
export function gemm8_dot(
  rows: i32, a: usize, terms: usize, za: i32, b: usize, colz: usize, colsum: usize, c: usize, ldc: i32, quads: i32, panels: i32,
): void {
  if (rows == 6) strip(6, a, terms, za, b, colz, colsum, c, ldc, quads, panels);
  else if (rows == 4) strip(4, a, terms, za, b, colz, colsum, c, ldc, quads, panels);
  else if (rows == 2) strip(2, a, terms, za, b, colz, colsum, c, ldc, quads, panels);
  else single(a, terms, za, b, colz, colsum, c, quads, panels);
}

// One row: reading b is the cost, and four sums a column hide the latency of the dots.
// @ts-ignore: decorator
@inline
function single(a: usize, terms: usize, za: i32, b: usize, colz: usize, colsum: usize, c: usize, quads: i32, panels: i32): void {
  const z = i32x4.splat(za), t = v128.load32_splat(terms);
  for (let p: i32 = 0; p < panels; p++) {
    let c0 = i32x4.neg(i32x4.mul(z, v128.load(colsum))), c1 = i32x4.neg(i32x4.mul(z, v128.load(colsum, 16)));
    c0 = i32x4.sub(c0, i32x4.mul(t, v128.load(colz)));
    c1 = i32x4.sub(c1, i32x4.mul(t, v128.load(colz, 16)));
    let d0 = i32x4.splat(0), d1 = d0, e0 = d0, e1 = d0, f0 = d0, f1 = d0;
    let ap = a;
    let i: i32 = 0;
    for (; i + 4 <= quads; i += 4) {
      let x = v128.load32_splat(ap);
      c0 = mac(c0, x, v128.load(b)); c1 = mac(c1, x, v128.load(b, 16));
      x = v128.load32_splat(ap, 4);
      d0 = mac(d0, x, v128.load(b, 32)); d1 = mac(d1, x, v128.load(b, 48));
      x = v128.load32_splat(ap, 8);
      e0 = mac(e0, x, v128.load(b, 64)); e1 = mac(e1, x, v128.load(b, 80));
      x = v128.load32_splat(ap, 12);
      f0 = mac(f0, x, v128.load(b, 96)); f1 = mac(f1, x, v128.load(b, 112));
      ap += 16;
      b += 128;
    }
    for (; i < quads; i++) {
      const x = v128.load32_splat(ap);
      c0 = mac(c0, x, v128.load(b)); c1 = mac(c1, x, v128.load(b, 16));
      ap += 4;
      b += 32;
    }
    v128.store(c, i32x4.add(i32x4.add(c0, d0), i32x4.add(e0, f0)));
    v128.store(c, i32x4.add(i32x4.add(c1, d1), i32x4.add(e1, f1)), 16);
    c += 32;
    colz += 32;
    colsum += 32;
  }
}

/**
 * Packs `rows` rows of A, stride `lda` bytes, as one strip of as many; `flip` is 0x80 for u8 (so that bytes read as signed), 0 for s8,
 * and `za` the zero point moved alike. Writes rowsum - K * za of each to `terms`.
 */
export function gemm8_dot_pack_a(a: usize, lda: i32, rows: i32, k: i32, flip: i32, za: i32, out: usize, terms: usize): void {
  const f = i8x16.splat(<i8>flip), ones = i8x16.splat(1), step = <usize>rows << 2;
  for (let r: i32 = 0; r < rows; r++) {
    const src = a + <usize>r * <usize>lda;
    let dst = out + (<usize>r << 2);
    let sum = i32x4.splat(0);
    let i: i32 = 0;
    for (; i + 16 <= k; i += 16) {
      const v = v128.xor(v128.load(src + <usize>i), f);
      sum = mac(sum, v, ones);
      v128.store32_lane(dst, v, 0);
      v128.store32_lane(dst + step, v, 1);
      v128.store32_lane(dst + 2 * step, v, 2);
      v128.store32_lane(dst + 3 * step, v, 3);
      dst += 4 * step;
    }
    let total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    for (; i < k; i += 4) {
      let word: i32 = 0;
      for (let j: i32 = 0; j < min(4, k - i); j++) {
        const x = <i8>(load<u8>(src + <usize>(i + j)) ^ <u8>flip);
        total += <i32>x;
        word |= <i32><u8>x << (j << 3);
      }
      store<i32>(dst, word);
      dst += step;
    }
    store<i32>(terms + (<usize>r << 2), total - k * za);
  }
}

// The bytes at `src`, `columns` of them, flipped; those beyond are 0.
// @ts-ignore: decorator
@inline
function eight(src: usize, columns: i32, flip: i32): v128 {
  if (columns == 8) return v128.xor(v128.load64_zero(src), i8x16.splat(<i8>flip));
  let word: u64 = 0;
  for (let c: i32 = 0; c < columns; c++) word |= <u64>(load<u8>(src + <usize>c) ^ <u8>flip) << (<u64>c << 3);
  return i64x2.replace_lane(i64x2.splat(0), 0, <i64>word);
}

/**
 * Packs B [K][N], stride `ldb` bytes, into panels of 8 columns, each byte xor `flip`, and sums the columns as signed or (`unsigned`) unsigned
 * bytes. Missing k and columns become 0.
 */
export function gemm8_dot_pack_b(b: usize, ldb: i32, k: i32, n: i32, flip: i32, unsigned: i32, out: usize, sums: usize): void {
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    let s0 = i32x4.splat(0), s1 = s0;
    for (let i: i32 = 0; i < k; i += 4) {
      const src = b + <usize>i * <usize>ldb + <usize>j, left = k - i, none = i8x16.splat(0);
      const r0 = eight(src, columns, flip);
      const r1 = left > 1 ? eight(src + <usize>ldb, columns, flip) : none;
      const r2 = left > 2 ? eight(src + 2 * <usize>ldb, columns, flip) : none;
      const r3 = left > 3 ? eight(src + 3 * <usize>ldb, columns, flip) : none;
      const x = v128.shuffle<i8>(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const y = v128.shuffle<i8>(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const q0 = v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11), q1 = v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
      v128.store(out, q0);
      v128.store(out, q1, 16);
      s0 = i32x4.add(s0, sum4(q0, unsigned));
      s1 = i32x4.add(s1, sum4(q1, unsigned));
      out += 32;
    }
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
    sums += 32;
  }
}

// Sums of the four bytes of each lane.
// @ts-ignore: decorator
@inline
function sum4(v: v128, unsigned: i32): v128 {
  if (unsigned) return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v));
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v));
}

/** Packs B given transposed, [N][K] with stride `ldb` bytes. */
export function gemm8_dot_pack_bt(b: usize, ldb: i32, k: i32, n: i32, flip: i32, unsigned: i32, out: usize, sums: usize): void {
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    v128.store(sums, i32x4.splat(0));
    v128.store(sums, i32x4.splat(0), 16);
    for (let i: i32 = 0; i < k; i += 4) {
      const count = min(k - i, 4);
      for (let c: i32 = 0; c < 8; c++) {
        let word: u32 = 0;
        if (c < columns) {
          const src = b + <usize>(j + c) * <usize>ldb + <usize>i, s = sums + (<usize>c << 2);
          for (let d: i32 = 0; d < count; d++) {
            const v = <u8>(load<u8>(src + <usize>d) ^ <u8>flip);
            word |= <u32>v << (d << 3);
            store<i32>(s, load<i32>(s) + (unsigned ? <i32>v : <i32><i8>v));
          }
        }
        store<u32>(out, word);
        out += 4;
      }
    }
    sums += 32;
  }
}
