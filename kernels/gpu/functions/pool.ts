/** Over a window of planes [P, H, W]: the maximum (kind 0), the mean of what lies inside (1), the mean with padding counted (2). */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, kind: number, height: number, width: number, outHeight: number, outWidth: number, kh: number, kw: number,
  strideY: number, strideX: number, dilationY: number, dilationX: number, padY: number, padX: number, endY: number, endX: number, zero: number,
): number {
  const q = divide(this.thread.x, outWidth);
  const ox = this.thread.x - q * outWidth;
  const plane = divide(q, outHeight);
  const oy = q - plane * outHeight;
  let most = -3.4028234663852886e38;
  let sum = 0;
  let inside = 0;
  let counted = 0;
  for (let ky = 0; ky < kh; ky++) {
    const iy = oy * strideY - padY + ky * dilationY;
    for (let kx = 0; kx < kw; kx++) {
      const ix = ox * strideX - padX + kx * dilationX;
      if (iy < height + endY && ix < width + endX) counted = counted + 1;
      if (iy >= 0 && iy < height && ix >= 0 && ix < width) {
        const v = x[(plane * height + iy) * width + ix]!;
        most = Math.max(most, v);
        sum = sum + (v - zero);
        inside = inside + 1;
      }
    }
  }
  let y = most;
  if (kind === 1) y = sum / inside;
  if (kind === 2) y = sum / counted;
  if (kind === 3) y = sum;
  return y;
}

export const pool: KernelSource = { name: 'pool', main, helpers: [divide] };
