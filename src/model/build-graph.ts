/** Checked messages to a Graph: edges first, then the nodes between them, functions inlined on the way. */
import { fail, OnnxError } from '../errors.ts';
import { Graph, topologicalOrder, type Attribute, type Edge } from '../graph/index.ts';
import { describeType, Tensor, type Dim, type ValueType } from '../tensor/index.ts';
import { attributeFromProto, attributeTypeName } from './attributes.ts';
import { domainOf, nodeRef, subgraphPath } from './check-node.ts';
import type { FunctionLibrary } from './functions.ts';
import { inlineCall } from './inline.ts';
import { checkLimit, type Limits } from './limits.ts';
import type { AttributeProto, GraphProto, NodeProto, ValueInfoProto } from './proto.ts';
import { Scope, type BoundAttribute } from './scope.ts';
import type { TensorReader } from './tensors.ts';
import { declaredTypes, typeFromProto } from './types.ts';

/** Builds the graphs of one model. */
export class GraphBuild {
  readonly functions: FunctionLibrary;
  private readonly tensors: TensorReader;
  private readonly limits: Limits;
  /** Before IR 4 every initializer had to be an input too; such inputs are constants, as in onnxruntime. */
  private readonly initializersAreConstant: boolean;
  private nodeCount = 0;
  private readonly names = new Set<string>();
  /** How often a name was changed. */
  private readonly copies = new Map<string, number>();

  constructor(functions: FunctionLibrary, tensors: TensorReader, ir: number) {
    this.functions = functions;
    this.tensors = tensors;
    this.limits = tensors.limits;
    this.initializersAreConstant = ir < 4;
  }

  /** Fills `scope.graph`. */
  graph(proto: GraphProto, scope: Scope): void {
    const { graph } = scope;
    const types = declaredTypes([...(proto.valueInfo ?? []), ...(proto.output ?? [])]);
    const inputs = (proto.input ?? []).map((v) => this.define(v.name!, scope, typeFromProto(v.type, `input ${JSON.stringify(v.name)}`)));
    for (const tensor of proto.initializer ?? []) this.initializer(tensor.name!, this.tensors.tensor(tensor), scope);
    for (const sparse of proto.sparseInitializer ?? []) this.initializer(sparse.values!.name!, this.tensors.dense(sparse), scope);
    graph.inputs = this.initializersAreConstant ? inputs.filter((e) => e.constant === undefined) : inputs;
    this.nodes(proto.node ?? [], scope, types);
    graph.outputs = (proto.output ?? []).map((v) => this.output(v, scope, types.get(v.name!)));
    graph.nodes = topologicalOrder(graph);
  }

  /** Adds nodes in the scope of a graph or a function body. */
  nodes(protos: readonly NodeProto[], scope: Scope, types: ReadonlyMap<string, ValueType>): void {
    // Outputs first: nodes may stand in any order.
    for (const proto of protos) {
      for (const name of proto.output ?? []) if (name !== '' && !scope.defines(name)) this.define(name, scope, types.get(name));
    }
    protos.forEach((proto, index) => {
      try {
        const called = this.functions.calledBy(proto);
        if (called !== undefined) inlineCall(this, called, proto, index, scope);
        else this.node(proto, index, scope);
      } catch (error) {
        throw error instanceof OnnxError ? error.at({ node: nodeRef(proto, index, { opsets: scope.frame.opsets, path: scope.graph.path }) }) : error;
      }
    });
  }

  /** What an attribute of a node means: itself, or what the caller of the function gave. */
  resolve(proto: AttributeProto, scope: Scope): BoundAttribute | undefined {
    if (!proto.refAttrName) return { proto, scope };
    const bound = scope.frame.attributes.get(proto.refAttrName);
    if (bound !== undefined && bound.proto.type !== proto.type) {
      fail('E_ATTRIBUTE', `the function's attribute ${JSON.stringify(proto.refAttrName)} has another type than its use`, {
        arg: { kind: 'attribute', name: proto.name! }, expected: attributeTypeName(proto), found: attributeTypeName(bound.proto),
      });
    }
    return bound;
  }

  /**
   * A new edge for a name of the file. Names from inside of functions, and those that would hide a name of an enclosing
   * graph, are changed: what is around a subgraph may be reordered later.
   */
  define(name: string, scope: Scope, type: ValueType | undefined): Edge {
    const { graph, frame: { prefix } } = scope;
    const hides = graph.parent?.find(name) !== undefined;
    const unique = prefix === '' && !hides ? name : this.freshName(prefix + name);
    this.names.add(unique);
    const edge = graph.addEdge(unique, type);
    scope.bind(name, edge);
    return edge;
  }

  /** A name that no edge of any graph has so far. */
  private freshName(base: string): string {
    let name = base;
    for (let i = this.copies.get(base) ?? 0; this.names.has(name); this.copies.set(base, i)) name = `${base}_${++i}`;
    return name;
  }

  private node(proto: NodeProto, index: number, scope: Scope): void {
    checkLimit(this.limits, 'nodes', ++this.nodeCount, 'the number of nodes, functions inlined,');
    const { graph, frame } = scope;
    const holders: Edge[] = [];
    const attributes: [string, Attribute][] = [];
    for (const a of proto.attribute ?? []) {
      const bound = this.resolve(a, scope);
      if (bound === undefined) continue; // the caller left an optional attribute out
      const build = (sub: GraphProto) => {
        const path = subgraphPath(graph.path, { ...proto, name: proto.name ? frame.prefix + proto.name : '' }, index, a.name!);
        const inner = this.subgraph(sub, graph, path, bound.scope);
        for (const out of inner.outputs) if (out.graph !== inner) holders.push(out);
        return inner;
      };
      attributes.push([a.name!, attributeFromProto(bound.proto, this.tensors, build)]);
    }
    const domain = domainOf(proto);
    const opset = frame.opsets.get(domain);
    const edges = (names: NodeProto['input']) => (names ?? []).map((name) => (name === '' ? undefined : scope.find(name)));
    const node = graph.addNode({
      name: proto.name ? frame.prefix + proto.name : '', opType: proto.opType!, domain, overload: proto.overload ?? '',
      inputs: edges(proto.input), outputs: edges(proto.output), attributes, opset,
    });
    for (const edge of holders) edge.users.add(node);
  }

  private subgraph(proto: GraphProto, parent: Graph, path: string, outer: Scope): Graph {
    const graph = new Graph(proto.name ?? '', parent.opsets, parent, path);
    let depth = 0;
    for (let g = graph.parent; g !== undefined; g = g.parent) depth++;
    checkLimit(this.limits, 'subgraphDepth', depth, 'the nesting of subgraphs');
    this.graph(proto, new Scope(graph, outer.frame, outer));
    return graph;
  }

  private initializer(name: string, tensor: Tensor, scope: Scope): void {
    const edge = scope.defines(name) ? scope.find(name)! : this.define(name, scope, undefined);
    const declared = edge.type;
    if (declared !== undefined && (declared.kind !== 'tensor' || declared.dtype !== tensor.type || !fits(declared.shape, tensor.dims))) {
      fail(declared.kind === 'tensor' && declared.dtype === tensor.type ? 'E_SHAPE' : 'E_TYPE', 'an initializer is not what the input of its name declares', {
        arg: { kind: 'initializer', name }, expected: describeType(declared), found: describeType({ kind: 'tensor', dtype: tensor.type, shape: tensor.dims }),
      });
    }
    edge.type = { kind: 'tensor', dtype: tensor.type, shape: tensor.dims };
    edge.constant = tensor;
  }

  private output({ name }: ValueInfoProto, scope: Scope, type: ValueType | undefined): Edge {
    const edge = scope.find(name!)!;
    edge.type ??= type;
    return edge;
  }
}

function fits(shape: readonly Dim[] | undefined, dims: readonly number[]): boolean {
  return shape === undefined || (shape.length === dims.length && shape.every((d, i) => typeof d !== 'number' || d === dims[i]));
}
