/** Ties nodes to contracts: finds the version in force, refuses wrong arity, attributes and types, infers what comes out. */
import { fail, OnnxError } from '../errors.ts';
import type { Edge, Graph, Node } from '../graph/index.ts';
import { describeType, dtypeInfo, toInts, type Dim, type DType, type Tensor, type ValueType } from '../tensor/index.ts';
import { bindAttributes } from './attributes.ts';
import type { Attrs, InferContext, Inferred, OpContract, OpVersion } from './define.ts';
import { allows, onlyType, typeText, type Formal } from './notation.ts';
import { findOp } from './registry.ts';

/** The newest opset of each domain that the contracts know. */
export const MAX_OPSET: ReadonlyMap<string, number> = new Map([
  ['', 28], ['ai.onnx.ml', 5], ['ai.onnx.preview', 1], ['ai.onnx.preview.training', 1], ['com.microsoft', 1],
]);

export interface BoundNode {
  readonly op: OpContract;
  readonly version: OpVersion;
  readonly attrs: Attrs;
}

const bound = new WeakMap<Node, BoundNode>();

/** Contract, version and attributes of a node. Throws `E_OP_UNSUPPORTED`, `E_ATTRIBUTE` or `E_MODEL`. */
export function bind(node: Node): BoundNode {
  let b = bound.get(node);
  if (b === undefined) bound.set(node, (b = resolve(node)));
  return b;
}

function resolve(node: Node): BoundNode {
  const op = findOp(node.domain, node.opType);
  if (op === undefined) {
    fail('E_OP_UNSUPPORTED', `there is no operator ${node.key}`, {
      node: node.ref, hint: node.domain === '' || MAX_OPSET.has(node.domain) ? undefined : `unknown domain ${JSON.stringify(node.domain)}`,
    });
  }
  const newest = MAX_OPSET.get(node.domain) ?? 1;
  if (node.opset > newest) {
    fail('E_OP_UNSUPPORTED', `opset ${node.opset} of ${node.domain === '' ? 'ai.onnx' : node.domain} is newer than this runtime knows`, {
      node: node.ref, expected: `at most ${newest}`, found: String(node.opset),
    });
  }
  const version = op.at(Math.max(node.opset, 1));
  if (version === undefined) {
    fail('E_OP_UNSUPPORTED', `${node.key} does not exist yet in opset ${node.opset}`, { node: node.ref, expected: `opset ${op.versions[0].since} or newer` });
  }
  if (version.deprecated) {
    fail('E_OP_UNSUPPORTED', `${node.key} is deprecated since opset ${version.since}`, { node: node.ref });
  }
  checkArity(node, 'input', node.inputs, version.inputs);
  checkArity(node, 'output', node.outputs, version.outputs);
  return { op, version, attrs: bindAttributes(node, version) };
}

function checkArity(node: Node, kind: 'input' | 'output', given: readonly (Edge | undefined)[], formals: readonly Formal[]): void {
  const variadic = formals.at(-1)?.kind === 'variadic';
  if (given.length > formals.length && !variadic) {
    fail('E_MODEL', `too many ${kind}s`, { node: node.ref, expected: `at most ${formals.length}`, found: String(given.length) });
  }
  formals.forEach((formal, index) => {
    const present = index < given.length && given[index] !== undefined;
    // Outputs nobody wants may be left out wherever they stand; inputs only where the contract says so.
    if (present || formal.kind === 'optional' || (kind === 'output' && index > 0)) return;
    // A variadic argument after others may have no element at all (SequenceMap, Loop); one that stands alone needs one.
    if (formal.kind === 'variadic' && (given.length >= formals.length || index > 0)) return;
    fail('E_MODEL', `a required ${kind} is missing`, { node: node.ref, arg: { kind, name: formal.name, index }, expected: formal.type, found: 'none' });
  });
  const gap = kind === 'input' && variadic ? given.indexOf(undefined, formals.length - 1) : -1;
  if (gap >= 0) fail('E_MODEL', 'a variadic input is left out', { node: node.ref, arg: { kind, name: formals.at(-1)!.name, index: gap }, expected: formals.at(-1)!.type, found: 'none' });
}

/** The formal parameter of argument `index`, the last one standing for all variadic arguments. */
export function formalAt(formals: readonly Formal[], index: number): Formal | undefined {
  return formals[Math.min(index, formals.length - 1)];
}

/** Infers types and shapes through a graph and its subgraphs, in order. Throws `E_TYPE` or `E_SHAPE` on contradictions. */
export function inferGraph(graph: Graph): void {
  for (const node of graph.nodes) inferNode(node);
}

/** Infers the outputs of one node from what is known of its inputs. */
export function inferNode(node: Node): void {
  const { version } = bind(node);
  const variables = checkTypes(node, version);
  const context = new NodeInference(node, bind(node));
  const inferred = inferOutputs(node, version, context);
  if (!context.inferredSubgraphs) for (const [, sub] of node.subgraphs()) inferGraph(sub);
  node.outputs.forEach((edge, index) => {
    if (edge === undefined) return;
    const formal = formalAt(version.outputs, index);
    const found = inferred[index];
    const type = found?.type ?? outputType(version, formal, found, variables, edge);
    if (type !== undefined) merge(node, edge, index, type);
    if (found?.value !== undefined && found.value.length <= MAX_SHAPE_VALUE) edge.shapeValue = found.value;
  });
}

// Rules that are shared with kernels do not know the node they refuse.
function inferOutputs(node: Node, version: OpVersion, context: InferContext): readonly (Inferred | undefined)[] {
  try {
    return version.infer?.(context) ?? [];
  } catch (error) {
    throw error instanceof OnnxError && error.node === undefined ? error.at({ node: node.ref }) : error;
  }
}

/** Longest integer content that is propagated: shapes, not data. */
const MAX_SHAPE_VALUE = 1024;

function checkTypes(node: Node, version: OpVersion): Map<string, ValueType> {
  const variables = new Map<string, ValueType>();
  node.inputs.forEach((edge, index) => {
    if (edge?.type === undefined) return;
    const formal = formalAt(version.inputs, index)!;
    const set = version.types.get(formal.type);
    // Only for errors: naming a node that is not in its graph yet searches the whole of it.
    const where = () => ({ node: node.ref, arg: { kind: 'input' as const, name: formal.name, index } });
    if (set !== undefined && !allows(set, edge.type)) {
      fail('E_TYPE', `${node.key}-${version.since} does not take this type`, { ...where(), expected: set.text, found: describeType(edge.type) });
    }
    const before = variables.get(formal.type);
    if (before === undefined) variables.set(formal.type, edge.type);
    else if (typeText(before) !== typeText(edge.type) && (formal.kind !== 'variadic' || formal.homogeneous)) {
      fail('E_TYPE', `inputs of type ${formal.type} must agree`, { ...where(), expected: describeType(before), found: describeType(edge.type) });
    }
  });
  return variables;
}

function outputType(
  version: OpVersion, formal: Formal | undefined, found: Inferred | undefined, variables: ReadonlyMap<string, ValueType>, edge: Edge,
): ValueType | undefined {
  const bound = formal === undefined ? undefined : variables.get(formal.type);
  const set = formal === undefined ? undefined : version.types.get(formal.type);
  const base = found?.dtype !== undefined ? ({ kind: 'tensor', dtype: found.dtype } as const)
    : bound ?? (set === undefined ? undefined : onlyType(set)) ?? edge.type;
  if (base === undefined || base.kind !== 'tensor') return base;
  return { kind: 'tensor', dtype: base.dtype, shape: found?.shape };
}

/** Combines what the file declares with what was inferred; the more specific part of each wins. */
function merge(node: Node, edge: Edge, index: number, type: ValueType): void {
  const declared = edge.type;
  if (declared === undefined) {
    edge.type = type;
    return;
  }
  const clash = (code: 'E_TYPE' | 'E_SHAPE') => fail(code, 'the model declares another type than the operator gives', {
    node: node.ref, arg: { kind: 'output', name: edge.name, index }, expected: describeType(type), found: describeType(declared),
  });
  if (typeText(declared) !== typeText(type)) clash('E_TYPE');
  if (declared.kind !== 'tensor' || type.kind !== 'tensor') return;
  const shape = mergeShapes(declared.shape, type.shape);
  if (shape === 'clash') clash('E_SHAPE');
  else edge.type = { kind: 'tensor', dtype: type.dtype, shape };
}

function mergeShapes(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): readonly Dim[] | undefined | 'clash' {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.length !== b.length) return 'clash';
  const dims: Dim[] = [];
  for (let i = 0; i < a.length; i++) {
    if (typeof a[i] === 'number' && typeof b[i] === 'number' && a[i] !== b[i]) return 'clash';
    dims.push(typeof b[i] === 'number' ? b[i] : typeof a[i] === 'number' ? a[i] : (b[i] ?? a[i]));
  }
  return dims;
}

class NodeInference implements InferContext {
  readonly op: OpContract;
  readonly version: OpVersion;
  readonly attrs: Attrs;
  readonly inputCount: number;
  readonly outputCount: number;
  inferredSubgraphs = false;
  private readonly node: Node;

  constructor(node: Node, { op, version, attrs }: BoundNode) {
    this.node = node;
    this.op = op;
    this.version = version;
    this.attrs = attrs;
    this.inputCount = node.inputs.length;
    this.outputCount = node.outputs.length;
  }

  input(i: number): ValueType | undefined {
    return this.node.inputs[i]?.type;
  }

  shape(i: number): readonly Dim[] | undefined {
    const type = this.input(i);
    return type?.kind === 'tensor' ? type.shape : undefined;
  }

  dtype(i: number): DType | undefined {
    const type = this.input(i);
    return type?.kind === 'tensor' ? type.dtype : undefined;
  }

  constant(i: number): Tensor | undefined {
    const edge = this.node.inputs[i];
    // An initializer that is also a graph input may be fed another value.
    return edge === undefined || edge.isInput ? undefined : edge.tensor;
  }

  ints(i: number): readonly Dim[] | undefined {
    const tensor = this.constant(i);
    if (tensor === undefined) return this.node.inputs[i]?.shapeValue;
    const cls = dtypeInfo(tensor.type).class;
    if (tensor.size > MAX_SHAPE_VALUE || (cls !== 'int' && cls !== 'uint')) return undefined;
    return toInts(tensor);
  }

  subgraph(name: string, inputs: readonly (ValueType | undefined)[]): readonly (ValueType | undefined)[] {
    this.inferredSubgraphs = true;
    const graph = this.attrs.graph(name);
    graph.inputs.forEach((edge, i) => {
      const type = inputs[i];
      if (type === undefined) return;
      if (edge.type === undefined) edge.type = type;
      else if (typeText(edge.type) !== typeText(type)) {
        fail('E_TYPE', `the subgraph ${name} is given another type than it declares`, {
          node: this.node.ref, arg: { kind: 'attribute', name }, expected: describeType(edge.type), found: describeType(type),
        });
      } else if (edge.type.kind === 'tensor' && edge.type.shape === undefined) edge.type = type;
    });
    inferGraph(graph);
    return graph.outputs.map((o) => o.type);
  }

  fail(summary: string, expected?: string, found?: string): never {
    throw new OnnxError('E_SHAPE', summary, { node: this.node.ref, expected, found });
  }
}
