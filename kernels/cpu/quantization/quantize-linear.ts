import { dynamicQuantizeLinear as dynamic, msQuantizeLinear as ms, quantizeLinear as standard } from '../../../src/ops/contracts.ts';
import { bf16, f16, f32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import {
  dtypeFromOnnx, dtypeInfo, isNative, unpack, writeElements, type NumberArray, type Tensor, type TypedArray,
} from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitRaw } from '../support/index.ts';
import { quantizeDynamically } from './dynamic.ts';
import { parameterLayout } from './parameters.ts';

/**
 * y = saturate(rint(x / y_scale) + y_zero_point): one float32 division (`precision` may narrow its result), rounded half
 * to even; then the zero point, then saturation. NaN becomes the smallest integer. A narrow float y has no rint: the
 * quotient plus zero point is rounded to the type's own grid.
 * x, y: any shape; y_scale, y_zero_point: [], [length of axis], or x's shape with blocks along the axis.
 */
function prepareQuantize({ attrs, outputType }: PlacedNode) {
  const axis = attrs.has('axis') ? attrs.int('axis') : 1;
  const block = attrs.has('block_size') ? attrs.int('block_size') : 0;
  const saturates = !attrs.has('saturate') || attrs.int('saturate') !== 0;
  const precision = attrs.has('precision') ? dtypeFromOnnx(attrs.int('precision')) : undefined;
  const narrow = precision === 'float16' ? f16 : precision === 'bfloat16' ? bf16 : undefined;
  const dtype = outputType(0) ?? 'uint8';
  const info = dtypeInfo(dtype);
  const isFloat = info.class === 'float';
  const [lo, hi] = isFloat ? [0, 0] : integerRange(dtype);

  return ([x, scale, zeroPoint]: [Tensor, Tensor, Tensor?], ctx: KernelContext) => {
    const { outer, length, inner, block: blockLength, outerStep, blockStep, innerStep } = parameterLayout(x.dims, scale, zeroPoint, axis, block);
    const y = ctx.output(0, dtype, x.dims);
    const codes: NumberArray = isNative(dtype) ? (y.data as NumberArray) : isFloat ? new Float32Array(x.size) : new Int8Array(x.size);
    const values = unpack(x);
    const scales = unpack(scale);
    const zeros = zeroPoint === undefined ? new Uint8Array(scale.size) : unpack(zeroPoint);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < length; k++) {
        let p = o * outerStep + Math.floor(k / blockLength) * blockStep;
        for (let i = 0; i < inner; i++, at++, p += innerStep) {
          let quotient = f32(values[at] / scales[p]);
          if (narrow !== undefined) quotient = narrow(quotient);
          codes[at] = isFloat ? quotient + zeros[p] : saturate(rint(quotient) + zeros[p], lo, hi);
        }
      }
    }
    if (codes !== y.data) writeElements(dtype, y.data as TypedArray, codes, x.size, saturates);
    return [y];
  };
}

export const quantizeLinear = implement(standard, prepareQuantize);
export const msQuantizeLinear = implement(ms, prepareQuantize);

/** y, y_scale, y_zero_point = uint8 codes of x, and the parameters found for them. x, y: any shape. */
export const dynamicQuantizeLinear = implement(dynamic, () => ([x]: [Tensor], ctx) => {
  const y = ctx.output(0, 'uint8', x.dims);
  const { scale, zeroPoint } = quantizeDynamically(unpack(x), y.data as Uint8Array);
  return [y, emitRaw(ctx, 1, 'float32', [scale], []), emitRaw(ctx, 2, 'uint8', [zeroPoint], [])];
});
