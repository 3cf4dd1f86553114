import { melWeightMatrix as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { dtypeFromOnnx, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';

/**
 * output [bins, mels]: column m is a triangle over the spectrum bins that rises from edge m to edge m + 1 and falls to
 * edge m + 2. The edges are evenly spaced on the mel scale, mel(f) = 2595 log10(1 + f / 700), from the lower frequency on
 * in steps of (upper - lower) / (mels + 2), and rounded down to bins: the upper frequency itself is never reached.
 */
export const melWeightMatrix = implement(contract, ({ attrs }) =>
  (inputs: readonly [Tensor, Tensor, Tensor, Tensor, Tensor], ctx) => {
    const [mels, length, rate] = inputs.slice(0, 3).map((t) => toInts(t)[0]);
    const [lower, upper] = inputs.slice(3).map((t) => melOf(unpack(t)[0]));
    if (!(mels >= 0) || !(length >= 0) || !(rate > 0)) {
      fail('E_VALUE', 'sizes must not be negative, nor the sample rate zero', {
        found: `${mels}, ${length}, ${rate}`,
      });
    }
    const bins = Math.floor(length / 2) + 1;
    const step = (upper - lower) / (mels + 2);
    const edge = (i: number): number => Math.floor(((length + 1) * hertzOf(lower + i * step)) / rate);
    return [compute(ctx, 0, dtypeFromOnnx(attrs.int('output_datatype'))!, [bins, mels], (y) => {
      y.fill(0);
      for (let m = 0; m < mels; m++) {
        const [left, center, right] = [edge(m), edge(m + 1), edge(m + 2)];
        const put = (bin: number, height: number) => {
          if (bin >= 0 && bin < bins) y[bin * mels + m] = height;
        };
        if (left === center) put(center, 1);
        else for (let bin = Math.max(0, left); bin <= Math.min(center, bins - 1); bin++) put(bin, (bin - left) / (center - left));
        for (let bin = Math.max(0, center); bin < Math.min(right, bins); bin++) put(bin, (right - bin) / (right - center));
      }
    })];
  });

const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);
