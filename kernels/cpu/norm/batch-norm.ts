/**
 * y = (x - mean) / sqrt(var + epsilon) * scale + B, for each channel.
 *
 * In training mode mean and var (the population variance) come from the batch itself, and
 *
 *     running = input * momentum + batch * (1 - momentum)
 *
 * Training is asked for by training_mode since opset 14, by more outputs than Y in opsets 7 and 9, and by the absence of
 * is_test before. Opsets before 9 can normalize each feature on its own instead of each channel: spatial = 0.
 * https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { batchNormalization as contract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, splitAt, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emit, floatOutput, stepOf, type Step } from '../support/index.ts';
import { normalizeRun, sum, sumOfSquares } from './moments.ts';

/** x as [batch, channels, inner]: each channel has a mean and a variance of its own. */
interface Planes {
  readonly batch: number;
  readonly channels: number;
  readonly inner: number;
}

export const batchNormalization = implement(contract, (placed) => {
  const { attrs, version } = placed;
  const epsilon = f32(attrs.float('epsilon'));
  const momentum = f32(attrs.float('momentum'));
  const spatial = version.since >= 9 || attrs.int('spatial') !== 0;
  const training = isTraining(placed);
  return ([x, scale, bias, inputMean, inputVar]: [Tensor, Tensor, Tensor, Tensor, Tensor], ctx) => {
    const planes = planesOf(x.dims, spatial);
    for (const p of [scale, bias, inputMean, inputVar]) {
      if (p.size !== planes.channels) {
        fail('E_SHAPE', 'a parameter does not fit the channels', { expected: `${planes.channels} elements`, found: describeShape(p.dims) });
      }
    }
    const step = stepOf(x.type);
    const values = unpack(x);
    const given = { mean: unpack(inputMean), variance: unpack(inputVar) };
    const batch = training ? batchMoments(values, planes, step) : given;
    const scales = unpack(scale), biases = unpack(bias);
    const y = floatOutput(ctx, 0, x.type, x.dims);
    for (let n = 0; n < planes.batch; n++) {
      for (let c = 0; c < planes.channels; c++) {
        const deviation = step(Math.sqrt(step(batch.variance[c] + epsilon)));
        normalizeRun(y.y, values, (n * planes.channels + c) * planes.inner, planes.inner, batch.mean[c], deviation, scales[c], biases[c], step);
      }
    }
    const outputs: (Tensor | undefined)[] = [y.finish()];
    const save = (index: number, like: Tensor, of: (c: number) => number) => {
      if (ctx.wants(index)) outputs[index] = emit(ctx, index, like.type, Float64Array.from({ length: planes.channels }, (_, c) => of(c)), like.dims);
    };
    const blend = (old: ArrayLike<number>, now: ArrayLike<number>) => (c: number) =>
      (training ? step(step(old[c] * momentum) + step(now[c] * step(1 - momentum))) : old[c]);
    save(1, inputMean, blend(given.mean, batch.mean));
    save(2, inputVar, blend(given.variance, batch.variance));
    save(3, inputMean, (c) => batch.mean[c]); // saved_mean and saved_var, before opset 14
    save(4, inputVar, (c) => batch.variance[c]);
    return outputs;
  };
});

function isTraining({ attrs, version, node }: PlacedNode): boolean {
  if (version.since >= 14) return attrs.int('training_mode') !== 0;
  return version.since >= 7 ? node.outputs.slice(1).some((o) => o !== undefined) : attrs.int('is_test') === 0;
}

function planesOf(dims: readonly number[], spatial: boolean): Planes {
  if (dims.length < 2) return { batch: 1, channels: 1, inner: dims[0] ?? 1 }; // a vector is one channel
  const { outer, length, inner } = splitAt(dims, 1);
  return spatial ? { batch: outer, channels: length, inner } : { batch: outer, channels: length * inner, inner: 1 };
}

function batchMoments(x: ArrayLike<number>, { batch, channels, inner }: Planes, step: Step) {
  const count = batch * inner;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    let total = 0;
    for (let n = 0; n < batch; n++) total = step(total + sum(x, (n * channels + c) * inner, inner, step));
    mean[c] = step(total / count);
    let squares = 0;
    for (let n = 0; n < batch; n++) squares = step(squares + sumOfSquares(x, (n * channels + c) * inner, inner, mean[c], step));
    variance[c] = step(squares / count);
  }
  return { mean, variance };
}
