/** Bytes of a .onnx file to a Graph. */
import { fail } from '../errors.ts';
import { Graph, topologicalOrder, type Attribute, type Edge } from '../graph/index.ts';
import { attributeFromProto } from './attributes.ts';
import type { ReadExternal } from './external.ts';
import type { Limits } from './limits.ts';
import type { Model } from './model.ts';
import { decodeMessage, onnx, toBigInt, toNumber, type GraphProto, type NodeProto } from './proto.ts';
import { tensorFromProto } from './tensors.ts';
import { typeFromProto } from './types.ts';

export interface LoadOptions {
  readonly limits?: Partial<Limits>;
  /** Where data outside the model file comes from. Without it such a model is refused. */
  readonly readExternal?: ReadExternal;
}

/** Loads a model. Throws an `OnnxError` for anything that is not a valid model. */
export function loadModel(bytes: Uint8Array, options: LoadOptions = {}): Model {
  void options;
  const proto = decodeMessage(onnx.ModelProto, bytes, 'model');
  const opsets = new Map((proto.opsetImport ?? []).map((o) => [o.domain === 'ai.onnx' ? '' : (o.domain ?? ''), toNumber(o.version)]));
  const graph = new Graph(proto.graph?.name ?? '', opsets);
  buildGraph(proto.graph ?? fail('E_PARSE', 'the file holds no graph'), graph);
  return {
    irVersion: toNumber(proto.irVersion), opsets, graph,
    metadata: new Map((proto.metadataProps ?? []).map((p) => [p.key ?? '', p.value ?? ''])),
    producerName: proto.producerName ?? '', producerVersion: proto.producerVersion ?? '',
    domain: proto.domain ?? '', modelVersion: toBigInt(proto.modelVersion ?? 0), docString: proto.docString ?? '',
  };
}

function buildGraph(proto: GraphProto, graph: Graph): void {
  const types = new Map([...(proto.valueInfo ?? []), ...(proto.output ?? [])].map((v) => [v.name ?? '', typeFromProto(v.type, v.name ?? '')]));
  graph.inputs = (proto.input ?? []).map((v) => graph.addEdge(v.name ?? '', typeFromProto(v.type, v.name ?? '')));
  for (const t of proto.initializer ?? []) {
    const tensor = tensorFromProto(t);
    const input = graph.edges.get(t.name ?? '');
    if (input !== undefined) input.constant = tensor;
    else graph.addConstant(t.name ?? '', tensor);
  }
  for (const node of proto.node ?? []) for (const name of node.output ?? []) if (name !== '') graph.addEdge(name, types.get(name));
  for (const node of proto.node ?? []) addNode(node, graph);
  graph.outputs = (proto.output ?? []).map((v) => graph.find(v.name ?? '') ?? fail('E_MODEL', `output ${v.name} is not produced`));
  graph.nodes = topologicalOrder(graph);
}

function addNode(proto: NodeProto, graph: Graph): void {
  const captured: Edge[] = [];
  const attributes = (proto.attribute ?? []).map((a): [string, Attribute] => [a.name ?? '', attributeFromProto(a, {
    graph(sub, name) {
      const inner = new Graph(sub.name ?? '', graph.opsets, graph, `${graph.path}/${proto.name}.${name}`);
      buildGraph(sub, inner);
      captured.push(...inner.outputs.filter((o) => o.graph !== inner));
      return inner;
    },
  })]);
  const node = graph.addNode({
    name: proto.name ?? '', opType: proto.opType ?? '', domain: proto.domain ?? '', overload: proto.overload ?? '',
    inputs: (proto.input ?? []).map((name) => (name === '' ? undefined : graph.find(name) ?? fail('E_MODEL', `input ${name} is not defined`))),
    outputs: (proto.output ?? []).map((name) => (name === '' ? undefined : graph.edges.get(name))),
    attributes,
  });
  for (const edge of captured) edge.users.add(node);
}
