/**
 * Elements of a tensor as plain numbers, whatever the storage: half and narrow floats decoded, packed types unpacked.
 * The counterpart `pack` rounds (half to even) and, for integers, truncates to the type's width.
 */
import { fail } from '../errors.ts';
import { decodeTable, encodeFloat, f16FromF32, f16ToF32, bf16FromF32, bf16ToF32, truncateToInt64, truncateToUint64 } from '../numeric/index.ts';
import { dtypeInfo, storageLength, type DType, type TypedArray } from './dtype.ts';
import { sizeOf, Tensor, type TensorData } from './tensor.ts';

/** Arrays that hold one number an element. */
export type NumberArray = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/** True when the backing array already holds one plain number an element. */
export function isNative(dtype: DType): boolean {
  return NATIVE.has(dtype);
}
const NATIVE = new Set<DType>(['float32', 'float64', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'uint32', 'bool']);

/**
 * One number an element: the backing array itself for native types; a decoded copy for float16, bfloat16, fp8, fp6,
 * fp4 (Float32Array) and int4, uint4, int2, uint2 (Int8Array, Uint8Array). Throws for 64-bit integers, strings and
 * complex types, which have no such view.
 */
export function unpack(tensor: Tensor): NumberArray {
  const { type, data, size } = tensor;
  if (NATIVE.has(type)) return data as NumberArray;
  if (type === 'float16' || type === 'bfloat16') {
    const decode = type === 'float16' ? f16ToF32 : bf16ToF32;
    const out = new Float32Array(size);
    const bits = data as Uint16Array;
    for (let i = 0; i < size; i++) out[i] = decode(bits[i]!);
    return out;
  }
  const info = dtypeInfo(type);
  if (info.bits < 8) return unpackBits(tensor, info.bits);
  if (info.class === 'float') {
    const table = decodeTable(type);
    const out = new Float32Array(size);
    const codes = data as Uint8Array;
    for (let i = 0; i < size; i++) out[i] = table[codes[i]!]!;
    return out;
  }
  return fail('E_TYPE', `${type} elements have no plain-number view`);
}

function unpackBits(tensor: Tensor, bits: number): NumberArray {
  const { type, size } = tensor;
  const bytes = tensor.data as Uint8Array | Int8Array;
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const signed = dtypeInfo(type).class === 'int';
  const float = dtypeInfo(type).class === 'float';
  const table = float ? decodeTable(type) : undefined;
  const out = float ? new Float32Array(size) : signed ? new Int8Array(size) : new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const code = (bytes[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & mask;
    out[i] = table ? table[code]! : signed ? (code << (32 - bits)) >> (32 - bits) : code;
  }
  return out;
}

/**
 * Stores one number an element as `dtype`. Floats are rounded half to even (narrow floats saturate unless `saturate` is
 * false); integers keep their low bits. `values` may be longer-lived storage: native types of the same array class
 * are taken without a copy.
 */
export function pack(dtype: DType, values: ArrayLike<number>, dims: readonly number[], saturate = true): Tensor {
  return new Tensor(dtype, packData(dtype, values, sizeOf(dims), saturate), dims);
}

export function packData(dtype: DType, values: ArrayLike<number>, size: number, saturate = true): TensorData {
  const info = dtypeInfo(dtype);
  if (info.array === undefined || info.class === 'complex') fail('E_TYPE', `plain numbers do not make ${dtype} elements`);
  if (values instanceof info.array && NATIVE.has(dtype)) return values;
  const out = new info.array(storageLength(dtype, size));
  writeElements(dtype, out, values, size, saturate);
  return out;
}

/** Writes plain numbers into backing storage of `dtype`: what `pack` does, into memory that exists already. */
export function writeElements(dtype: DType, out: TypedArray, values: ArrayLike<number>, size: number, saturate = true): void {
  const info = dtypeInfo(dtype);
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    const truncate = dtype === 'int64' ? truncateToInt64 : truncateToUint64;
    for (let i = 0; i < size; i++) out[i] = truncate(values[i]!);
  } else if (dtype === 'float16' || dtype === 'bfloat16') {
    const encode = dtype === 'float16' ? f16FromF32 : bf16FromF32;
    for (let i = 0; i < size; i++) out[i] = encode(values[i]!);
  } else if (info.bits < 8) {
    const perByte = 8 / info.bits;
    const mask = (1 << info.bits) - 1;
    out.fill(0);
    for (let i = 0; i < size; i++) {
      const code = info.class === 'float' ? encodeFloat(dtype, values[i]!, saturate) : values[i]! & mask;
      const at = Math.floor(i / perByte);
      out[at] = out[at]! | (code << ((i % perByte) * info.bits));
    }
  } else if (info.class === 'float' && info.bits === 8) {
    for (let i = 0; i < size; i++) out[i] = encodeFloat(dtype, values[i]!, saturate);
  } else if (dtype === 'bool') {
    for (let i = 0; i < size; i++) out[i] = values[i]! ? 1 : 0;
  } else {
    for (let i = 0; i < size; i++) out[i] = values[i]!;
  }
}

/** Integer elements of any integer or bool type as safe JavaScript integers: axes, shapes, indices. */
export function toInts(tensor: Tensor): number[] {
  const { type, data } = tensor;
  const cls = dtypeInfo(type).class;
  if (cls !== 'int' && cls !== 'uint' && cls !== 'bool') fail('E_TYPE', 'integers expected', { found: type });
  const elements = data instanceof BigInt64Array || data instanceof BigUint64Array ? data : unpack(tensor);
  const ints = new Array<number>(tensor.size);
  for (let i = 0; i < ints.length; i++) ints[i] = Number(elements[i]);
  return ints;
}

/** An int64 tensor from safe integers. */
export function int64(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}
