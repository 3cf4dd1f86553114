import { dequantizeLinear as standard, msDequantizeLinear as ms } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { parameterLayout } from './parameters.ts';

/**
 * y = (x - x_zero_point) * x_scale: an exact difference, one float32 product, rounded once more when y is narrower.
 * x, y: any shape; x_scale, x_zero_point: [], [length of axis], or x's shape with blocks along the axis.
 */
function prepareDequantize({ attrs, outputType }: PlacedNode) {
  const axis = attrs.has('axis') ? attrs.int('axis') : 1;
  const block = attrs.has('block_size') ? attrs.int('block_size') : 0;

  return ([x, scale, zeroPoint]: [Tensor, Tensor, Tensor?], ctx: KernelContext) => {
    const { outer, length, inner, block: blockLength, outerStep, blockStep, innerStep } = parameterLayout(x.dims, scale, zeroPoint, axis, block);
    const codes = unpack(x);
    const scales = unpack(scale);
    const zeros = zeroPoint === undefined ? new Uint8Array(scale.size) : unpack(zeroPoint);
    if (x.type === 'int32' && zeros.some((z) => z !== 0)) {
      fail('E_VALUE', 'int32 is dequantized without a zero point', { arg: { kind: 'input', name: 'x_zero_point', index: 2 }, expected: '0' });
    }
    const { y, finish } = floatOutput(ctx, 0, outputType(0) ?? scale.type, x.dims);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < length; k++) {
        let p = o * outerStep + Math.floor(k / blockLength) * blockStep;
        for (let i = 0; i < inner; i++, at++, p += innerStep) y[at] = f32(f32(codes[at] - zeros[p]) * scales[p]);
      }
    }
    return [finish()];
  };
}

export const dequantizeLinear = implement(standard, prepareDequantize);
export const msDequantizeLinear = implement(ms, prepareDequantize);
