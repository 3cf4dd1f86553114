import type { Kernels } from '../modules.ts';
import type { WasmRuntime } from '../runtime.ts';
import { PANEL, split, type PackedBlocks } from './nbits-pack.ts';

/** Bytes of scratch that a row's last panel takes. */
export const ROW_REST = 4 * PANEL;

/**
 * One row of a product at `y`, panel by panel: `multiply` writes `count` panels from `panel` on to `to`, on several threads where that pays.
 * Takes `wasm.perThread(ROW_REST)` of scratch.
 */
export function rowOfPanels(
  wasm: WasmRuntime, p: PackedBlocks, y: number, multiply: (kernels: Kernels, panel: number, to: number, count: number) => void,
): void {
  const { full, cut } = split(p);
  const work = p.k * p.n;
  const each = Math.ceil(p.panels / wasm.cuts(1, work));
  wasm.parallel(Math.ceil(p.panels / each), work, ROW_REST, (kernels, tile, rest) => {
    const from = tile * each, end = Math.min(from + each, p.panels);
    if (from < full) multiply(kernels, from, y + 4 * from * PANEL, Math.min(end, full) - from);
    if (end > full) {
      multiply(kernels, full, rest, 1);
      kernels.simd.copy_rows(rest, 0, y + 4 * full * PANEL, 0, 1, 4 * cut);
    }
  });
}
