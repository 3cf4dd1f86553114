/**
 * Normalization of rows: the axes from `axis` on form one row.
 *
 *     LayerNormalization             y = (x - mean) / sqrt(variance + epsilon) * scale + bias
 *     RMSNormalization,
 *     SimplifiedLayerNormalization   y = x / sqrt(mean(x^2) + epsilon) * scale
 *
 * `stash_type` names the type of stage one, the normalization itself; Mean and InvStdDev come out in it.
 * https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import {
  layerNormalization as layerContract, rmsNormalization as rmsContract, simplifiedLayerNormalization as simplifiedContract,
} from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeFromOnnx, sizeOf, unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, frontAxis, roundTo, stepOf, type Step } from '../support/index.ts';
import { normalizeRows, rowParameter } from './row-norm.ts';

interface Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly centered: boolean;
  readonly stash: DType;
  /** Rounding of the normalized element before it is scaled. */
  readonly stage?: Step | undefined;
  /** Which outputs hold the mean and the inverse deviation. */
  readonly saves: { readonly mean?: number; readonly inverse?: number };
}

/** Stage one's arithmetic. Doubles stay doubles under the default stash type, as in onnxruntime. */
function stageStep(stash: DType, x: DType): Step {
  return stash === 'float32' ? stepOf(x) : roundTo(stash);
}

function stashType(onnx: number): DType {
  const dtype = dtypeFromOnnx(onnx);
  if (dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64') return dtype;
  return fail('E_ATTRIBUTE', 'stash_type must name a float type', {
    arg: { kind: 'attribute', name: 'stash_type' }, expected: '1, 10, 11 or 16', found: String(onnx),
  });
}

// x: any shape, rows from `axis` on. scale, bias: broadcast to x. y: as x.
function runLayer(ctx: KernelContext, x: Tensor, scale: Tensor, bias: Tensor | undefined, layer: Layer): (Tensor | undefined)[] {
  const axis = frontAxis(layer.axis, x.dims.length);
  const rowDims = [...x.dims.slice(0, axis), ...x.dims.slice(axis).map(() => 1)];
  const y = floatOutput(ctx, 0, scale.type, x.dims);
  const keep = (index: number | undefined) =>
    (index !== undefined && ctx.wants(index) ? { index, out: floatOutput(ctx, index, layer.stash, rowDims) } : undefined);
  const mean = keep(layer.saves.mean);
  const inverse = keep(layer.saves.inverse);
  normalizeRows(unpack(x), y.y, {
    length: sizeOf(x.dims.slice(axis)), epsilon: f32(layer.epsilon), centered: layer.centered,
    scale: rowParameter(scale, x.dims, axis), bias: bias && rowParameter(bias, x.dims, axis),
    step: stageStep(layer.stash, x.type), stage: layer.stage,
  }, (row, m, inv) => {
    if (mean !== undefined) mean.out.y[row] = m;
    if (inverse !== undefined) inverse.out.y[row] = inv;
  });
  const outputs: (Tensor | undefined)[] = [y.finish()];
  for (const saved of [mean, inverse]) if (saved !== undefined) outputs[saved.index] = saved.out.finish();
  return outputs;
}

export const layerNormalization = implement(layerContract, ({ attrs }) => {
  const layer: Layer = {
    axis: attrs.int('axis'), epsilon: attrs.float('epsilon'), centered: true, stash: stashType(attrs.int('stash_type')),
    saves: { mean: 1, inverse: 2 },
  };
  return ([x, scale, bias]: [Tensor, Tensor, Tensor?], ctx) => runLayer(ctx, x, scale, bias, layer);
});

export const simplifiedLayerNormalization = implement(simplifiedContract, ({ attrs }) => {
  const layer: Layer = {
    axis: attrs.int('axis'), epsilon: attrs.float('epsilon'), centered: false, stash: stashType(attrs.int('stash_type')), saves: { inverse: 1 },
  };
  return ([x, scale]: [Tensor, Tensor], ctx) => runLayer(ctx, x, scale, undefined, layer);
});

/** The normalized element takes x's own type before it is scaled: for float16 that is a rounding of its own. */
export const rmsNormalization = implement(rmsContract, ({ attrs }) => {
  const axis = attrs.int('axis'), epsilon = attrs.float('epsilon'), stash = stashType(attrs.int('stash_type'));
  return ([x, scale]: [Tensor, Tensor], ctx) =>
    runLayer(ctx, x, scale, undefined, { axis, epsilon, centered: false, stash, stage: roundTo(x.type), saves: {} });
});
