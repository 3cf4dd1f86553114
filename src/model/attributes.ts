/** AttributeProto to Attribute and back. */
import { fail } from '../errors.ts';
import type { Attribute, Graph, SparseTensor } from '../graph/index.ts';
import type { ValueType } from '../tensor/index.ts';
import { KIND, toBigInt, toLong, type AttributeProto, type GraphProto, type SparseTensorProto, type TypeProto } from './proto.ts';
import { decodeStrings, tensorToProto, type TensorReader } from './tensors.ts';
import { typeFromProto, typeToProto } from './types.ts';

/** `float`, `ints`..., for messages. */
export function attributeTypeName(proto: AttributeProto): string {
  return Object.entries(KIND).find(([, number]) => number === (proto.type ?? KIND.UNDEFINED))![0].toLowerCase();
}

/** The attribute a checked message holds; `graph` builds subgraphs where the attribute stands. */
export function attributeFromProto(proto: AttributeProto, reader: TensorReader, graph: (proto: GraphProto) => Graph): Attribute {
  const what = `attribute ${JSON.stringify(proto.name)}`;
  const type = (t: TypeProto): ValueType => typeFromProto(t, what) ?? fail('E_MODEL', `${what} holds no type`);
  switch (proto.type) {
    case KIND.FLOAT: return { type: 'float', value: proto.f ?? 0 };
    case KIND.INT: return { type: 'int', value: toBigInt(proto.i ?? 0) };
    case KIND.STRING: {
      const bytes = proto.s ?? new Uint8Array();
      return { type: 'string', value: UTF8.decode(bytes), bytes };
    }
    case KIND.TENSOR: return { type: 'tensor', value: reader.tensor(proto.t!) };
    case KIND.SPARSE_TENSOR: return { type: 'sparse_tensor', value: reader.sparse(proto.sparseTensor!) };
    case KIND.GRAPH: return { type: 'graph', value: graph(proto.g!) };
    case KIND.TYPE_PROTO: return { type: 'type_proto', value: type(proto.tp!) };
    case KIND.FLOATS: return { type: 'floats', value: proto.floats ?? [] };
    case KIND.INTS: return { type: 'ints', value: (proto.ints ?? []).map(toBigInt) };
    case KIND.STRINGS: return { type: 'strings', value: decodeStrings(proto.strings ?? [], what) };
    case KIND.TENSORS: return { type: 'tensors', value: (proto.tensors ?? []).map((t) => reader.tensor(t)) };
    case KIND.SPARSE_TENSORS: return { type: 'sparse_tensors', value: (proto.sparseTensors ?? []).map((s) => reader.sparse(s)) };
    case KIND.GRAPHS: return { type: 'graphs', value: (proto.graphs ?? []).map(graph) };
    case KIND.TYPE_PROTOS: return { type: 'type_protos', value: (proto.typeProtos ?? []).map(type) };
    default: return fail('E_MODEL', `${what} has no type`);
  }
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The inverse of `attributeFromProto`; `graphToProto` writes subgraphs. */
export function attributeToProto(name: string, attribute: Attribute, graphToProto: (graph: Graph) => GraphProto): AttributeProto {
  const utf8 = (s: string) => new TextEncoder().encode(s);
  switch (attribute.type) {
    case 'float': return { name, type: KIND.FLOAT, f: attribute.value };
    case 'int': return { name, type: KIND.INT, i: toLong(attribute.value) };
    case 'string': return { name, type: KIND.STRING, s: attribute.bytes ?? utf8(attribute.value) };
    case 'tensor': return { name, type: KIND.TENSOR, t: tensorToProto(attribute.value, name) };
    case 'sparse_tensor': return { name, type: KIND.SPARSE_TENSOR, sparseTensor: sparseToProto(attribute.value) };
    case 'graph': return { name, type: KIND.GRAPH, g: graphToProto(attribute.value) };
    case 'type_proto': return { name, type: KIND.TYPE_PROTO, tp: typeToProto(attribute.value) };
    case 'floats': return { name, type: KIND.FLOATS, floats: [...attribute.value] };
    case 'ints': return { name, type: KIND.INTS, ints: attribute.value.map((v) => toLong(v)) };
    case 'strings': return { name, type: KIND.STRINGS, strings: attribute.value.map(utf8) };
    case 'tensors': return { name, type: KIND.TENSORS, tensors: attribute.value.map((t) => tensorToProto(t, '')) };
    case 'sparse_tensors': return { name, type: KIND.SPARSE_TENSORS, sparseTensors: attribute.value.map(sparseToProto) };
    case 'graphs': return { name, type: KIND.GRAPHS, graphs: attribute.value.map(graphToProto) };
    case 'type_protos': return { name, type: KIND.TYPE_PROTOS, typeProtos: attribute.value.map(typeToProto) };
    case 'ref': return fail('E_MODEL', `attribute ${JSON.stringify(name)} refers to a function's attribute outside of a function`);
  }
}

function sparseToProto(sparse: SparseTensor): SparseTensorProto {
  return { values: tensorToProto(sparse.values, ''), indices: tensorToProto(sparse.indices, ''), dims: [...sparse.dims] };
}
