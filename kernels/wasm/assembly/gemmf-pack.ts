// Panels of gemmf.ts: [N/8][K][8]. And the transposition of float32 matrices.
import { columnsOf } from './columns';

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

/** Packs B given transposed, [N][K] (`ldb` floats a row). */
export function gemmf_pack_bt(b: usize, ldb: i32, k: i32, n: i32, out: usize): void {
  const row = <usize>ldb << 2;
  for (let j: i32 = 0; j < n; j += 8) {
    const columns = min(n - j, 8);
    const src = b + <usize>j * row;
    let i: i32 = 0;
    if (columns == 8) {
      for (; i + 4 <= k; i += 4) {
        const s = src + (<usize>i << 2);
        columnsOf(s, s + row, s + 2 * row, s + 3 * row, out, 32);
        columnsOf(s + 4 * row, s + 5 * row, s + 6 * row, s + 7 * row, out + 16, 32);
        out += 128;
      }
    }
    for (; i < k; i++) {
      for (let c: i32 = 0; c < 8; c++) {
        store<f32>(out + (<usize>c << 2), c < columns ? load<f32>(src + <usize>c * row + (<usize>i << 2)) : 0);
      }
      out += 32;
    }
  }
}

/** y [columns][rows] = x [rows][columns], rows of x `ldx` floats apart. */
export function f32_transpose(x: usize, ldx: i32, rows: i32, columns: i32, y: usize): void {
  const row = <usize>ldx << 2, step = <usize>rows << 2;
  let i: i32 = 0;
  for (; i + 4 <= rows; i += 4) {
    let src = x + <usize>i * row, dst = y + (<usize>i << 2);
    let j: i32 = 0;
    for (; j + 4 <= columns; j += 4) {
      columnsOf(src, src + row, src + 2 * row, src + 3 * row, dst, step);
      src += 16;
      dst += 4 * step;
    }
    for (; j < columns; j++) {
      for (let r: i32 = 0; r < 4; r++) store<f32>(dst + (<usize>r << 2), load<f32>(src + <usize>r * row));
      src += 4;
      dst += step;
    }
  }
  for (; i < rows; i++) {
    for (let j: i32 = 0; j < columns; j++) store<f32>(y + <usize>j * step + (<usize>i << 2), load<f32>(x + <usize>i * row + (<usize>j << 2)));
  }
}
