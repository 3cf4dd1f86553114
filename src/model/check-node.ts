/** Rules of nodes and attributes. What an operator itself demands is checked against its contract later. */
import { fail, OnnxError, type NodeRef } from '../errors.ts';
import { checkGraph, type Names, type Place } from './check-graph.ts';
import { checkSparseTensor, checkTensor } from './check-tensor.ts';
import { has, KIND, type AttributeProto, type NodeProto } from './proto.ts';
import { typeFromProto } from './types.ts';

/** Domains that onnxruntime runs without an import. */
const IMPLICIT_DOMAINS = new Set(['com.microsoft']);

/** The value field of each attribute type. */
const FIELDS = [
  [KIND.FLOAT, 'f'], [KIND.INT, 'i'], [KIND.STRING, 's'], [KIND.TENSOR, 't'], [KIND.GRAPH, 'g'],
  [KIND.SPARSE_TENSOR, 'sparseTensor'], [KIND.TYPE_PROTO, 'tp'], [KIND.FLOATS, 'floats'], [KIND.INTS, 'ints'],
  [KIND.STRINGS, 'strings'], [KIND.TENSORS, 'tensors'], [KIND.GRAPHS, 'graphs'], [KIND.SPARSE_TENSORS, 'sparseTensors'],
  [KIND.TYPE_PROTOS, 'typeProtos'],
] as const;
const FIELD_OF = new Map<number, string>(FIELDS);
/** Types whose missing value cannot stand for zero, an empty text or an empty list. */
const NEEDS_VALUE = new Set<number>([KIND.TENSOR, KIND.GRAPH, KIND.SPARSE_TENSOR, KIND.TYPE_PROTO]);

export function domainOf(node: NodeProto): string {
  return node.domain === 'ai.onnx' ? '' : (node.domain ?? '');
}

/** For messages about a node that is still a message itself. */
export function nodeRef(node: NodeProto, index: number, place: Pick<Place, 'opsets' | 'path'>): NodeRef {
  const domain = domainOf(node);
  const opset = place.opsets.get(domain);
  return {
    name: node.name || `-> ${(node.output ?? []).find((o) => o !== '') ?? '?'}`, index, opType: node.opType ?? '', domain,
    ...(opset !== undefined && { opset }), graphPath: place.path,
  };
}

/** `main/<node>.<attribute>`; a node without a name is shown by its position. */
export function subgraphPath(path: string, node: NodeProto, index: number, attribute: string): string {
  return `${path}/${node.name || `#${index}`}.${attribute}`;
}

export function checkNode(node: NodeProto, index: number, names: Names, place: Place): void {
  try {
    checkInPlace(node, index, names, place);
  } catch (error) {
    throw error instanceof OnnxError ? error.at({ node: nodeRef(node, index, place) }) : error;
  }
}

function checkInPlace(node: NodeProto, index: number, names: Names, place: Place): void {
  const { input = [], output = [] } = node;
  if (!node.opType) fail('E_MODEL', 'a node has no operator');
  if (input!.length === 0 && output!.length === 0) fail('E_MODEL', 'a node has neither inputs nor outputs');
  const domain = domainOf(node);
  if (!place.opsets.has(domain) && !IMPLICIT_DOMAINS.has(domain)) {
    fail('E_MODEL', `the domain ${JSON.stringify(domain || 'ai.onnx')} is not imported`, { expected: `one of ${[...place.opsets.keys()].map((d) => d || 'ai.onnx').join(', ')}` });
  }
  input!.forEach((name, i) => {
    if (name !== '' && !names.has(name)) {
      fail('E_MODEL', 'an input is defined nowhere', { arg: { kind: 'input', name, index: i }, expected: 'a graph input, an initializer, or an output of a node', found: 'none' });
    }
  });
  for (const name of output!) {
    if (name !== '' && names.hides(name)) fail('E_MODEL', `${JSON.stringify(name)} hides a value of an enclosing graph`, { arg: { kind: 'output', name } });
  }
  const seen = new Set<string>();
  for (const attribute of node.attribute ?? []) {
    const name = attribute.name ?? '';
    if (seen.has(name)) fail('E_MODEL', 'an attribute is given twice', { arg: { kind: 'attribute', name } });
    seen.add(name);
    checkAttribute(attribute, { ...place, path: subgraphPath(place.path, node, index, name) }, names);
  }
}

/** `place.path` is the one a subgraph in this attribute gets. */
export function checkAttribute(proto: AttributeProto, place: Place, names: Names): void {
  try {
    checkValue(proto, place, names);
  } catch (error) {
    throw error instanceof OnnxError && error.arg === undefined && error.node === undefined ? error.at({ arg: { kind: 'attribute', name: proto.name ?? '' } }) : error;
  }
}

function checkValue(proto: AttributeProto, place: Place, names: Names): void {
  if (!proto.name) fail('E_MODEL', 'an attribute has no name');
  const type = proto.type ?? KIND.UNDEFINED;
  const expected = FIELD_OF.get(type);
  if (expected === undefined) fail('E_MODEL', 'an attribute has no type');
  const given = FIELDS.map(([, field]) => field).filter((field) => {
    const value = proto[field];
    return Array.isArray(value) ? value.length > 0 : has(proto, field);
  });
  if (proto.refAttrName) {
    if (place.attributes === undefined) fail('E_MODEL', 'an attribute refers to an attribute of a function, outside of a function', { found: proto.refAttrName });
    if (!place.attributes.has(proto.refAttrName)) fail('E_MODEL', 'an attribute refers to one its function does not have', { expected: [...place.attributes].join(', '), found: proto.refAttrName });
    if (given.length > 0) fail('E_MODEL', 'an attribute has both a value and a reference', { found: given.join(', ') });
    return;
  }
  if (given.length > 1) fail('E_MODEL', 'an attribute has several values', { expected, found: given.join(', ') });
  if (given.length === 0 ? NEEDS_VALUE.has(type) : given[0] !== expected) {
    fail('E_MODEL', 'the value of an attribute does not fit its type', { expected, found: given[0] ?? 'none' });
  }
  const { limits } = place;
  for (const tensor of [...(proto.t ? [proto.t] : []), ...(proto.tensors ?? [])]) checkTensor(tensor, limits);
  for (const sparse of [...(proto.sparseTensor ? [proto.sparseTensor] : []), ...(proto.sparseTensors ?? [])]) checkSparseTensor(sparse, limits);
  for (const type of [...(proto.tp ? [proto.tp] : []), ...(proto.typeProtos ?? [])]) typeFromProto(type, `attribute ${JSON.stringify(proto.name)}`);
  for (const graph of [...(proto.g ? [proto.g] : []), ...(proto.graphs ?? [])]) checkGraph(graph, place, names);
}
