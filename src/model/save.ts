/** Graph to bytes of a .onnx file. */
import { fail } from '../errors.ts';
import { Tensor } from '../tensor/index.ts';
import type { Edge, Graph, Node } from '../graph/index.ts';
import { attributeToProto } from './attributes.ts';
import type { Model } from './model.ts';
import {
  encodeMessage, onnx, toLong, type GraphProto, type NodeProto, type StringEntry, type ValueInfoProto,
} from './proto.ts';
import { tensorToProto } from './tensors.ts';
import { typeToProto } from './types.ts';

/** Since IR 4 an initializer need not be an input, which the constants that passes make rely on. */
const MIN_IR = 4;

/**
 * Encodes a model as a .onnx file that onnxruntime and the ONNX checker accept. Constants that nothing reads are left
 * out. Throws `E_LIMIT` when the file would pass protobuf's 2 GiB.
 */
export function saveModel(model: Model): Uint8Array {
  const writer = new GraphWriter(model.opsets);
  const graph = writer.graph(model.graph);
  return encodeMessage(onnx.ModelProto, {
    irVersion: Math.max(model.irVersion, MIN_IR),
    producerName: model.producerName, producerVersion: model.producerVersion, domain: model.domain,
    modelVersion: toLong(model.modelVersion), docString: model.docString,
    opsetImport: [...writer.opsets].map(([domain, version]) => ({ domain, version })),
    graph,
    metadataProps: entries(model.metadata),
  });
}

function entries(map: ReadonlyMap<string, string>): StringEntry[] {
  return [...map].map(([key, value]) => ({ key, value }));
}

class GraphWriter {
  /** What the model imports, and the domains its nodes turn out to need. */
  readonly opsets: Map<string, number>;

  constructor(opsets: ReadonlyMap<string, number>) {
    this.opsets = new Map(opsets);
  }

  graph(graph: Graph): GraphProto {
    const names = new Map<string, number>();
    const node = graph.nodes.map((n) => this.node(n, uniqueName(n.name, names)));
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

  private node(node: Node, name: string): NodeProto {
    const { opType, domain, overload } = node;
    // Nodes of inlined functions mean the same under the model's opset, unless it has no opset of their domain.
    if (!this.opsets.has(domain)) this.opsets.set(domain, node.opset || 1);
    return {
      name, opType, domain, ...(overload !== '' && { overload }), input: argumentNames(node.inputs), output: argumentNames(node.outputs),
      attribute: [...node.attributes].map(([key, a]) => attributeToProto(key, a, (g) => this.graph(g))),
    };
  }
}

/** onnxruntime refuses two nodes of one name, though the file format does not. */
function uniqueName(name: string, seen: Map<string, number>): string {
  if (name === '') return '';
  let count = seen.get(name) ?? 0;
  let unique = count === 0 ? name : `${name}_${count}`;
  while (count > 0 && seen.has(unique)) unique = `${name}_${++count}`;
  seen.set(name, count + 1);
  if (unique !== name) seen.set(unique, 1);
  return unique;
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
