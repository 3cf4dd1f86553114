/** Pools over regions of interest: boxes given as data, each divided into a grid of cells. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { checkInts } from '../../../src/ops/conv/window.ts';
import { toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, expectDims, floatOutput, stepOf, type Step } from '../support/index.ts';

function imageDims(x: Tensor): readonly [number, number, number, number] {
  if (x.dims.length !== 4) fail('E_SHAPE', 'X must be [N, C, H, W]', { found: `[${x.dims.join(', ')}]` });
  return x.dims as unknown as readonly [number, number, number, number];
}

function checkRegions(rois: Tensor, columns: number): void {
  if (rois.dims.length === 2 && rois.dims[1] === columns) return;
  fail('E_SHAPE', 'rois has the wrong shape', {
    arg: { kind: 'input', name: 'rois' }, expected: `[regions, ${columns}]`, found: `[${rois.dims.join(', ')}]`,
  });
}

function checkBatch(index: number, batch: number): void {
  if (index >= 0 && index < batch) return;
  fail('E_VALUE', 'a region names an image that is not there', { expected: `[0, ${batch - 1}]`, found: String(index) });
}

// Half away from zero, as C's `round`; exact in doubles for float32 inputs.
const roundAway = (v: number): number => Math.trunc(v < 0 ? v - 0.5 : v + 0.5);
const clamp = (v: number, low: number, high: number): number => Math.min(Math.max(v, low), high);

/**
 * Y[r, c, i, j] = max of X over cell (i, j) of region r, whose corners are scaled and rounded to whole elements; an
 * empty cell gives 0. X: [N, C, H, W], rois: [R, 5] as (image, x1, y1, x2, y2), Y: [R, C, pooled_shape].
 */
export const maxRoiPool = implement(contracts.maxRoiPool, ({ attrs }) => ([x, rois]: [Tensor, Tensor], ctx) => {
  const [batch, channels, height, width] = imageDims(x);
  checkRegions(rois, 5);
  const pooled = attrs.ints('pooled_shape');
  checkInts('pooled_shape', pooled, 2, 1);
  const [rows, columns] = pooled;
  const scale = attrs.float('spatial_scale');
  const values = unpack(x), boxes = unpack(rois);
  const round = stepOf(x.type);
  const { y, finish } = floatOutput(ctx, 0, x.type, [rois.dims[0], channels, rows, columns]);
  /** First element and end of cell `i` of `cells`, clipped to the image. */
  const span = (i: number, cells: number, from: number, to: number, size: number): [number, number] => {
    const length = round(Math.max(to - from + 1, 1) / cells);
    return [clamp(Math.floor(round(i * length)) + from, 0, size), clamp(Math.ceil(round((i + 1) * length)) + from, 0, size)];
  };
  let at = 0;
  for (let r = 0; r < rois.dims[0]; r++) {
    ctx.checkAbort();
    const image = boxes[r * 5];
    checkBatch(image, batch);
    const [x1, y1, x2, y2] = [1, 2, 3, 4].map((k) => roundAway(round(boxes[r * 5 + k] * scale)));
    for (let c = 0; c < channels; c++) {
      const plane = (Math.trunc(image) * channels + c) * height * width;
      for (let i = 0; i < rows; i++) {
        const [top, bottom] = span(i, rows, y1, y2, height);
        for (let j = 0; j < columns; j++) {
          const [left, right] = span(j, columns, x1, x2, width);
          let max = bottom > top && right > left ? -Infinity : 0;
          for (let h = top; h < bottom; h++) for (let v = left; v < right; v++) max = Math.max(max, values[plane + h * width + v]);
          y[at++] = max;
        }
      }
    }
  }
  return [finish()];
});

/** One linear sample along an axis: two neighbours and their weights; none when the sample lies outside the image. */
interface Sample {
  readonly low: number;
  readonly high: number;
  readonly lowWeight: number;
  readonly highWeight: number;
}

/** Most samples an axis of a cell: their positions are kept in memory. */
const MAX_RATIO = 1 << 16;

/**
 * Y[r, c, i, j] = mean over a grid of bilinear samples in cell (i, j) of region r, or their max; mode max takes the
 * largest of all weighted neighbours, without adding them up. Samples further than one element outside X are 0.
 * X: [N, C, H, W], rois: [R, 4] as (x1, y1, x2, y2), batch_indices: [R], Y: [R, C, output_height, output_width].
 */
export const roiAlign = implement(contracts.roiAlign, ({ attrs, version }) => ([x, rois, batches]: [Tensor, Tensor, Tensor], ctx) => {
  const [batch, channels, height, width] = imageDims(x);
  checkRegions(rois, 4);
  const regions = rois.dims[0];
  expectDims('batch_indices', batches, [regions]);
  const [rows, columns] = [attrs.int('output_height'), attrs.int('output_width')];
  checkInts('output_height, output_width', [rows, columns], 2, 1);
  const [ratio, scale] = [attrs.int('sampling_ratio'), attrs.float('spatial_scale')];
  if (ratio > MAX_RATIO) fail('E_LIMIT', 'sampling_ratio is too large', { expected: `at most ${MAX_RATIO}`, found: String(ratio) });
  const average = choose({ avg: true, max: false }, attrs.string('mode'), 'mode');
  // Before coordinate_transformation_mode there was no half-pixel shift, and regions were at least one element wide.
  const halfPixel = version.since >= 16 && attrs.string('coordinate_transformation_mode') === 'half_pixel';
  const values = unpack(x), boxes = unpack(rois), images = toInts(batches);
  const round = stepOf(x.type);
  const { y, finish } = floatOutput(ctx, 0, x.type, [regions, channels, rows, columns]);

  /** Samples of cell `i` along an axis of `size` elements, those outside left out, and how many there are with them. */
  const samplesOf = (i: number, cells: number, from: number, to: number, size: number): { inside: Sample[]; count: number } => {
    const shift = halfPixel ? 0.5 : 0;
    const start = round(round(from * scale) - shift), end = round(round(to * scale) - shift);
    const length = halfPixel ? round(end - start) : Math.max(round(end - start), 1);
    const cell = round(length / cells);
    const count = ratio > 0 ? ratio : Math.max(0, Math.ceil(cell));
    const first = round(start + round(i * cell));
    const inside: Sample[] = [];
    // Only indices near the image are visited: a region may be much larger than it.
    const gap = cell / count;
    const [lowest, highest] = gap > 0 ? [Math.floor((-1 - first) / gap) - 2, Math.ceil((size - first) / gap) + 2] : [0, count];
    for (let k = Math.max(0, lowest); k < Math.min(count, highest); k++) {
      const position = round(first + round(round((k + 0.5) * cell) / count));
      if (position >= -1 && position <= size) inside.push(sampleAt(Math.max(position, 0), size, round));
    }
    return { inside, count };
  };

  for (let r = 0; r < regions; r++) {
    ctx.checkAbort();
    checkBatch(images[r], batch);
    const [x1, y1, x2, y2] = boxes.slice(r * 4, r * 4 + 4);
    const across = Array.from({ length: columns }, (_, j) => samplesOf(j, columns, x1, x2, width));
    for (let i = 0; i < rows; i++) {
      const down = samplesOf(i, rows, y1, y2, height);
      for (let j = 0; j < columns; j++) {
        const count = down.count * across[j].count;
        const seen = down.inside.length * across[j].inside.length;
        for (let c = 0; c < channels; c++) {
          const plane = (images[r] * channels + c) * height * width;
          let sum = 0, max = seen === count && count > 0 ? -Infinity : 0; // a sample outside counts as 0
          for (const v of down.inside) {
            for (const h of across[j].inside) {
              const a = round(round(v.lowWeight * h.lowWeight) * values[plane + v.low * width + h.low]);
              const b = round(round(v.lowWeight * h.highWeight) * values[plane + v.low * width + h.high]);
              const d = round(round(v.highWeight * h.lowWeight) * values[plane + v.high * width + h.low]);
              const e = round(round(v.highWeight * h.highWeight) * values[plane + v.high * width + h.high]);
              if (average) sum = round(sum + round(round(round(a + b) + d) + e));
              else max = Math.max(max, a, b, d, e);
            }
          }
          y[((r * channels + c) * rows + i) * columns + j] = average ? sum / Math.max(count, 1) : max;
        }
      }
    }
  }
  return [finish()];
});

function sampleAt(position: number, size: number, round: Step): Sample {
  const low = Math.trunc(position);
  if (low >= size - 1) return { low: size - 1, high: size - 1, lowWeight: 1, highWeight: 0 };
  const highWeight = round(position - low);
  return { low, high: low + 1, lowWeight: round(1 - highWeight), highWeight };
}
