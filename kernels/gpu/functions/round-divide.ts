import { rint } from './rint.ts';

/**
 * rint(f32(x / scale)), where the device's division may be off by some units in the last place: near a half, the sign of
 * x - (n + 1/2) * scale decides, computed exactly from the scale's two parts (`high` has its upper 12 bits). Quotients beyond 2^11 in
 * magnitude are left as they are: they saturate 8-bit codes, and 16-bit codes may be one off at a tie there.
 */
export function roundDivide(x: number, scale: number, high: number): number {
  const q = x / scale;
  const below = Math.floor(q - 0.5) + 0.5;
  let tie = below;
  if (q - below > 0.5) tie = below + 1;
  let r = rint(q);
  const distance = Math.abs(q - tie);
  if (distance < 0.001 && Math.abs(tie) < 2048) {
    let error = x - tie * high - tie * (scale - high);
    if (scale < 0) error = 0 - error;
    const even = 2 * Math.floor((tie + 0.5) / 2);
    // Half a unit in the last place of the quotient, times the scale: within it the rounded quotient is the half itself.
    let ulp = 0.000000059604644775390625;
    let bound = 1;
    for (let k = 0; k < 11; k++) { // WebGL 1 has loops over integers alone
      if (Math.abs(tie) >= bound) ulp = ulp * 2;
      bound = bound * 2;
    }
    const reach = ulp * 0.5 * Math.abs(scale);
    if (error > reach) r = tie + 0.5;
    if (error < 0 - reach) r = tie - 0.5;
    if (error <= reach && error >= 0 - reach) r = even;
  }
  return r;
}
