/** Padded planes that a window slides over: what convolutions and pools of one or two spatial axes share. */
import { slide, windowOf, type WindowAxis } from '../../../src/ops/conv/window.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { align, type WasmRuntime } from '../runtime.ts';

export interface Planes {
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
  /** Rows and columns of a padded plane. */
  readonly hp: number;
  readonly wp: number;
  /** Panels of 8 (or as many as asked for) columns that hold an output row. */
  readonly panels: number;
  readonly taps: number;
  readonly out: readonly number[];
  /** Output positions. */
  readonly positions: number;
}

/** Lays a window over the spatial axes of x [N, C, H, W] or [N, C, W]; a panel holds `lanes` positions. */
export function layPlanes(attrs: Attrs, kernel: readonly number[], spatial: readonly number[], lanes = 8): Planes {
  const axes = slide(windowOf(attrs, kernel), spatial);
  const unit: WindowAxis = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };
  const [rows, columns] = axes.length === 1 ? [unit, axes[0]] : [axes[0], axes[1]];
  const panels = Math.ceil(columns.output / lanes);
  // A panel reads all its positions even where the row ends: the planes are wide enough for its taps.
  const reach = (a: WindowAxis, last: number): number => Math.max(a.input + a.padBegin, last * a.stride + (a.kernel - 1) * a.dilation + 1);
  return {
    rows, columns, panels, hp: reach(rows, rows.output - 1), wp: reach(columns, lanes * panels - 1), taps: rows.kernel * columns.kernel,
    out: axes.map((a) => a.output), positions: rows.output * columns.output,
  };
}

/**
 * The planes of a 1 x 1 kernel that takes every position, laid in other rows: of whole panels, or all positions in one row, with at most `most`
 * positions. The same planes where there is no such row, and of every other window.
 */
export function evenRows(planes: Planes, most: number): Planes {
  const { rows, columns, positions, taps } = planes;
  const isPlain = taps === 1 && [rows, columns].every((a) => a.stride === 1 && a.padBegin === 0 && a.padEnd === 0);
  if (!isPlain || columns.output % 8 === 0) return planes;
  let width = positions;
  if (width > most) for (width = most - (most % 8); width > 0 && positions % width !== 0;) width -= 8;
  if (width < 8 && width !== positions) return planes;
  const panels = Math.ceil(width / 8), count = positions / width;
  return { ...planes, rows: { ...rows, input: count, output: count }, columns: { ...columns, input: width, output: width }, panels, hp: count, wp: 8 * panels };
}

/** Bytes of `channels` padded planes; strided loads may read some floats beyond. */
export const planesBytes = ({ hp, wp }: Planes, channels: number): number => align(4 * channels * hp * wp + 64);

/** Copies `channels` planes at `x` into padded ones at `to`. */
export function padPlanes(wasm: WasmRuntime, { rows, columns, hp, wp }: Planes, x: number, channels: number, fill: number, to: number): void {
  wasm.kernels.simd.convf_pad(x, channels, rows.input, columns.input, rows.padBegin, columns.padBegin, hp, wp, fill, to);
}

/** Writes the distance in bytes of each tap of `channels` planes from the first one, for elements of `width` bytes. */
export function writeOffsets(wasm: WasmRuntime, { rows, columns, hp, wp, taps }: Planes, to: number, width = 4, channels = 1): void {
  const list = wasm.view(Int32Array, to, channels * taps);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < rows.kernel; y++) {
      for (let x = 0; x < columns.kernel; x++) list[i++] = width * (c * hp * wp + y * rows.dilation * wp + x * columns.dilation);
    }
  }
}
