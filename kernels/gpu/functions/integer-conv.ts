/** f32(start + sum of (X - zx)(W - zw)) over the window and the channels of the group, kept and rounded as in integer-product; padding is X = zx. X [N, C, H, W], W [M, C/g, kh, kw]. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, w: Float32Array, zeroX: Float32Array, zeroW: Float32Array, startHigh: Float32Array, startLow: Float32Array,
  zeros: number, starts: number, channels: number, height: number, width: number,
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
  let zw = zeroW[0]!;
  if (zeros > 1) zw = zeroW[m]!;
  let at = 0;
  if (starts > 1) at = m;
  const zx = zeroX[0]!;
  let high = startHigh[at]!;
  let low = startLow[at]!;
  for (let c = 0; c < perGroup; c++) {
    for (let ky = 0; ky < kh; ky++) {
      const iy = oy * strideY - padY + ky * dilationY;
      if (iy >= 0 && iy < height) {
        for (let kx = 0; kx < kw; kx++) {
          const ix = ox * strideX - padX + kx * dilationX;
          if (ix >= 0 && ix < width) {
            const xv = x[((image * channels + group * perGroup + c) * height + iy) * width + ix]! - zx;
            low = low + xv * (w[((m * perGroup + c) * kh + ky) * kw + kx]! - zw);
            const carry = Math.floor(low / 65536);
            high = high + carry;
            low = low - carry * 65536;
          }
        }
      }
    }
  }
  return high * 65536 + low;
}

export const integerConv: KernelSource = { name: 'integerConv', main, helpers: [divide] };
