/** sum of X W over the window and the channels of the group, plus the bias of the channel. X [N, C, H, W], W [M, C/g, kh, kw]. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, w: Float32Array, bias: Float32Array, channels: number, height: number, width: number,
  outs: number, outHeight: number, outWidth: number, perGroup: number, outsPerGroup: number, kh: number, kw: number,
  strideY: number, strideX: number, dilationY: number, dilationX: number, padY: number, padX: number,
): number {
  const q = divide(this.thread.x, outWidth);
  const ox = this.thread.x - q * outWidth;
  const p = divide(q, outHeight);
  const oy = q - p * outHeight;
  const image = divide(p, outs);
  const m = p - image * outs;
  const group = divide(m, outsPerGroup);
  let sum = 0;
  for (let c = 0; c < perGroup; c++) {
    for (let ky = 0; ky < kh; ky++) {
      const iy = oy * strideY - padY + ky * dilationY;
      if (iy >= 0 && iy < height) {
        for (let kx = 0; kx < kw; kx++) {
          const ix = ox * strideX - padX + kx * dilationX;
          if (ix >= 0 && ix < width) {
            sum = sum + x[((image * channels + group * perGroup + c) * height + iy) * width + ix]! * w[((m * perGroup + c) * kh + ky) * kw + kx]!;
          }
        }
      }
    }
  }
  return sum + bias[m]!;
}

export const floatConv: KernelSource = { name: 'floatConv', main, helpers: [divide] };
