/** What a tensor message must fulfil, wherever it stands: one set of data, of the right kind, of exactly the right size. */
import { fail } from '../errors.ts';
import { byteLength, describeShape, storageLength, type DType } from '../tensor/index.ts';
import { EXTERNAL, externalRange } from './external.ts';
import { checkLimit, type Limits } from './limits.ts';
import { has, toNumber, type Int64, type SparseTensorProto, type TensorProto } from './proto.ts';
import { dtypeOf } from './types.ts';

/** What a tensor message says beside its data. */
export interface TensorHeader {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly size: number;
}

const TYPED_FIELDS = ['floatData', 'doubleData', 'int32Data', 'int64Data', 'uint64Data', 'stringData'] as const;
export type TypedField = (typeof TYPED_FIELDS)[number];

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

/** Throws `E_MODEL`, `E_EXTERNAL_DATA` or `E_LIMIT`. */
export function checkTensor(proto: TensorProto, limits: Limits): TensorHeader {
  const what = describeTensor(proto);
  const dtype = dtypeOf(proto.dataType, what);
  const dims = checkDims(proto.dims ?? [], dtype, limits, what);
  const header = { dtype, dims, size: dims.reduce((a, b) => a * b, 1) };
  if (has(proto, 'segment')) fail('E_MODEL', `${what} is only a segment of a tensor, which nothing can put together`);
  const fields: string[] = TYPED_FIELDS.filter((field) => (proto[field]?.length ?? 0) > 0);
  if ((proto.rawData?.length ?? 0) > 0) fields.push('rawData');
  if (proto.dataLocation === EXTERNAL) checkExternal(proto, header, fields, what);
  else checkInline(proto, header, fields, what);
  return header;
}

export function describeTensor(proto: TensorProto): string {
  return proto.name ? `tensor ${JSON.stringify(proto.name)}` : 'an unnamed tensor';
}

function checkDims(dims: readonly Int64[], dtype: DType, limits: Limits, what: string): number[] {
  checkLimit(limits, 'rank', dims.length, `the rank of ${what}`);
  const sizes = dims.map(toNumber);
  const bad = sizes.find((d) => !Number.isSafeInteger(d) || d < 0);
  if (bad !== undefined) fail('E_MODEL', `${what} has a bad dimension`, { expected: 'non-negative integers below 2^53', found: describeShape(sizes) });
  // A zero may hide an overflow of the others.
  const volume = sizes.reduce((a, b) => a * Math.max(b, 1), 1);
  if (!Number.isSafeInteger(volume)) fail('E_MODEL', `the element count of ${what} overflows`, { found: describeShape(sizes) });
  checkLimit(limits, 'tensorBytes', byteLength(dtype, sizes.includes(0) ? 0 : volume), `the size of ${what}`);
  return sizes;
}

function checkExternal(proto: TensorProto, { dtype, size }: TensorHeader, fields: readonly string[], what: string): void {
  if (fields.length > 0) fail('E_MODEL', `${what} has data in the file although it says that its data is external`, { found: fields.join(', ') });
  if (dtype === 'string') fail('E_MODEL', `${what} holds strings, which cannot be external`);
  const { location, length } = externalRange(proto);
  const need = byteLength(dtype, size);
  if (length !== undefined && length !== need) {
    fail('E_EXTERNAL_DATA', `the external data of ${what} in ${JSON.stringify(location)} has the wrong length`, { expected: `${need} bytes`, found: `${length}` });
  }
}

function checkInline(proto: TensorProto, { dtype, dims, size }: TensorHeader, fields: readonly string[], what: string): void {
  if ((proto.externalData ?? []).length > 0) fail('E_MODEL', `${what} names external data without saying that its data is external`);
  if (size === 0) {
    if (fields.length > 0) fail('E_MODEL', `${what} has no elements but has data`, { found: fields.join(', ') });
    return;
  }
  if (fields.length !== 1) {
    fail('E_MODEL', fields.length === 0 ? `${what} has no data` : `${what} has its data twice`, {
      expected: `${size} ${dtype} elements in one field`, found: fields.join(', ') || 'none',
    });
  }
  const [field] = fields;
  if (field === 'rawData' ? dtype === 'string' : field !== typedField(dtype)) {
    fail('E_MODEL', `${what} has its data in the wrong field`, { expected: dtype === 'string' ? 'stringData' : `rawData or ${typedField(dtype)}`, found: field! });
  }
  const raw = field === 'rawData';
  const need = raw ? byteLength(dtype, size) : dtype === 'string' ? size : storageLength(dtype, size);
  const found = raw ? proto.rawData!.length : proto[field as TypedField]!.length;
  if (found !== need) {
    fail('E_MODEL', `the data of ${what} does not fit its dimensions`, {
      expected: `${need} ${raw ? 'bytes' : 'entries'} for ${dtype}${describeShape(dims)}`, found: String(found),
    });
  }
}

/** Checks all but the content of the indices. */
export function checkSparseTensor(proto: SparseTensorProto, limits: Limits): void {
  if (!proto.values || !proto.indices) fail('E_MODEL', `a sparse tensor has no ${proto.values ? 'indices' : 'values'}`);
  const values = checkTensor(proto.values, limits);
  const indices = checkTensor(proto.indices, limits);
  const what = `sparse ${describeTensor(proto.values)}`;
  const dims = checkDims(proto.dims ?? [], values.dtype, limits, what);
  if (dims.length === 0 || dims.includes(0)) fail('E_MODEL', `${what} needs positive dimensions`, { found: describeShape(dims) });
  if (values.dims.length !== 1) fail('E_MODEL', `the values of ${what} are not a list`, { expected: 'rank 1', found: describeShape(values.dims) });
  if (indices.dtype !== 'int64') fail('E_MODEL', `the indices of ${what} have the wrong type`, { expected: 'int64', found: indices.dtype });
  const [count, width] = indices.dims;
  const linear = indices.dims.length === 1;
  if (count !== values.size || !(linear || (indices.dims.length === 2 && width === dims.length))) {
    fail('E_MODEL', `the indices of ${what} do not fit its values`, {
      expected: `[${values.size}] or [${values.size}, ${dims.length}]`, found: describeShape(indices.dims),
    });
  }
}
