import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { describeShape, splitAt, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute, frontAxis, stepOf } from '../support/index.ts';
import { fourier, mirror } from './fourier.ts';

/**
 * The Fourier transform along an axis of input [.., N, .., 1 or 2], real or complex in the last axis; the sequence is
 * cut or padded with zeros to `dft_length`. `onesided` keeps the first N / 2 + 1 bins of a real input; the inverse takes
 * such bins and gives the real sequence, of 2 * (bins - 1) elements unless told otherwise.
 */
export const dft = implement(contracts.dft, ({ attrs, version }) => {
  const inverse = attrs.int('inverse') !== 0;
  const onesided = attrs.int('onesided') !== 0;
  return ([x, lengthTensor, axisTensor]: [Tensor, Tensor?, Tensor?], ctx) => {
    const rank = x.dims.length;
    const parts = x.dims[rank - 1]; // 1: real, 2: complex
    if (rank < 2 || (parts !== 1 && parts !== 2)) {
      fail('E_SHAPE', 'the last axis holds real and imaginary parts', {
        expected: '[.., N, 1 or 2]', found: describeShape(x.dims),
      });
    }
    const axis = frontAxis(version.since < 20 ? attrs.int('axis') : axisTensor === undefined ? -2 : toInts(axisTensor)[0], rank);
    if (axis === rank - 1) {
      fail('E_VALUE', 'the last axis cannot be transformed', {
        arg: { kind: 'input', name: 'axis' }, found: String(axis),
      });
    }
    if (onesided && !inverse && parts === 2) {
      fail('E_SHAPE', 'a complex input has no onesided transform', {
        found: describeShape(x.dims),
      });
    }
    const natural = onesided && inverse ? 2 * (x.dims[axis] - 1) : x.dims[axis];
    const length = lengthTensor === undefined ? natural : toInts(lengthTensor)[0];
    if (!(length > 0)) fail('E_VALUE', 'the length of a transform must be positive', { found: String(length) });
    const bins = onesided ? Math.floor(length / 2) + 1 : length;
    const [read, written, partsOut] = !onesided ? [length, length, 2] : inverse ? [bins, length, 1] : [length, bins, 2];
    const dims = x.dims.map((d, i) => (i === axis ? written : i === rank - 1 ? partsOut : d));
    const { outer, length: given, inner } = splitAt(x.dims, axis); // x: [outer, given, inner / parts, parts]
    const columns = inner / parts;
    const values = unpack(x);
    return [compute(ctx, 0, x.type, dims, (y) => {
      if (y.length === 0) return; // the buffers below are as long as the transform, whatever the batch
      const transform = fourier(length, inverse, stepOf(x.type));
      const from = new Float64Array(2 * length);
      const to = new Float64Array(2 * length);
      for (let o = 0; o < outer; o++) {
        for (let c = 0; c < columns; c++) {
          from.fill(0);
          for (let n = 0; n < Math.min(read, given); n++) {
            const at = ((o * given + n) * columns + c) * parts;
            from[2 * n] = values[at];
            if (parts === 2) from[2 * n + 1] = values[at + 1];
          }
          if (onesided && inverse) mirror(from, length);
          transform(from, to);
          if (parts === 1 && !inverse) mirror(to, length);
          for (let k = 0; k < written; k++) {
            const at = ((o * written + k) * columns + c) * partsOut;
            y[at] = to[2 * k];
            if (partsOut === 2) y[at + 1] = to[2 * k + 1];
          }
        }
      }
    })];
  };
});

/**
 * output [batch, frame, bin, 2] = the transform of signal [batch, length, 1 or 2], from frame * frame_step on, times the
 * window. `onesided` keeps the first half of the bins and one more.
 */
export const stft = implement(contracts.stft, ({ attrs }) => {
  const onesided = attrs.int('onesided') !== 0;
  return ([signal, stepTensor, window, lengthTensor]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
    if (signal.dims.length !== 3 || signal.dims[2] < 1 || signal.dims[2] > 2) {
      fail('E_SHAPE', 'bad signal', { expected: '[batch, length, 1 or 2]', found: describeShape(signal.dims) });
    }
    const [batch, samples, parts] = signal.dims;
    const step = toInts(stepTensor)[0];
    const length = lengthTensor !== undefined ? toInts(lengthTensor)[0] : (window?.size ?? samples);
    if (!(step > 0) || !(length > 0)) {
      fail('E_VALUE', 'frame_step and frame_length must be positive', {
        found: `${step} and ${length}`,
      });
    }
    if (window !== undefined && window.size !== length) {
      fail('E_SHAPE', 'the window does not fit the frame', {
        expected: `[${length}]`, found: describeShape(window.dims),
      });
    }
    if (onesided && parts === 2) {
      fail('E_SHAPE', 'a complex signal has no onesided transform', {
        found: describeShape(signal.dims),
      });
    }
    const frames = Math.max(0, Math.floor((samples - length) / step) + 1);
    const bins = onesided ? Math.floor(length / 2) + 1 : length;
    const values = unpack(signal);
    const weights = window && unpack(window);
    return [compute(ctx, 0, signal.type, [batch, frames, bins, 2], (y) => {
      if (y.length === 0) return;
      const r = stepOf(signal.type);
      const transform = fourier(length, false, r);
      const from = new Float64Array(2 * length);
      const to = new Float64Array(2 * length);
      for (let b = 0; b < batch; b++) {
        for (let f = 0; f < frames; f++) {
          for (let n = 0; n < length; n++) {
            const at = (b * samples + f * step + n) * parts;
            const weight = weights === undefined ? 1 : weights[n];
            from[2 * n] = r(values[at] * weight);
            from[2 * n + 1] = parts === 2 ? r(values[at + 1] * weight) : 0;
          }
          transform(from, to);
          if (parts === 1) mirror(to, length);
          const row = (b * frames + f) * bins * 2;
          for (let i = 0; i < 2 * bins; i++) y[row + i] = to[i];
        }
      }
    })];
  };
});
