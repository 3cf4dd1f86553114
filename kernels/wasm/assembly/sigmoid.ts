// Sigmoid and hyperbolic tangent, which other kernels build on. Not exports of the module.
import { exp4 } from './exp';

/** tanh(x) / x - 1 over x^2, in x^2, the highest power first. */
const NEAR: usize = memory.data<f32>([-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1], 4);

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

// Odd polynomial near 0, where the quotient of exponentials would cancel; the quotient elsewhere.
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const one = f32x4.splat(1);
  const z = f32x4.mul(x, x);
  let p = v128.load32_splat(NEAR);
  p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(NEAR, 4));
  p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(NEAR, 8));
  p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(NEAR, 12));
  p = f32x4.add(f32x4.mul(p, z), v128.load32_splat(NEAR, 16));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  const magnitude = f32x4.abs(x);
  const e = exp4(f32x4.mul(magnitude, f32x4.splat(-2)));
  const far = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(magnitude, f32x4.splat(0.625)));
}
