/** A graph as plain data: what was in it at one moment, for people and tools to keep, print and compare. */
import type { Attribute, Edge, Graph, Node } from '../graph/index.ts';
import { findOp } from '../ops/index.ts';
import { describeType, Tensor } from '../tensor/index.ts';
import { numbersOf } from './support/constants.ts';

export interface NodeSummary {
  /** Unique in the model and the same in all its snapshots: graph path and first output. */
  readonly id: string;
  readonly name: string;
  /** Operator key: `Conv`, `com.microsoft.QGemm`. */
  readonly op: string;
  readonly graph: string;
  /** Edge ids; null where an optional argument is absent. */
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly (string | null)[];
  readonly attributes: Readonly<Record<string, string>>;
  /** Names of the original nodes it stands for. */
  readonly origin: readonly string[];
}

/** How the values of an edge are quantized. */
export interface QuantizationSummary {
  /** `0.05`, or `0.01 to 0.3 (16 scales)`. */
  readonly scale: string;
  /** Absent when the node has none. */
  readonly zeroPoint?: string;
}

export interface EdgeSummary {
  readonly id: string;
  /** `float32[batch, 10]` */
  readonly type: string;
  readonly constant: boolean;
  readonly quantization?: QuantizationSummary;
}

export interface GraphSummary {
  /** Nodes of the graph and its subgraphs, in the order they run. */
  readonly nodes: readonly NodeSummary[];
  readonly edges: readonly EdgeSummary[];
  /** Edge ids. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Takes a snapshot of a graph and its subgraphs. */
export function summarize(graph: Graph): GraphSummary {
  const nodes: NodeSummary[] = [];
  const edges = new Map<Edge, EdgeSummary>();
  const quantized = new Map<Edge, QuantizationSummary>();
  const note = (edge: Edge | undefined): string | null => {
    if (edge === undefined) return null;
    if (!edges.has(edge)) edges.set(edge, { id: idOf(edge), type: describeType(edge.type), constant: edge.constant !== undefined });
    return idOf(edge);
  };
  graph.inputs.forEach(note);
  for (const g of graph.walk()) {
    for (const node of g.nodes) {
      nodes.push(summarizeNode(node, node.inputs.map(note), node.outputs.map(note)));
      for (const [edge, how] of quantizationOf(node)) quantized.set(edge, how);
    }
  }
  graph.outputs.forEach(note);
  return {
    nodes, inputs: graph.inputs.map(idOf), outputs: graph.outputs.map(idOf),
    edges: [...edges].map(([edge, summary]) => {
      const quantization = quantized.get(edge);
      return quantization === undefined ? summary : { ...summary, quantization };
    }),
  };
}

// Names may come back in subgraphs of different nodes.
const idOf = (edge: Edge): string => (edge.graph.parent === undefined ? edge.name : `${edge.graph.path}:${edge.name}`);

function summarizeNode(node: Node, inputs: NodeSummary['inputs'], outputs: NodeSummary['outputs']): NodeSummary {
  const first = node.outputs.find((o) => o !== undefined);
  return {
    id: first === undefined ? `${node.graph.path}#${node.ref.index}` : idOf(first), name: node.ref.name, op: node.key, graph: node.graph.path,
    inputs, outputs, attributes: Object.fromEntries([...node.attributes].map(([name, a]) => [name, attributeText(a)])), origin: node.origin,
  };
}

function attributeText(a: Attribute): string {
  switch (a.type) {
    case 'float': case 'int': case 'string': return String(a.value);
    case 'floats': case 'ints': case 'strings': return `[${a.value.join(', ')}]`;
    case 'tensor': return `${a.value.type}[${a.value.dims.join(', ')}]`;
    default: return a.type;
  }
}

/**
 * Quantization that a node states of its inputs and outputs. Contracts name the parameters after the argument they belong
 * to: `a_scale` and `a_zero_point` go with `A`.
 */
function* quantizationOf(node: Node): Iterable<readonly [Edge, QuantizationSummary]> {
  const contract = findOp(node.domain, node.opType)?.at(node.opset);
  if (contract === undefined) return;
  const inputs = new Map(contract.inputs.map((formal, i) => [formal.name.toLowerCase(), node.inputs[i]]));
  const outputs = new Map(contract.outputs.map((formal, i) => [formal.name.toLowerCase(), node.outputs[i]]));
  for (const [name, edge] of inputs) {
    const argument = /^(.+)_scales?$/.exec(name)?.[1];
    if (argument === undefined || edge?.tensor === undefined) continue;
    // Contracts of elementwise operators call their result's parameters after the result, of one output only.
    const target = inputs.get(argument) ?? outputs.get(argument);
    const zero = inputs.get(`${argument}_zero_point`);
    if (target !== undefined) yield [target, { scale: range(edge.tensor), ...(zero?.tensor !== undefined && { zeroPoint: range(zero.tensor) }) }];
  }
}

/** The value, or the least and the largest of several. */
function range(tensor: Tensor): string {
  const values = numbersOf(tensor);
  if (values === undefined || values.length === 0) return describeType({ kind: 'tensor', dtype: tensor.type, shape: tensor.dims });
  let [low, high] = [values[0]!, values[0]!];
  for (let i = 1; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const show = (x: number): string => String(Number(x.toPrecision(4)));
  if (values.length === 1) return show(low);
  return `${low === high ? show(low) : `${show(low)} to ${show(high)}`} (${values.length})`;
}
