/** TensorProto to Tensor and back. */
import { fail } from '../errors.ts';
import { byteLength, dtypeInfo, sizeOf, storageLength, Tensor, type DType, type TensorData, type TypedArray } from '../tensor/index.ts';
import { int64Words, toNumber, type Int64, type TensorProto } from './proto.ts';
import { dtypeOf } from './types.ts';

/** Reads the bytes of a tensor that lies outside the model file. */
export type ReadExternalTensor = (proto: TensorProto, byteLength: number) => Uint8Array;

/**
 * The tensor a message describes. `raw_data` above 4 KiB that is aligned stays a view of the file's bytes; everything
 * else is copied.
 */
export function tensorFromProto(proto: TensorProto, readExternal?: ReadExternalTensor): Tensor {
  const what = `tensor ${JSON.stringify(proto.name ?? '')}`;
  const dtype = dtypeOf(proto.dataType, what);
  const dims = (proto.dims ?? []).map(toNumber);
  const size = sizeOf(dims);
  if (proto.dataLocation === 1) {
    if (readExternal === undefined) fail('E_EXTERNAL_DATA', `the data of ${what} is in another file`);
    return new Tensor(dtype, fromBytes(dtype, readExternal(proto, byteLength(dtype, size))), dims);
  }
  const data = dtype === 'string' ? decodeStrings(proto.stringData ?? [], what)
    : proto.rawData?.length ? fromBytes(dtype, proto.rawData)
    : fromTyped(dtype, proto, size);
  return new Tensor(dtype, data, dims);
}

const VIEW_FROM = 4096;

/** Raw little-endian bytes as the backing array of a type. */
export function fromBytes(dtype: DType, bytes: Uint8Array): TypedArray {
  const array = dtypeInfo(dtype).array ?? fail('E_MODEL', 'strings cannot be stored as raw bytes');
  const unit = array.BYTES_PER_ELEMENT;
  if (bytes.length % unit !== 0) fail('E_MODEL', `the raw bytes are not a whole number of ${dtype} elements`, { found: `${bytes.length} bytes` });
  const shared = bytes.length >= VIEW_FROM && bytes.byteOffset % unit === 0;
  const own = shared ? bytes : bytes.slice();
  const data = new array(own.buffer as ArrayBuffer, own.byteOffset, own.length / unit);
  return dtype === 'bool' ? (data as Uint8Array).some((b) => b > 1) ? (data as Uint8Array).map((b) => (b ? 1 : 0)) : data : data;
}

function fromTyped(dtype: DType, proto: TensorProto, size: number): TensorData {
  const { array, class: cls } = dtypeInfo(dtype);
  const field = typedField(dtype);
  const values = proto[field] ?? [];
  if (field === 'int64Data' || field === 'uint64Data') {
    const words = int64Words(values as readonly Int64[]);
    if (dtype === 'uint32') return Uint32Array.from({ length: values.length }, (_, i) => words[2 * i]!);
    return dtype === 'uint64' ? new BigUint64Array(words.buffer) : new BigInt64Array(words.buffer);
  }
  if (dtype === 'bool') return Uint8Array.from(values as readonly number[], (v) => (v ? 1 : 0));
  void cls; void size; void storageLength;
  return (array as Float32ArrayConstructor).from(values as readonly number[]);
}

export type TypedField = 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data' | 'stringData';

/** The field other than `raw_data` that holds elements of a type. */
export function typedField(dtype: DType): TypedField {
  switch (dtype) {
    case 'float32': case 'complex64': return 'floatData';
    case 'float64': case 'complex128': return 'doubleData';
    case 'int64': return 'int64Data';
    case 'uint32': case 'uint64': return 'uint64Data';
    case 'string': return 'stringData';
    default: return 'int32Data';
  }
}

/** The message for a tensor: raw bytes, or `string_data`. */
export function tensorToProto(tensor: Tensor, name: string): TensorProto {
  const proto: TensorProto = { name, dataType: dtypeInfo(tensor.type).onnx, dims: [...tensor.dims] };
  if (tensor.type === 'string') proto.stringData = (tensor.data as string[]).map((s) => new TextEncoder().encode(s));
  else proto.rawData = toBytes(tensor.data as TypedArray);
  return proto;
}

export function toBytes(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeStrings(values: readonly Uint8Array[], what: string): string[] {
  try {
    return values.map((bytes) => utf8.decode(bytes));
  } catch {
    return fail('E_MODEL', `a string in ${what} is not UTF-8`);
  }
}
