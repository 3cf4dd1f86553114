// float32 GEMM: C[m][n] = sum_k a[m][k] * b[k][n], k ascending, one multiply and one add a step: the scalar provider's order
// and bits. The relaxed build of this file takes both in one instruction, which may round once: for those who ask for it. B is packed in panels of 8 columns, [N/8][K][8]; C rows are `ldc` floats apart and whole panels are written.

// @ts-ignore: decorator
@inline
function mac(acc: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, acc);
  return f32x4.add(acc, f32x4.mul(a, b));
}

// One 4 x 8 tile. Four steps a turn: their loads share the pointers.
// @ts-ignore: decorator
@inline
function tile(a0: usize, a1: usize, a2: usize, a3: usize, bp: usize, c: usize, row: usize, k: i32, accumulate: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (accumulate) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c + row); c11 = v128.load(c + row, 16);
    c20 = v128.load(c + 2 * row); c21 = v128.load(c + 2 * row, 16);
    c30 = v128.load(c + 3 * row); c31 = v128.load(c + 3 * row, 16);
  }
  for (let i: i32 = 0; i < k; i++) {
    const b0 = v128.load(bp), b1 = v128.load(bp, 16);
    c00 = mac(c00, v128.load32_splat(a0), b0); c01 = mac(c01, v128.load32_splat(a0), b1);
    c10 = mac(c10, v128.load32_splat(a1), b0); c11 = mac(c11, v128.load32_splat(a1), b1);
    c20 = mac(c20, v128.load32_splat(a2), b0); c21 = mac(c21, v128.load32_splat(a2), b1);
    c30 = mac(c30, v128.load32_splat(a3), b0); c31 = mac(c31, v128.load32_splat(a3), b1);
    a0 += 4; a1 += 4; a2 += 4; a3 += 4; bp += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c + row, c10); v128.store(c + row, c11, 16);
  v128.store(c + 2 * row, c20); v128.store(c + 2 * row, c21, 16);
  v128.store(c + 3 * row, c30); v128.store(c + 3 * row, c31, 16);
}

/** One row of A times `panels` panels, four panels at a time. */
function gemmf_1x8(a: usize, b: usize, c: usize, k: i32, panelStride: usize, panels: i32, accumulate: i32): void {
  let p: i32 = 0;
  for (; p + 4 <= panels; p += 4) {
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
    if (accumulate) {
      c0 = v128.load(c); c1 = v128.load(c, 16); c2 = v128.load(c, 32); c3 = v128.load(c, 48);
      c4 = v128.load(c, 64); c5 = v128.load(c, 80); c6 = v128.load(c, 96); c7 = v128.load(c, 112);
    }
    let ap = a, b0 = b, b1 = b + panelStride, b2 = b1 + panelStride, b3 = b2 + panelStride;
    for (let i: i32 = 0; i < k; i++) {
      const s = v128.load32_splat(ap);
      c0 = mac(c0, s, v128.load(b0)); c1 = mac(c1, s, v128.load(b0, 16));
      c2 = mac(c2, s, v128.load(b1)); c3 = mac(c3, s, v128.load(b1, 16));
      c4 = mac(c4, s, v128.load(b2)); c5 = mac(c5, s, v128.load(b2, 16));
      c6 = mac(c6, s, v128.load(b3)); c7 = mac(c7, s, v128.load(b3, 16));
      ap += 4; b0 += 32; b1 += 32; b2 += 32; b3 += 32;
    }
    v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
    v128.store(c, c4, 64); v128.store(c, c5, 80); v128.store(c, c6, 96); v128.store(c, c7, 112);
    b += 4 * panelStride;
    c += 128;
  }
  for (; p < panels; p++) {
    let c0 = f32x4.splat(0), c1 = c0;
    if (accumulate) { c0 = v128.load(c); c1 = v128.load(c, 16); }
    let ap = a, bp = b;
    for (let i: i32 = 0; i < k; i++) {
      c0 = mac(c0, v128.load32_splat(ap), v128.load(bp)); c1 = mac(c1, v128.load32_splat(ap), v128.load(bp, 16));
      ap += 4; bp += 32;
    }
    v128.store(c, c0); v128.store(c, c1, 16);
    b += panelStride;
    c += 32;
  }
}

/** Steps of k for which a panel of B (16 KB) stays in the first cache while all rows of A pass over it. */
const BLOCK: i32 = 512;

// Copies `rows` rows of `columns` floats, at most 4 x 8.
// @ts-ignore: decorator
@inline
function copyTile(from: usize, fromRow: usize, to: usize, toRow: usize, rows: i32, columns: i32): void {
  for (let r: i32 = 0; r < rows; r++) memory.copy(to + <usize>r * toRow, from + <usize>r * fromRow, <usize>columns << 2);
}

/**
 * C [m][n] (rows `ldc` floats apart) = A [m][k] (rows `lda` apart) times packed B (panels `panelStride` bytes apart). Nothing outside
 * of C is written: tiles cut off by an edge go through `edge`, scratch of 128 bytes.
 */
export function gemmf(a: usize, lda: i32, b: usize, panelStride: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32, edge: usize): void {
  const row = <usize>ldc << 2, arow = <usize>lda << 2;
  const whole = n >> 3;
  if (m == 1) {
    gemmf_1x8(a, b, c, k, panelStride, whole, 0);
    if (n & 7) {
      gemmf_1x8(a, b + <usize>whole * panelStride, edge, k, panelStride, 1, 0);
      copyTile(edge, 32, c + (<usize>whole << 5), row, 1, n & 7);
    }
    return;
  }
  let k0: i32 = 0;
  do { // once where k is 0
    const steps = min(k - k0, BLOCK), later = i32(k0 > 0);
    for (let j: i32 = 0; j < n; j += 8) {
      const columns = min(n - j, 8);
      const bp = b + <usize>(j >> 3) * panelStride + (<usize>k0 << 5);
      let ap = a + (<usize>k0 << 2), cp = c + (<usize>j << 2);
      for (let i: i32 = 0; i < m; i += 4) {
        const rows = min(m - i, 4);
        if (rows == 4 && columns == 8) {
          tile(ap, ap + arow, ap + 2 * arow, ap + 3 * arow, bp, cp, row, steps, later);
        } else {
          // Rows that do not exist read the first one again.
          if (later) copyTile(cp, row, edge, 32, rows, columns);
          gemmf_edge(ap, rows > 1 ? ap + arow : ap, rows > 2 ? ap + 2 * arow : ap, rows > 3 ? ap + 3 * arow : ap, bp, edge, steps, later);
          copyTile(edge, 32, cp, row, rows, columns);
        }
        ap += 4 * arow;
        cp += 4 * row;
      }
    }
    k0 += BLOCK;
  } while (k0 < k);
}

function gemmf_edge(a0: usize, a1: usize, a2: usize, a3: usize, b: usize, c: usize, k: i32, accumulate: i32): void {
  tile(a0, a1, a2, a3, b, c, 32, k, accumulate);
}
