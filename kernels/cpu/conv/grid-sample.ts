import { gridSample as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { rint } from '../../../src/numeric/index.ts';
import { dtypeInfo, sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, type Step } from '../support/index.ts';
import { checkInterpolation, interpolationStep, numbersOf, store } from './numbers.ts';
import { linearTaps, pointSampler, type PointTaps } from './point-sampler.ts';
import { cubicKernel } from './resize-coordinates.ts';

const MODES: Readonly<Record<string, (x: number, round: Step) => PointTaps>> = {
  nearest: (x) => ({ first: rint(x), weights: [1] }),
  linear: linearTaps,
  cubic(x, round) {
    const first = Math.floor(x) - 1;
    return { first, weights: [0, 1, 2, 3].map((k) => cubicKernel(Math.abs(round(x - (first + k))), -0.75, round)) };
  },
};
const MODE_NAMES: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' }; // as opset 16 calls them

/** Index -> the element that stands for it on an axis, or -1 for a zero. `low` and `high` are the borders reflected at. */
const PADDINGS: Readonly<Record<string, (i: number, size: number, low: number, high: number) => number>> = {
  zeros: (i, size) => (i >= 0 && i < size ? i : -1),
  border: (i, size) => (i > 0 ? Math.min(i, size - 1) : 0),
  reflection(i, size, low, high) {
    if (i >= 0 && i < size) return i;
    const range = high - low;
    if (!(range > 0) || !Number.isFinite(i)) return 0;
    const beyond = i < low ? low - i : i - high;
    const bounces = Math.floor(beyond / range), rest = beyond - bounces * range;
    return Math.trunc((bounces % 2 === 0) === i < low ? low + rest : high - rest);
  },
};

/**
 * Y[n, c, o] = X[n, c] at the position grid[n, o], whose last axis holds x, y(, z) from -1 to 1: the centres of the first and
 * last element with align_corners, else their outer edges. Elements outside are found by padding_mode.
 * X: [N, C, spatial...], grid: [N, out..., rank], Y: [N, C, out...]. https://onnx.ai/onnx/operators/onnx__GridSample.html
 */
export const gridSample = implement(contract, ({ attrs }) => {
  const given = attrs.string('mode');
  const mode = MODE_NAMES[given] ?? given;
  const tapsAt = choose(MODES, mode, 'mode');
  const pad = choose(PADDINGS, attrs.string('padding_mode'), 'padding_mode');
  const align = attrs.int('align_corners') === 1;
  return ([x, grid]: [Tensor, Tensor], ctx) => {
    const [batch, channels, ...sizes] = x.dims;
    const rank = sizes.length, out = grid.dims.slice(1, -1);
    if (rank < 1 || out.length !== rank || grid.dims[0] !== batch || grid.dims.at(-1) !== rank) {
      fail('E_SHAPE', 'the grid does not fit X', { expected: `[${batch}, ${rank} sizes, ${rank}]`, found: `[${grid.dims.join(', ')}]` });
    }
    const y = ctx.output(0, x.type, [batch, channels, ...out]);
    const { perElement: parts, class: kind } = dtypeInfo(x.type);
    const round = interpolationStep(x.type);
    const [low, high] = align ? [0, 1] : [-0.5, 0.5];
    // [-1, 1] -> [0, size - 1], or [-0.5, size - 0.5]
    const locate = (v: number, size: number): number => (
      align ? round(round(round(v + 1) / 2) * (size - 1)) : round(round(round(round(v + 1) * size) - 1) / 2)
    );
    const sampler = pointSampler(
      sizes, (v, axis) => tapsAt(locate(v, sizes[axis]), round), (i, axis) => pad(i, sizes[axis], low, sizes[axis] - high), round,
    );
    const copies = mode === 'nearest';
    if (!copies) checkInterpolation(x.type);
    const source = x.data as unknown[], target = y.data as unknown[];
    const zero = kind === 'string' ? '' : x.data instanceof BigInt64Array || x.data instanceof BigUint64Array ? 0n : 0;
    const values = copies ? undefined : numbersOf(x);
    const sums = copies ? undefined : (ctx.scratch('float64', [y.size * parts]).data as Float64Array);
    const coordinates = unpack(grid);
    const points = sizeOf(out), plane = sizeOf(sizes), position = new Array<number>(rank);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < points; o++) {
        if (o % 256 === 0) ctx.checkAbort();
        for (let d = 0; d < rank; d++) position[d] = coordinates[(n * points + o + 1) * rank - 1 - d]; // x comes first
        sampler.place(position);
        for (let c = 0; c < channels; c++) {
          const base = (n * channels + c) * plane, at = ((n * channels + c) * points + o) * parts;
          for (let p = 0; p < parts; p++) {
            if (sums === undefined) target[at + p] = sampler.single() < 0 ? zero : source[(base + sampler.single()) * parts + p];
            else sums[at + p] = sampler.read(values!, base, parts, p);
          }
        }
      }
    }
    if (sums !== undefined) store(y, sums);
    return [y];
  };
});
