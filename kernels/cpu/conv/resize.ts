import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { resizeAxes, resizeScales, type ResizedAxis } from '../../../src/ops/conv/resize-shape.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, stepOf } from '../support/index.ts';
import { coordinatesOf, filterOf, linearOf, nearestOf, type Axis } from './resize-coordinates.ts';
import { checkInterpolation, interpolationStep, numbersOf } from './numbers.ts';
import { applyFilters, applyLinear, applyNearest, fillOutside, isChannelsLast, planeAxes } from './resize-apply.ts';

/** The attributes, defaults filled in for versions that lack them. */
interface Options {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly transformation: string;
  readonly nearestMode: string;
  readonly coefficient: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  readonly extrapolation: number;
}

const MODES: Readonly<Record<string, Options['mode']>> = { nearest: 'nearest', linear: 'linear', bilinear: 'linear', cubic: 'cubic' };

function optionsOf(attrs: Attrs): Options {
  const flag = (name: string) => attrs.has(name) && attrs.int(name) !== 0;
  return {
    mode: choose(MODES, attrs.string('mode'), 'mode'),
    transformation: attrs.has('coordinate_transformation_mode') ? attrs.string('coordinate_transformation_mode') : 'asymmetric',
    nearestMode: attrs.has('nearest_mode') ? attrs.string('nearest_mode') : 'simple',
    coefficient: attrs.has('cubic_coeff_a') ? attrs.float('cubic_coeff_a') : -0.75,
    excludeOutside: flag('exclude_outside'),
    antialias: flag('antialias'),
    extrapolation: attrs.has('extrapolation_value') ? attrs.float('extrapolation_value') : 0,
  };
}

/**
 * Y at every output coordinate: X at the transformed coordinate of each axis, by nearest element, linear or cubic
 * interpolation. Integers are computed as float32 and lose their fraction, as in onnxruntime.
 * X: [d0, d1, ...], roi: [starts of the axes..., ends...], Y: [d0 * scale0, ...].
 * https://onnx.ai/onnx/operators/onnx__Resize.html
 */
export const resize = implement(contracts.resize, ({ attrs, version }) => {
  const options = optionsOf(attrs);
  const hasRoi = version.since >= 11;
  return (inputs: [Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
    const [x] = inputs;
    const [roi, scales, sizes] = hasRoi ? [inputs[1], inputs[2], inputs[3]] : [undefined, inputs[1], undefined];
    const resized = resizeAxes(attrs, x.dims, scales && Array.from(numbersOf(scales)), sizes && toInts(sizes));
    const crop = cropOf(attrs, x.dims.length, options.transformation === 'tf_crop_and_resize' ? roi : undefined);
    return [resample(x, axesOf(resized, crop), options, ctx)];
  };
});

/** Y[i] = X[i / scale], or the linear interpolation there. X: [d0, d1, ...], Y: [floor(d0 * scale0), ...] */
export const upsample = implement(contracts.upsample, ({ attrs }) => {
  const options = optionsOf(attrs);
  return ([x, scales]: [Tensor, Tensor?], ctx) => {
    const resized = resizeAxes(attrs, x.dims, scales === undefined ? resizeScales(attrs) : Array.from(numbersOf(scales)), undefined);
    return [resample(x, axesOf(resized, cropOf(attrs, x.dims.length, undefined)), options, ctx)];
  };
});

function axesOf(resized: readonly ResizedAxis[], crop: readonly { from: number; to: number }[]): Axis[] {
  return resized.map(({ input, output, scale, exactOutput }, i) => (
    { input: input as number, output: output as number, scale: scale!, exactOutput: exactOutput!, ...crop[i] }
  ));
}

/** The part of each axis that roi names; all of it where roi does not speak of the axis. */
function cropOf(attrs: Attrs, rank: number, roi: Tensor | undefined): { from: number; to: number }[] {
  const crop = Array.from({ length: rank }, () => ({ from: 0, to: 1 }));
  if (roi === undefined || roi.size === 0) return crop;
  const axes = attrs.has('axes') && attrs.ints('axes').length > 0 ? attrs.ints('axes') : crop.map((_, i) => i);
  if (roi.size !== 2 * axes.length) {
    fail('E_SHAPE', 'roi needs a start and an end an axis', {
      arg: { kind: 'input', name: 'roi' }, expected: String(2 * axes.length), found: String(roi.size),
    });
  }
  const values = numbersOf(roi);
  axes.forEach((a, i) => { crop[a < 0 ? a + rank : a] = { from: values[i], to: values[i + axes.length] }; });
  return crop;
}

const exact = stepOf('float64');

function resample(x: Tensor, axes: readonly Axis[], options: Options, ctx: KernelContext): Tensor {
  const dims = axes.map((a) => a.output);
  const y = ctx.output(0, x.type, dims);
  if (y.size === 0) return y;
  if (x.size === 0) fail('E_SHAPE', 'an empty tensor cannot be resized', { expected: 'an empty output', found: `[${dims.join(', ')}]` });
  if (options.mode !== 'nearest') checkInterpolation(x.type);
  const round = interpolationStep(x.type);
  const coordinates = axes.map((a) => coordinatesOf(a, options.transformation, round));
  if (options.mode === 'nearest') {
    applyNearest(x, y, axes.map((a, i) => nearestOf(a, coordinates[i], options.nearestMode)));
  } else if (options.mode === 'linear' && !options.antialias) {
    // onnxruntime blends 8-bit images with channels last in fixed point: coordinates have ten fractional bits, sums are exact.
    const fixed = dtypeInfo(x.type).bits === 8 && isChannelsLast(axes);
    const [at, step] = fixed ? [coordinates.map((c) => c.map((v) => Math.trunc(v * 1024) / 1024)), exact] : [coordinates, round];
    applyLinear(ctx, x, y, planeAxes(axes).map((axis) => ({ axis, ...linearOf(axes[axis], at[axis], step) })), step);
  } else {
    const filters = axes.map((a, i) => (
      a.scale === 1 && options.transformation !== 'tf_crop_and_resize' ? undefined
        : filterOf(a, coordinates[i], { ...options, cubic: options.mode === 'cubic' }, round)
    ));
    applyFilters(ctx, x, y, filters, options.antialias, round);
  }
  if (options.transformation === 'tf_crop_and_resize') {
    const outside = axes.map((a, i) => Array.from(coordinates[i], (c) => c < 0 || c > a.input - 1));
    fillOutside(y, outside, options.extrapolation);
  }
  return y;
}
