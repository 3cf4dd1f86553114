/** AttributeProto to Attribute. */
import { fail } from '../errors.ts';
import type { Attribute, Graph, SparseTensor } from '../graph/index.ts';
import { onnx, toBigInt, toLong, toNumber, type AttributeProto, type GraphProto, type SparseTensorProto } from './proto.ts';
import { decodeStrings, tensorFromProto, tensorToProto, type ReadExternalTensor } from './tensors.ts';
import { typeFromProto, typeToProto } from './types.ts';

/** What an attribute needs from the graph it stands in. */
export interface AttributeContext {
  readonly readExternal?: ReadExternalTensor | undefined;
  graph(proto: GraphProto, attribute: string): Graph;
}

const KIND = onnx.AttributeProto.AttributeType;

export function attributeFromProto(proto: AttributeProto, context: AttributeContext): Attribute {
  const name = proto.name ?? '';
  const what = `attribute ${JSON.stringify(name)}`;
  const tensor = (t: Parameters<typeof tensorFromProto>[0]) => tensorFromProto(t, context.readExternal);
  const sparse = (s: SparseTensorProto) => sparseFromProto(s, context.readExternal);
  const type = (t: Parameters<typeof typeFromProto>[0]) => typeFromProto(t, what) ?? fail('E_MODEL', `${what} holds no type`);
  const absent = () => fail('E_MODEL', `${what} has no value`);
  switch (proto.type ?? KIND.UNDEFINED) {
    case KIND.FLOAT: return { type: 'float', value: proto.f ?? 0 };
    case KIND.INT: return { type: 'int', value: toBigInt(proto.i ?? 0) };
    case KIND.STRING: {
      const bytes = proto.s ?? new Uint8Array();
      return { type: 'string', value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), bytes };
    }
    case KIND.TENSOR: return { type: 'tensor', value: tensor(proto.t ?? absent()) };
    case KIND.SPARSE_TENSOR: return { type: 'sparse_tensor', value: sparse(proto.sparseTensor ?? absent()) };
    case KIND.GRAPH: return { type: 'graph', value: context.graph(proto.g ?? absent(), name) };
    case KIND.TYPE_PROTO: return { type: 'type_proto', value: type(proto.tp) };
    case KIND.FLOATS: return { type: 'floats', value: proto.floats ?? [] };
    case KIND.INTS: return { type: 'ints', value: (proto.ints ?? []).map(toBigInt) };
    case KIND.STRINGS: return { type: 'strings', value: decodeStrings(proto.strings ?? [], what) };
    case KIND.TENSORS: return { type: 'tensors', value: (proto.tensors ?? []).map(tensor) };
    case KIND.SPARSE_TENSORS: return { type: 'sparse_tensors', value: (proto.sparseTensors ?? []).map(sparse) };
    case KIND.GRAPHS: return { type: 'graphs', value: (proto.graphs ?? []).map((g) => context.graph(g, name)) };
    case KIND.TYPE_PROTOS: return { type: 'type_protos', value: (proto.typeProtos ?? []).map(type) };
    default: return fail('E_MODEL', `${what} has no type`);
  }
}

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

export function sparseFromProto(proto: SparseTensorProto, readExternal?: ReadExternalTensor): SparseTensor {
  const part = (t: SparseTensorProto['values'], what: string) =>
    tensorFromProto(t ?? fail('E_MODEL', `a sparse tensor has no ${what}`), readExternal);
  return { values: part(proto.values, 'values'), indices: part(proto.indices, 'indices'), dims: (proto.dims ?? []).map(toNumber) };
}
