/** The nearest float16 of each value, ties to even; beyond 65504 it is infinite. */
import { rint } from './rint.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array): number {
  const v = x[this.thread.x]!;
  const a = Math.abs(v);
  let unit = 0.000000059604644775390625;
  let bound = 0.0001220703125;
  for (let k = 0; k < 29; k++) { // up to 32768; WebGL 1 has loops over integers alone
    if (a >= bound) unit = unit * 2;
    bound = bound * 2;
  }
  let infinite = 3.4e38; // as a variable: shaders refuse constants that overflow
  infinite = infinite * 10;
  let r = v;
  if (a < 65520) r = rint(v / unit) * unit;
  else if (v > 0) r = infinite;
  else if (v < 0) r = 0 - infinite;
  return r;
}

export const castHalf: KernelSource = { name: 'castHalf', main, helpers: [rint] };
