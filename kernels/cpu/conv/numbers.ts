/** Interpolation works on plain numbers: how elements of any type become numbers, and numbers elements again. */
import { fail } from '../../../src/errors.ts';
import { integerRange, saturate } from '../../../src/numeric/index.ts';
import { dtypeInfo, unpack, writeElements, type DType, type NumberArray, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { stepOf, type Step } from '../support/index.ts';

/** Elements as doubles: unpacked, 64-bit integers converted, complex numbers as two parts. */
export function numbersOf(t: Tensor): NumberArray {
  const { data } = t;
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number)
    : dtypeInfo(t.type).class === 'complex' ? (data as Float32Array | Float64Array)
    : unpack(t);
}

/** Dimensions as the numbers lie: complex elements have a last axis of two parts. */
export function partDims(t: Tensor): readonly number[] {
  return dtypeInfo(t.type).class === 'complex' ? [...t.dims, 2] : t.dims;
}

/** Stores results: floats rounded to their type; integers cut off towards zero, as a C cast does, and saturated. */
export function store(y: Tensor, values: ArrayLike<number>): void {
  const { class: kind } = dtypeInfo(y.type);
  if (kind === 'complex') (y.data as Float32Array).set(values);
  else if (kind === 'float') writeElements(y.type, y.data as TypedArray, values, y.size);
  else {
    const [low, high] = integerRange(y.type);
    const out = y.data as TypedArray;
    for (let i = 0; i < y.size; i++) {
      const v = saturate(Math.trunc(values[i]), low, high);
      if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[i] = BigInt(v);
      else out[i] = v;
    }
  }
}

/** The rounding of each step: float32, as onnxruntime interpolates integers too; doubles for 64-bit elements. */
export function interpolationStep(type: DType): Step {
  return stepOf(type === 'int64' || type === 'uint64' ? 'float64' : type);
}

/** Throws `E_TYPE` for elements that are no numbers. */
export function checkInterpolation(type: DType): void {
  const { class: kind } = dtypeInfo(type);
  if (kind === 'string' || kind === 'bool') fail('E_TYPE', `${type} elements cannot be interpolated`, { hint: 'mode nearest copies any type' });
}
