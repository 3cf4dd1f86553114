/** Graph to bytes of a .onnx file. */
import type { Edge, Graph, Node } from '../graph/index.ts';
import { attributeToProto } from './attributes.ts';
import { encodeMessage, encoders } from './encode.ts';
import type { Model } from './model.ts';
import { toLong, type GraphProto, type NodeProto, type StringEntry, type ValueInfoProto } from './proto.ts';
import { ConstantWriter } from './save-constants.ts';
import { typeToProto } from './types.ts';

/** Since IR 4 an initializer need not be an input, which the constants that passes make rely on. */
const MIN_IR = 4;

/**
 * Encodes a model as a .onnx file that onnxruntime and the ONNX checker accept. Constants that nothing reads are left
 * out. Throws `E_LIMIT` when the file would pass protobuf's 2 GiB,
 * and `E_MODEL` for a constant that no file can hold.
 */
export function saveModel(model: Model): Uint8Array {
  const writer = new GraphWriter(model.opsets);
  const graph = writer.graph(model.graph);
  return encodeMessage(encoders.ModelProto, {
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
  /** Bytes of the constants written so far. */
  private readonly budget = { bytes: 0 };

  constructor(opsets: ReadonlyMap<string, number>) {
    this.opsets = new Map(opsets);
  }

  graph(graph: Graph): GraphProto {
    const names = new Map<string, number>();
    const node = graph.nodes.map((n) => this.node(n, uniqueName(n.name, names)));
    const given = new Set<Edge>();
    const output = graph.outputs.map((edge, i) => {
      if (edge.graph === graph && !given.has(edge)) {
        given.add(edge);
        return valueInfo(edge);
      }
      // The format has no outer value as output of a subgraph, and no output twice: a copy gets a name of its own.
      const name = graph.freshName(`${edge.name}_out${i}`);
      node.push({ opType: 'Identity', input: [edge.name], output: [name] });
      return { ...valueInfo(edge), name };
    });
    const constants = new ConstantWriter((base) => graph.freshName(base), this.budget);
    const inner: ValueInfoProto[] = [];
    for (const edge of graph.edges.values()) {
      if (edge.constant !== undefined) {
        if (edge.users.size > 0 || edge.isOutput || edge.isInput) constants.write(edge.name, edge.constant);
      } else if (edge.type !== undefined && edge.producer !== undefined && !edge.isOutput) inner.push(valueInfo(edge));
    }
    return {
      name: graph.name || 'graph', node: [...constants.nodes, ...node], initializer: constants.initializers,
      input: graph.inputs.map(valueInfo), output, valueInfo: inner,
    };
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
