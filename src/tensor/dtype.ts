/**
 * The 28 element types of ONNX (IR 14) as one table: the number in the file, the size in bits, and how JavaScript
 * stores them. Names follow onnxruntime's where it has one, and the ONNX enum in lower case elsewhere.
 * https://github.com/onnx/onnx/blob/main/docs/IR.md#tensor-element-types
 */
export type DType =
  | 'float32' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'int64' | 'string' | 'bool' | 'float16'
  | 'float64' | 'uint32' | 'uint64' | 'complex64' | 'complex128' | 'bfloat16'
  | 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz'
  | 'uint4' | 'int4' | 'float4e2m1' | 'float8e8m0' | 'uint2' | 'int2' | 'float6e2m3' | 'float6e3m2';

/** The arrays that back tensors. Sub-byte types are packed in a Uint8Array or Int8Array, low bits first. */
export type TypedArray =
  | Float32Array | Float64Array | Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array | Uint32Array
  | BigInt64Array | BigUint64Array;

export type TypedArrayConstructor =
  | Float32ArrayConstructor | Float64ArrayConstructor | Uint8ArrayConstructor | Int8ArrayConstructor
  | Uint16ArrayConstructor | Int16ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor
  | BigInt64ArrayConstructor | BigUint64ArrayConstructor;

/** Broad classes that kernels and contracts branch on instead of on single types. */
export type DTypeClass = 'float' | 'int' | 'uint' | 'bool' | 'string' | 'complex';

export interface DTypeInfo {
  readonly name: DType;
  /** `TensorProto.DataType` number. */
  readonly onnx: number;
  readonly class: DTypeClass;
  /** Bits of one element as stored in a tensor (complex counts both parts; string is 0). */
  readonly bits: number;
  /** Elements of the backing array per tensor element; below 1 for packed types. */
  readonly perElement: number;
  readonly array: TypedArrayConstructor | undefined;
}

const row = (
  name: DType, onnx: number, cls: DTypeClass, bits: number, array: TypedArrayConstructor | undefined, perElement = 1,
): DTypeInfo => ({ name, onnx, class: cls, bits, array, perElement });

const TABLE: readonly DTypeInfo[] = [
  row('float32', 1, 'float', 32, Float32Array),
  row('uint8', 2, 'uint', 8, Uint8Array),
  row('int8', 3, 'int', 8, Int8Array),
  row('uint16', 4, 'uint', 16, Uint16Array),
  row('int16', 5, 'int', 16, Int16Array),
  row('int32', 6, 'int', 32, Int32Array),
  row('int64', 7, 'int', 64, BigInt64Array),
  row('string', 8, 'string', 0, undefined),
  row('bool', 9, 'bool', 8, Uint8Array),
  row('float16', 10, 'float', 16, Uint16Array),
  row('float64', 11, 'float', 64, Float64Array),
  row('uint32', 12, 'uint', 32, Uint32Array),
  row('uint64', 13, 'uint', 64, BigUint64Array),
  row('complex64', 14, 'complex', 64, Float32Array, 2),
  row('complex128', 15, 'complex', 128, Float64Array, 2),
  row('bfloat16', 16, 'float', 16, Uint16Array),
  row('float8e4m3fn', 17, 'float', 8, Uint8Array),
  row('float8e4m3fnuz', 18, 'float', 8, Uint8Array),
  row('float8e5m2', 19, 'float', 8, Uint8Array),
  row('float8e5m2fnuz', 20, 'float', 8, Uint8Array),
  row('uint4', 21, 'uint', 4, Uint8Array, 1 / 2),
  row('int4', 22, 'int', 4, Int8Array, 1 / 2),
  row('float4e2m1', 23, 'float', 4, Uint8Array, 1 / 2),
  row('float8e8m0', 24, 'float', 8, Uint8Array),
  row('uint2', 25, 'uint', 2, Uint8Array, 1 / 4),
  row('int2', 26, 'int', 2, Int8Array, 1 / 4),
  // Six bits are not packed: the specification stores one element in a byte.
  row('float6e2m3', 27, 'float', 8, Uint8Array),
  row('float6e3m2', 28, 'float', 8, Uint8Array),
];

const BY_NAME = new Map(TABLE.map((t) => [t.name, t]));
const BY_ONNX = new Map(TABLE.map((t) => [t.onnx, t]));

/** All element types, in the order of their ONNX numbers. */
export const DTYPES: readonly DType[] = TABLE.map((t) => t.name);

/** The row of a type. */
export function dtypeInfo(name: DType): DTypeInfo {
  return BY_NAME.get(name)!;
}

/** The type with this `TensorProto.DataType` number, or undefined when there is none. */
export function dtypeFromOnnx(onnx: number): DType | undefined {
  return BY_ONNX.get(onnx)?.name;
}

export function isDType(name: string): name is DType {
  return BY_NAME.has(name as DType);
}

/** Length of the backing array for `size` elements: packed types round up, complex types take two. */
export function storageLength(dtype: DType, size: number): number {
  return Math.ceil(size * dtypeInfo(dtype).perElement);
}

/** Bytes that `size` elements take. Strings count as 0. */
export function byteLength(dtype: DType, size: number): number {
  const info = dtypeInfo(dtype);
  return info.array === undefined ? 0 : storageLength(dtype, size) * info.array.BYTES_PER_ELEMENT;
}
