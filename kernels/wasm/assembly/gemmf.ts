// float32 GEMM: C[m][n] = sum_k a[m][k] * b[k][n], k ascending, one multiply and one add a step: the scalar provider's order
// and bits. B is packed in panels of 8 columns, [N/8][K][8]; C rows are `ldc` floats apart and whole panels are written.

// @ts-ignore: decorator
@inline
function mac(acc: v128, a: usize, b: v128): v128 {
  return f32x4.add(acc, f32x4.mul(v128.load32_splat(a), b));
}

/**
 * 4 rows of A (`lda` floats apart) times `panels` panels. `accumulate` adds to what C holds, so that K may come in pieces.
 */
export function gemmf_4x8(a: usize, lda: i32, b: usize, c: usize, ldc: i32, k: i32, panelStride: usize, panels: i32, accumulate: i32): void {
  const row = <usize>ldc << 2, arow = <usize>lda << 2;
  for (let p: i32 = 0; p < panels; p++) {
    let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    if (accumulate) {
      c00 = v128.load(c); c01 = v128.load(c, 16);
      c10 = v128.load(c + row); c11 = v128.load(c + row, 16);
      c20 = v128.load(c + 2 * row); c21 = v128.load(c + 2 * row, 16);
      c30 = v128.load(c + 3 * row); c31 = v128.load(c + 3 * row, 16);
    }
    let a0 = a, a1 = a + arow, a2 = a + 2 * arow, a3 = a + 3 * arow, bp = b;
    for (let i: i32 = 0; i < k; i++) {
      const b0 = v128.load(bp), b1 = v128.load(bp, 16);
      c00 = mac(c00, a0, b0); c01 = mac(c01, a0, b1);
      c10 = mac(c10, a1, b0); c11 = mac(c11, a1, b1);
      c20 = mac(c20, a2, b0); c21 = mac(c21, a2, b1);
      c30 = mac(c30, a3, b0); c31 = mac(c31, a3, b1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; bp += 32;
    }
    v128.store(c, c00); v128.store(c, c01, 16);
    v128.store(c + row, c10); v128.store(c + row, c11, 16);
    v128.store(c + 2 * row, c20); v128.store(c + 2 * row, c21, 16);
    v128.store(c + 3 * row, c30); v128.store(c + 3 * row, c31, 16);
    b += panelStride;
    c += 32;
  }
}

/** One row of A times `panels` panels, two panels at a time. */
export function gemmf_1x8(a: usize, b: usize, c: usize, k: i32, panelStride: usize, panels: i32, accumulate: i32): void {
  let p: i32 = 0;
  for (; p + 2 <= panels; p += 2) {
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    if (accumulate) { c0 = v128.load(c); c1 = v128.load(c, 16); c2 = v128.load(c, 32); c3 = v128.load(c, 48); }
    let ap = a, bp = b;
    const next = panelStride;
    for (let i: i32 = 0; i < k; i++) {
      c0 = mac(c0, ap, v128.load(bp)); c1 = mac(c1, ap, v128.load(bp, 16));
      c2 = mac(c2, ap, v128.load(bp + next)); c3 = mac(c3, ap, v128.load(bp + next, 16));
      ap += 4; bp += 32;
    }
    v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
    b += 2 * panelStride;
    c += 64;
  }
  if (p < panels) {
    let c0 = f32x4.splat(0), c1 = c0;
    if (accumulate) { c0 = v128.load(c); c1 = v128.load(c, 16); }
    let ap = a, bp = b;
    for (let i: i32 = 0; i < k; i++) {
      c0 = mac(c0, ap, v128.load(bp)); c1 = mac(c1, ap, v128.load(bp, 16));
      ap += 4; bp += 32;
    }
    v128.store(c, c0); v128.store(c, c1, 16);
  }
}

/** Packs B [K][N] (`ldb` floats a row) into panels of 8 columns; missing columns become 0. */
export function gemmf_pack_b(b: usize, ldb: i32, k: i32, n: i32, out: usize): void {
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    for (let i: i32 = 0; i < k; i++) {
      const src = b + ((<usize>i * <usize>ldb + <usize>j) << 2);
      if (columns == 8) {
        v128.store(out, v128.load(src));
        v128.store(out, v128.load(src, 16), 16);
      } else {
        v128.store(out, f32x4.splat(0));
        v128.store(out, f32x4.splat(0), 16);
        for (let c: i32 = 0; c < columns; c++) store<f32>(out + (<usize>c << 2), load<f32>(src + (<usize>c << 2)));
      }
      out += 32;
    }
  }
}

/** Packs B given transposed, [N][K]. */
export function gemmf_pack_bt(b: usize, ldb: i32, k: i32, n: i32, out: usize): void {
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    for (let i: i32 = 0; i < k; i++) {
      for (let c: i32 = 0; c < 8; c++) {
        store<f32>(out + (<usize>c << 2), c < columns ? load<f32>(b + ((<usize>(j + c) * <usize>ldb + <usize>i) << 2)) : 0);
      }
      out += 32;
    }
  }
}

