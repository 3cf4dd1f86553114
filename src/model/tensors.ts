/** TensorProto to Tensor and back. */
import { fail, OnnxError } from '../errors.ts';
import type { SparseTensor } from '../graph/index.ts';
import { byteLength, dtypeInfo, Tensor, type DType, type TensorData, type TypedArray } from '../tensor/index.ts';
import { checkSparseTensor, checkTensor, describeTensor, typedField } from './check-tensor.ts';
import { EXTERNAL, externalRange, type ReadExternal } from './external.ts';
import { checkLimit, type Limits } from './limits.ts';
import { checkIndices, denseByteLength, densify } from './sparse.ts';
import { int64Words, toNumber, type Int64, type SparseTensorProto, type TensorProto } from './proto.ts';

/**
 * Turns messages into tensors, and counts what lies outside the file. Raw data of 4 KiB and more stays a view of the
 * file's bytes where its alignment allows; everything else is copied.
 */
export class TensorReader {
  readonly limits: Limits;
  private readonly readExternal: ReadExternal | undefined;
  private readonly left: LeftOut | undefined;
  private externalBytes = 0;
  private denseBytes = 0;

  constructor(limits: Limits, readExternal?: ReadExternal, left?: LeftOut) {
    this.limits = limits;
    this.readExternal = readExternal;
    this.left = left;
  }

  /** Throws `E_MODEL`, `E_EXTERNAL_DATA` or `E_LIMIT`. */
  tensor(proto: TensorProto): Tensor {
    const { dtype, dims, size } = checkTensor(proto, this.limits);
    if (proto.dataLocation === EXTERNAL) return this.external(proto, dtype, dims, byteLength(dtype, size));
    const { left } = this, raw = proto.rawData;
    if (left !== undefined && raw?.length) {
      const { byteOffset, length } = raw;
      if (left.offsets.has(byteOffset)) return Tensor.stored(dtype, dims, () => fromBytes(dtype, left.read(byteOffset, length)));
      return new Tensor(dtype, fromBytes(dtype, new Uint8Array(raw)), dims); // a view would keep all the rest
    }
    const data = dtype === 'string' ? decodeStrings(proto.stringData ?? [], describeTensor(proto))
      : proto.rawData?.length ? fromBytes(dtype, proto.rawData)
      : fromTyped(dtype, proto);
    return new Tensor(dtype, data, dims);
  }

  /** Throws also when an index is out of range, repeated or out of order. */
  sparse(proto: SparseTensorProto): SparseTensor {
    checkSparseTensor(proto, this.limits);
    const sparse = { values: this.tensor(proto.values!), indices: this.tensor(proto.indices!), dims: (proto.dims ?? []).map(toNumber) };
    checkIndices(sparse, describeTensor(proto.values!));
    return sparse;
  }

  /** A sparse tensor written out. Throws `E_LIMIT` when all of them together take too much memory. */
  dense(proto: SparseTensorProto): Tensor {
    const sparse = this.sparse(proto);
    this.denseBytes += denseByteLength(sparse);
    checkLimit(this.limits, 'denseBytes', this.denseBytes, 'the size of sparse tensors once they are dense');
    return densify(sparse);
  }

  private external(proto: TensorProto, dtype: DType, dims: readonly number[], bytes: number): Tensor {
    const { location, offset, checksum } = externalRange(proto);
    if (this.readExternal === undefined) {
      fail('E_EXTERNAL_DATA', `the data of ${describeTensor(proto)} is in another file`, { found: location, hint: 'give the file in the option externalData' });
    }
    this.externalBytes += bytes;
    checkLimit(this.limits, 'externalBytes', this.externalBytes, 'the size of external data');
    const { readExternal } = this;
    try {
      if (!readExternal.again || bytes < STORED_FROM) return new Tensor(dtype, fromBytes(dtype, readExternal(location, offset, bytes, checksum)), dims);
      readExternal(location, offset + bytes, 0, checksum); // it is there, and long enough
      return Tensor.stored(dtype, dims, () => fromBytes(dtype, readExternal(location, offset, bytes, undefined)));
    } catch (error) {
      throw error instanceof OnnxError ? error.at({ arg: { kind: 'initializer', name: proto.name ?? '' } }) : error;
    }
  }
}

const VIEW_FROM = 4096;

/** Bytes from which elements in a file are read only when somebody wants them. */
export const STORED_FROM = 65536;

/** Raw data that a model's bytes leave out: zeros stand at these offsets of their buffer, and `read` gives what the file has there. */
export interface LeftOut {
  readonly offsets: ReadonlySet<number>;
  read(offset: number, length: number): Uint8Array;
}

/** Raw little-endian bytes as the backing array of a type. */
function fromBytes(dtype: DType, bytes: Uint8Array): TypedArray {
  const { array = Uint8Array } = dtypeInfo(dtype);
  const unit = array.BYTES_PER_ELEMENT;
  const own = bytes.length >= VIEW_FROM && bytes.byteOffset % unit === 0 ? bytes : new Uint8Array(bytes); // not slice: a Node Buffer would not copy
  if (dtype === 'bool') return own.some((b) => b > 1) ? own.map((b) => (b === 0 ? 0 : 1)) : own;
  return new array(own.buffer as ArrayBuffer, own.byteOffset, own.length / unit);
}

function fromTyped(dtype: DType, proto: TensorProto): TensorData {
  const field = typedField(dtype);
  const values = proto[field] ?? [];
  if (field === 'int64Data' || field === 'uint64Data') {
    const words = int64Words(values as readonly Int64[]);
    if (dtype === 'uint32') return Uint32Array.from({ length: values.length }, (_, i) => words[2 * i]!);
    return dtype === 'uint64' ? new BigUint64Array(words.buffer) : new BigInt64Array(words.buffer);
  }
  const numbers = values as readonly number[];
  if (dtype === 'bool') return Uint8Array.from(numbers, (v) => (v === 0 ? 0 : 1));
  return (dtypeInfo(dtype).array as Float32ArrayConstructor).from(numbers);
}

/** The message for a tensor: raw bytes, or `string_data`. */
export function tensorToProto(tensor: Tensor, name: string): TensorProto {
  const proto: TensorProto = { name, dataType: dtypeInfo(tensor.type).onnx, dims: [...tensor.dims] };
  if (tensor.type === 'string') proto.stringData = (tensor.data as string[]).map((s) => new TextEncoder().encode(s));
  else {
    const { buffer, byteOffset, byteLength } = tensor.data as TypedArray;
    proto.rawData = new Uint8Array(buffer, byteOffset, byteLength);
  }
  return proto;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeStrings(values: readonly Uint8Array[], what: string): string[] {
  try {
    return values.map((bytes) => utf8.decode(bytes));
  } catch {
    return fail('E_MODEL', `a string in ${what} is not UTF-8`);
  }
}
