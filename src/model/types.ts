/** TypeProto to ValueType and back. */
import { fail } from '../errors.ts';
import { dtypeFromOnnx, dtypeInfo, type Dim, type DType, type ValueType } from '../tensor/index.ts';
import { has, toLong, toNumber, type TypeProto, type ValueInfoProto } from './proto.ts';

type ShapeProto = NonNullable<NonNullable<TypeProto['tensorType']>['shape']>;

/** The type a file declares; undefined when it declares none. */
export function typeFromProto(proto: TypeProto | null | undefined, what: string): ValueType | undefined {
  if (!proto) return undefined;
  const elem = (inner: TypeProto | null | undefined) =>
    typeFromProto(inner, what) ?? fail('E_MODEL', `the type of ${what} has no element type`);
  if (proto.tensorType) {
    const { elemType, shape } = proto.tensorType;
    return { kind: 'tensor', dtype: dtypeOf(elemType, what), shape: shapeFromProto(shape, what) };
  }
  if (proto.sparseTensorType) {
    const { elemType, shape } = proto.sparseTensorType;
    return { kind: 'sparse_tensor', dtype: dtypeOf(elemType, what), shape: shapeFromProto(shape, what) };
  }
  if (proto.sequenceType) return { kind: 'sequence', elem: elem(proto.sequenceType.elemType) };
  if (proto.optionalType) return { kind: 'optional', elem: elem(proto.optionalType.elemType) };
  if (proto.mapType) return { kind: 'map', key: dtypeOf(proto.mapType.keyType, what), value: elem(proto.mapType.valueType) };
  if (proto.opaqueType) return fail('E_TYPE', `opaque types are not supported (${what})`);
  return undefined;
}

/** Types by name, of the entries that have one. */
export function declaredTypes(infos: readonly ValueInfoProto[]): Map<string, ValueType> {
  const types = new Map<string, ValueType>();
  for (const { name, type } of infos) {
    const declared = typeFromProto(type, JSON.stringify(name ?? ''));
    if (declared !== undefined) types.set(name ?? '', declared);
  }
  return types;
}

/** The element type with this number. Throws `E_MODEL` for none or an unknown one. */
export function dtypeOf(onnx: number | null | undefined, what: string): DType {
  return dtypeFromOnnx(onnx ?? 0) ?? fail('E_MODEL', `${what} has no known element type`, {
    expected: 'a TensorProto.DataType from 1 to 28', found: String(onnx ?? 'none'),
  });
}

function shapeFromProto(shape: ShapeProto | null | undefined, what: string): readonly Dim[] | undefined {
  if (!shape) return undefined;
  return (shape.dim ?? []).map((d) => { // a scalar's shape has none
    if (has(d, 'dimParam')) return d.dimParam || undefined;
    if (!has(d, 'dimValue')) return undefined;
    const value = toNumber(d.dimValue);
    if (value === -1) return undefined; // what some exporters write for "unknown"
    if (value < 0 || !Number.isSafeInteger(value)) fail('E_MODEL', `bad dimension in the type of ${what}`, { expected: 'a non-negative integer', found: String(value) });
    return value;
  });
}

/** The inverse of `typeFromProto`. */
export function typeToProto(type: ValueType): TypeProto {
  const tensor = (dtype: DType, shape: readonly Dim[] | undefined) => ({
    elemType: dtypeInfo(dtype).onnx,
    ...(shape && { shape: { dim: shape.map((d) => (typeof d === 'number' ? { dimValue: toLong(d) } : d === undefined ? {} : { dimParam: d })) } }),
  });
  switch (type.kind) {
    case 'tensor': return { tensorType: tensor(type.dtype, type.shape) };
    case 'sparse_tensor': return { sparseTensorType: tensor(type.dtype, type.shape) };
    case 'sequence': return { sequenceType: { elemType: typeToProto(type.elem) } };
    case 'optional': return { optionalType: { elemType: typeToProto(type.elem) } };
    case 'map': return { mapType: { keyType: dtypeInfo(type.key).onnx, valueType: typeToProto(type.value) } };
  }
}
