// Copies between strided layouts: transposition, slices, repetition, joins. Elements of 1, 2, 4 or 8 bytes are moved, not read.
import { columnsOf } from './columns';

// Runs below this many bytes are copied by a loop: the call of memory.copy costs more.
const SHORT: i32 = 64;

// @ts-ignore: decorator
@inline
function copyRun(from: usize, to: usize, bytes: i32): void {
  if (bytes >= SHORT) {
    memory.copy(to, from, <usize>bytes);
    return;
  }
  let i: i32 = 0;
  for (; i + 8 <= bytes; i += 8) store<u64>(to + <usize>i, load<u64>(from + <usize>i));
  if (bytes & 4) { store<u32>(to + <usize>i, load<u32>(from + <usize>i)); i += 4; }
  if (bytes & 2) { store<u16>(to + <usize>i, load<u16>(from + <usize>i)); i += 2; }
  if (bytes & 1) store<u8>(to + <usize>i, load<u8>(from + <usize>i));
}

/** Side of the square tiles in which a plane is transposed: its rows stay in the first cache. */
const SIDE: i32 = 16;

// @ts-ignore: decorator
@inline
function plane<T>(from: usize, to: usize, rows: i32, rowTo: i32, rowFrom: i32, columns: i32, columnTo: i32, columnFrom: i32): void {
  for (let i: i32 = 0; i < rows; i += SIDE) {
    const below = min(i + SIDE, rows);
    for (let j: i32 = 0; j < columns; j += SIDE) {
      const end = min(j + SIDE, columns);
      for (let r = i; r < below; r++) {
        let f = from + <usize>(r * rowFrom + j * columnFrom), t = to + <usize>(r * rowTo + j * columnTo);
        for (let c = j; c < end; c++) {
          store<T>(t, load<T>(f));
          f += <usize>columnFrom;
          t += <usize>columnTo;
        }
      }
    }
  }
}

// 32-bit elements, contiguous along the columns of the target and along the rows of the source: 4 x 4 at a time.
function turn32(from: usize, to: usize, rows: i32, rowTo: i32, columns: i32, columnFrom: i32): void {
  const wholeRows = rows & ~3, wholeColumns = columns & ~3;
  const step = <usize>columnFrom;
  for (let i: i32 = 0; i < wholeRows; i += 4) {
    let f = from + (<usize>i << 2), t = to + <usize>(i * rowTo);
    for (let j: i32 = 0; j < wholeColumns; j += 4) {
      columnsOf(f, f + step, f + 2 * step, f + 3 * step, t, <usize>rowTo);
      f += 4 * step;
      t += 16;
    }
  }
  if (wholeColumns < columns) {
    plane<u32>(from + <usize>(wholeColumns * columnFrom), to + (<usize>wholeColumns << 2), wholeRows, rowTo, 4, columns - wholeColumns, 4, columnFrom);
  }
  if (wholeRows < rows) plane<u32>(from + (<usize>wholeRows << 2), to + <usize>(wholeRows * rowTo), rows - wholeRows, rowTo, 4, columns, 4, columnFrom);
}

/**
 * Copies elements of `width` bytes along `rank` >= 2 axes. `axes` holds for each axis, the outermost first, its length and its
 * steps in bytes in target and source; behind them lie `rank` counters, which are 0.
 */
export function copy_strided(from: usize, to: usize, width: i32, axes: usize, rank: i32): void {
  const counters = axes + <usize>(12 * rank);
  const inner = axes + <usize>(12 * (rank - 2));
  const rows = load<i32>(inner), rowTo = load<i32>(inner, 4), rowFrom = load<i32>(inner, 8);
  const columns = load<i32>(inner, 12), columnTo = load<i32>(inner, 16), columnFrom = load<i32>(inner, 20);
  for (;;) {
    if (columnTo == width && columnFrom == width) {
      for (let r: i32 = 0; r < rows; r++) copyRun(from + <usize>(r * rowFrom), to + <usize>(r * rowTo), columns * width);
    } else if (width == 4) {
      if (columnTo == 4 && rowFrom == 4) turn32(from, to, rows, rowTo, columns, columnFrom);
      else plane<u32>(from, to, rows, rowTo, rowFrom, columns, columnTo, columnFrom);
    } else if (width == 1) plane<u8>(from, to, rows, rowTo, rowFrom, columns, columnTo, columnFrom);
    else if (width == 2) plane<u16>(from, to, rows, rowTo, rowFrom, columns, columnTo, columnFrom);
    else plane<u64>(from, to, rows, rowTo, rowFrom, columns, columnTo, columnFrom);
    let a = rank - 3;
    for (; a >= 0; a--) {
      const axis = axes + <usize>(12 * a), counter = counters + (<usize>a << 2);
      const length = load<i32>(axis), next = load<i32>(counter) + 1;
      to += <usize>load<i32>(axis, 4);
      from += <usize>load<i32>(axis, 8);
      if (next < length) {
        store<i32>(counter, next);
        break;
      }
      store<i32>(counter, 0);
      to -= <usize>(load<i32>(axis, 4) * length);
      from -= <usize>(load<i32>(axis, 8) * length);
    }
    if (a < 0) return;
  }
}

/** Copies `rows` runs of `bytes` bytes, `fromStep` and `toStep` bytes apart. */
export function copy_rows(from: usize, fromStep: i32, to: usize, toStep: i32, rows: i32, bytes: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    copyRun(from, to, bytes);
    from += <usize>fromStep;
    to += <usize>toStep;
  }
}

/**
 * y [outer][count][bytes] = x [outer][length][bytes] at the int32 or int64 (`wide`) indices, which count from the back when
 * negative. Gives -1, or the number of the first index that is out of range; then y is not complete.
 */
export function gather_rows(x: usize, indices: usize, wide: i32, outer: i32, length: i32, count: i32, bytes: i32, y: usize): i32 {
  for (let i: i32 = 0; i < count; i++) {
    const index: i64 = wide ? load<i64>(indices + (<usize>i << 3)) : <i64>load<i32>(indices + (<usize>i << 2));
    if (index < -<i64>length || index >= <i64>length) return i;
    const row = <i32>index + (index < 0 ? length : 0);
    for (let o: i32 = 0; o < outer; o++) copyRun(x + <usize>(o * length + row) * <usize>bytes, y + <usize>(o * count + i) * <usize>bytes, bytes);
  }
  return -1;
}

/** y = x where the condition byte is not 0, z elsewhere, over n elements of 32 bits; steps 0 or 1. */
export function select32(c: usize, cStep: i32, x: usize, xStep: i32, z: usize, zStep: i32, y: usize, n: i32): void {
  let i: i32 = 0;
  const none = i32x4.splat(0);
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    const wanted = cStep ? i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(c + <usize>i))) : i32x4.splat(<i32>load<u8>(c));
    const a = xStep ? v128.load(x + o) : v128.load32_splat(x), b = zStep ? v128.load(z + o) : v128.load32_splat(z);
    v128.store(y + o, v128.bitselect(b, a, i32x4.eq(wanted, none)));
  }
  for (; i < n; i++) {
    const from = load<u8>(c + <usize>(i * cStep)) ? x + (<usize>(i * xStep) << 2) : z + (<usize>(i * zStep) << 2);
    store<u32>(y + (<usize>i << 2), load<u32>(from));
  }
}

// @ts-ignore: decorator
@inline
function select<T>(c: usize, cStep: i32, x: usize, xStep: i32, z: usize, zStep: i32, y: usize, n: i32): void {
  const width = sizeof<T>();
  for (let i: i32 = 0; i < n; i++) {
    store<T>(y, load<u8>(c) ? load<T>(x) : load<T>(z));
    c += <usize>cStep;
    x += <usize>xStep * width;
    z += <usize>zStep * width;
    y += width;
  }
}

/** The same over elements of 8 bits. */
export function select8(c: usize, cStep: i32, x: usize, xStep: i32, z: usize, zStep: i32, y: usize, n: i32): void { select<u8>(c, cStep, x, xStep, z, zStep, y, n); }
/** The same over elements of 16 bits. */
export function select16(c: usize, cStep: i32, x: usize, xStep: i32, z: usize, zStep: i32, y: usize, n: i32): void { select<u16>(c, cStep, x, xStep, z, zStep, y, n); }
/** The same over elements of 64 bits. */
export function select64(c: usize, cStep: i32, x: usize, xStep: i32, z: usize, zStep: i32, y: usize, n: i32): void { select<u64>(c, cStep, x, xStep, z, zStep, y, n); }
