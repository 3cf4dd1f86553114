/** The .pb files beside a test model: one value each, encoded as the type of its graph input or output says. */
import { fail } from '../errors.ts';
import { dtypeInfo, Tensor, type DType, type OnnxMap, type Optional, type Sequence, type Value, type ValueType } from '../tensor/index.ts';
import { encodeMessage, encoders } from './encode.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { decodeMessage, toBigInt, toLong, type MapProto, type OptionalProto, type SequenceProto } from './proto.ts';
import { scanMessage } from './scan.ts';
import { decodeStrings, TensorReader, tensorToProto } from './tensors.ts';
import { dtypeOf } from './types.ts';

const reader = new TensorReader(DEFAULT_LIMITS);

/** Decodes a TensorProto. */
export function decodeTensor(bytes: Uint8Array): { name: string; tensor: Tensor } {
  scanMessage(bytes, 'TensorProto', DEFAULT_LIMITS);
  const proto = decodeMessage('TensorProto', bytes);
  return { name: proto.name ?? '', tensor: reader.tensor(proto) };
}

const MESSAGE_OF = {
  tensor: 'TensorProto', sparse_tensor: 'SparseTensorProto', sequence: 'SequenceProto', optional: 'OptionalProto', map: 'MapProto',
} satisfies Record<ValueType['kind'], string>;

/** Encodes a TensorProto. */
export function encodeTensor(tensor: Tensor, name: string): Uint8Array {
  return encodeMessage(encoders.TensorProto, tensorToProto(tensor, name));
}

/** Encodes a value as the message `decodeValue` reads. */
export function encodeValue(value: Value, name: string): Uint8Array {
  if (value instanceof Tensor) return encodeTensor(value, name);
  switch (value.kind) {
    case 'sequence': return encodeMessage(encoders.SequenceProto, sequenceToProto(value, name));
    case 'optional': return encodeMessage(encoders.OptionalProto, optionalToProto(value, name));
    case 'map': return encodeMessage(encoders.MapProto, mapToProto(value, name));
  }
}

/** Decodes a TensorProto, SequenceProto, OptionalProto or MapProto, whichever the type asks for. */
export function decodeValue(bytes: Uint8Array, type: ValueType): Value {
  scanMessage(bytes, MESSAGE_OF[type.kind], DEFAULT_LIMITS);
  switch (type.kind) {
    case 'tensor': return decodeTensor(bytes).tensor;
    case 'sequence': return sequenceFromProto(decodeMessage('SequenceProto', bytes), type.elem);
    case 'optional': return optionalFromProto(decodeMessage('OptionalProto', bytes), type.elem);
    case 'map': return mapFromProto(decodeMessage('MapProto', bytes), type.value);
    case 'sparse_tensor': return fail('E_TYPE', 'sparse tensors are not values of a run');
  }
}

function sequenceFromProto(proto: SequenceProto, elem: ValueType): Sequence {
  const items = elem.kind === 'tensor' ? (proto.tensorValues ?? []).map((t) => reader.tensor(t))
    : elem.kind === 'sequence' ? (proto.sequenceValues ?? []).map((s) => sequenceFromProto(s, elem.elem))
    : elem.kind === 'map' ? (proto.mapValues ?? []).map((m) => mapFromProto(m, elem.value))
    : elem.kind === 'optional' ? (proto.optionalValues ?? []).map((o) => optionalFromProto(o, elem.elem))
    : fail('E_TYPE', `a sequence cannot hold ${elem.kind} values`);
  return { kind: 'sequence', elem, items };
}

function optionalFromProto(proto: OptionalProto, elem: ValueType): Optional {
  const value = elem.kind === 'tensor' ? proto.tensorValue && reader.tensor(proto.tensorValue)
    : elem.kind === 'sequence' ? proto.sequenceValue && sequenceFromProto(proto.sequenceValue, elem.elem)
    : elem.kind === 'map' ? proto.mapValue && mapFromProto(proto.mapValue, elem.value)
    : elem.kind === 'optional' ? proto.optionalValue && optionalFromProto(proto.optionalValue, elem.elem)
    : fail('E_TYPE', `an optional cannot hold a ${elem.kind} value`);
  return { kind: 'optional', elem, value: value ?? undefined };
}

function mapFromProto(proto: MapProto, value: ValueType): OnnxMap {
  const key: DType = dtypeOf(proto.keyType, 'a map');
  const keys = key === 'string' ? decodeStrings(proto.stringKeys ?? [], 'a map') : (proto.keys ?? []).map(toBigInt);
  const { items } = sequenceFromProto(proto.values ?? {}, value);
  if (keys.length !== items.length) fail('E_MODEL', 'a map needs as many values as keys', { expected: String(keys.length), found: String(items.length) });
  return { kind: 'map', key, value, entries: new Map(keys.map((k, i) => [k, items[i]!])) };
}

const KIND = { tensor: 1, sparse_tensor: 2, sequence: 3, map: 4, optional: 5 } satisfies Record<ValueType['kind'], number>;

function sequenceToProto({ elem, items }: Sequence, name: string): SequenceProto {
  const proto: SequenceProto = { name, elemType: KIND[elem.kind] };
  if (elem.kind === 'tensor') proto.tensorValues = items.map((v) => tensorToProto(v as Tensor, ''));
  else if (elem.kind === 'sequence') proto.sequenceValues = items.map((v) => sequenceToProto(v as Sequence, ''));
  else if (elem.kind === 'map') proto.mapValues = items.map((v) => mapToProto(v as OnnxMap, ''));
  else if (elem.kind === 'optional') proto.optionalValues = items.map((v) => optionalToProto(v as Optional, ''));
  return proto;
}

function optionalToProto({ elem, value }: Optional, name: string): OptionalProto {
  const proto: OptionalProto = { name, elemType: KIND[elem.kind] };
  if (value === undefined) return proto;
  if (elem.kind === 'tensor') proto.tensorValue = tensorToProto(value as Tensor, '');
  else if (elem.kind === 'sequence') proto.sequenceValue = sequenceToProto(value as Sequence, '');
  else if (elem.kind === 'map') proto.mapValue = mapToProto(value as OnnxMap, '');
  else if (elem.kind === 'optional') proto.optionalValue = optionalToProto(value as Optional, '');
  return proto;
}

function mapToProto({ key, value, entries }: OnnxMap, name: string): MapProto {
  const proto: MapProto = { name, keyType: dtypeInfo(key).onnx };
  const keys = [...entries.keys()];
  if (key === 'string') proto.stringKeys = keys.map((k) => new TextEncoder().encode(String(k)));
  else proto.keys = keys.map((k) => toLong(BigInt(k)));
  proto.values = sequenceToProto({ kind: 'sequence', elem: value, items: [...entries.values()] }, '');
  return proto;
}
