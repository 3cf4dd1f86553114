/** Graph to bytes of a .onnx file. */
import { fail } from '../errors.ts';
import { Tensor } from '../tensor/index.ts';
import type { Edge, Graph, Node } from '../graph/index.ts';
import { attributeToProto } from './attributes.ts';
import type { Model } from './model.ts';
import {
  encodeMessage, onnx, toLong, type FunctionProto, type GraphProto, type NodeProto, type StringEntry, type ValueInfoProto,
} from './proto.ts';
import { FunctionTable } from './save-functions.ts';
import { tensorToProto } from './tensors.ts';
import { typeToProto } from './types.ts';

/** Since IR 4 an initializer need not be an input, which the constants that passes make rely on. */
const MIN_IR = 4;
const MIN_IR_FUNCTIONS = 8;

/**
 * Encodes a model as a .onnx file that onnxruntime and the ONNX checker accept. Constants that nothing reads are left
 * out. Throws `E_LIMIT` when the file would pass protobuf's 2 GiB.
 */
export function saveModel(model: Model): Uint8Array {
  const writer = new GraphWriter(model.opsets);
  const graph = writer.graph(model.graph);
  const functions = writer.functions.protos;
  return encodeMessage(onnx.ModelProto, {
    irVersion: Math.max(model.irVersion, functions.length === 0 ? MIN_IR : MIN_IR_FUNCTIONS),
    producerName: model.producerName, producerVersion: model.producerVersion, domain: model.domain,
    modelVersion: toLong(model.modelVersion), docString: model.docString,
    opsetImport: [...writer.opsets].map(([domain, version]) => ({ domain, version })),
    graph, functions: functions as FunctionProto[],
    metadataProps: entries(model.metadata),
  });
}

function entries(map: ReadonlyMap<string, string>): StringEntry[] {
  return [...map].map(([key, value]) => ({ key, value }));
}

class GraphWriter {
  /** What the model imports, and the domains its nodes turn out to need. */
  readonly opsets: Map<string, number>;
  readonly functions: FunctionTable;

  constructor(opsets: ReadonlyMap<string, number>) {
    this.opsets = new Map(opsets);
    this.functions = new FunctionTable(this.opsets);
  }

  graph(graph: Graph): GraphProto {
    const node = graph.nodes.map((n) => this.node(n));
    const output = graph.outputs.map((edge) => {
      if (edge.graph === graph) return valueInfo(edge);
      // A subgraph may not name an outer value as its output: give it a value of its own.
      const name = graph.freshName(`${edge.name}_captured`);
      node.push({ opType: 'Identity', input: [edge.name], output: [name] });
      return { ...valueInfo(edge), name };
    });
    const initializer = [], inner = [];
    for (const edge of graph.edges.values()) {
      if (edge.constant !== undefined) {
        if (edge.users.size === 0 && !edge.isOutput && !edge.isInput) continue;
        initializer.push(tensorToProto(constantTensor(edge), edge.name));
      } else if (edge.type !== undefined && edge.producer !== undefined && !edge.isOutput) inner.push(valueInfo(edge));
    }
    return { name: graph.name || 'graph', node, initializer, input: graph.inputs.map(valueInfo), output, valueInfo: inner };
  }

  private node(node: Node): NodeProto {
    const attribute = [...node.attributes].map(([name, a]) => attributeToProto(name, a, (g) => this.graph(g)));
    const input = argumentNames(node.inputs), output = argumentNames(node.outputs);
    if (!this.opsets.has(node.domain)) this.opsets.set(node.domain, node.opset || 1);
    const { opType, domain, overload } = this.functions.wrap(node, input, output, attribute) ?? node;
    const proto: NodeProto = { name: node.name, opType, domain, input, output };
    if (overload !== '') proto.overload = overload;
    if (opType === node.opType) proto.attribute = attribute;
    return proto;
  }
}

function argumentNames(edges: readonly (Edge | undefined)[]): string[] {
  return edges.map((e) => e?.name ?? '');
}

function valueInfo(edge: Edge): ValueInfoProto {
  return { name: edge.name, ...(edge.type && { type: typeToProto(edge.type) }) };
}

function constantTensor(edge: Edge): Tensor {
  if (edge.constant instanceof Tensor) return edge.constant;
  return fail('E_MODEL', `the constant ${JSON.stringify(edge.name)} is no tensor, so a file cannot hold it`, { found: edge.constant?.kind ?? 'none' });
}
