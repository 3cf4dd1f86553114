/**
 * The gradient of y with respect to each of xs, at the values that come in for xs and zs.
 *
 * The nodes between xs, zs and y are taken from the graph around the node, evaluated forwards at the given values, then
 * walked backwards: dy = 1 for every element of y, and each node passes the gradient of its output on to its inputs, where
 * what comes from several users adds up.
 * https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Gradient.html
 */
import { fail } from '../../../src/errors.ts';
import type { Edge, Graph, Node } from '../../../src/graph/index.ts';
import { bind } from '../../../src/ops/index.ts';
import { gradient as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, isTensor, pack, sizeOf, type Tensor, type Value } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitRaw } from '../support/index.ts';
import { evaluateNode, evaluator, type Evaluate } from './evaluate.ts';
import { RULES, summed } from './gradient-rules.ts';

export const gradient = implement(contract, ({ node, attrs }) => {
  const xs = attrs.strings('xs'), zs = attrs.has('zs') ? attrs.strings('zs') : [];
  const find = (name: string) => findEdge(node.graph, name);
  const independent = [...xs, ...zs].map(find);
  const y = find(attrs.string('y'));
  const nodes = nodesBetween(y, new Set(independent));
  return (inputs: readonly (Value | undefined)[], ctx) => {
    const values = new Map<Edge, Value>();
    independent.forEach((edge, i) => {
      const value = inputs[i] ?? fail('E_MODEL', 'Gradient needs a value for each of xs and zs', { expected: JSON.stringify(edge.name) });
      values.set(edge, value);
    });
    for (const edge of independent.slice(0, xs.length)) {
      const x = values.get(edge);
      if (!isTensor(x) || !isFloat(x)) fail('E_TYPE', 'only tensors of floats have a gradient', { found: edge.name });
    }
    evaluate(nodes, values, ctx);
    const gradients = differentiate(nodes, values, y, independent.slice(0, xs.length), evaluator(ctx));
    return xs.map((_, i) => {
      const x = values.get(independent[i]) as Tensor;
      if (!ctx.wants(i)) return undefined;
      const found = gradients.get(independent[i]);
      return emitRaw(ctx, i, x.type, found === undefined ? new Float64Array(x.size) : found.data as Float32Array, x.dims);
    });
  };
});

function findEdge(graph: Graph, name: string): Edge {
  const alias = graph.aliases.get(name);
  return graph.find(name) ?? (alias === undefined ? undefined : graph.find(alias))
    ?? fail('E_MODEL', 'Gradient names a tensor that is not in the graph', { found: JSON.stringify(name) });
}

/** The nodes that y depends on, up to the independent edges, in the graph's order. */
function nodesBetween(y: Edge, independent: ReadonlySet<Edge>): Node[] {
  const wanted = new Set<Node>();
  const stack = [y];
  while (stack.length > 0) {
    const edge = stack.pop()!;
    if (independent.has(edge) || edge.constant !== undefined) continue;
    const { producer } = edge;
    if (producer === undefined) fail('E_MODEL', 'y depends on an input that is neither in xs nor in zs', { found: JSON.stringify(edge.name) });
    if (wanted.has(producer)) continue;
    wanted.add(producer);
    stack.push(...producer.inputs.filter((e) => e !== undefined));
  }
  return y.graph.nodes.filter((n) => wanted.has(n));
}

const valueOf = (values: ReadonlyMap<Edge, Value>, edge: Edge | undefined): Value | undefined =>
  (edge === undefined ? undefined : values.get(edge) ?? edge.constant);

function evaluate(nodes: readonly Node[], values: Map<Edge, Value>, ctx: KernelContext): void {
  for (const node of nodes) {
    ctx.checkAbort();
    const outputs = evaluateNode(node, node.inputs.map((e) => valueOf(values, e)), ctx);
    node.outputs.forEach((edge, i) => {
      const value = outputs[i];
      if (edge !== undefined && value !== undefined && !values.has(edge)) values.set(edge, value);
    });
  }
}

/** The gradient of the sum of y for every edge that one of `xs` leads to. */
function differentiate(nodes: readonly Node[], values: ReadonlyMap<Edge, Value>, y: Edge, xs: readonly Edge[], run: Evaluate): Map<Edge, Tensor> {
  const varying = new Set<Edge>(xs); // edges that depend on xs
  for (const node of nodes) {
    if (!node.inputs.some((e) => e !== undefined && varying.has(e))) continue;
    for (const edge of node.outputs) if (edge !== undefined) varying.add(edge);
  }
  const gradients = new Map<Edge, Tensor>();
  const end = valueOf(values, y);
  if (!isTensor(end) || !isFloat(end)) fail('E_TYPE', 'only a tensor of floats has a gradient', { arg: { kind: 'attribute', name: 'y' } });
  gradients.set(y, pack(end.type, new Float64Array(sizeOf(end.dims)).fill(1), end.dims));
  for (const node of [...nodes].reverse()) {
    const used = node.outputs.filter((e) => e !== undefined && gradients.has(e) && varying.has(e));
    if (used.length === 0 || xs.includes(used[0]!)) continue;
    const rule = node.domain === '' ? RULES[node.opType] : undefined;
    if (rule === undefined || used[0] !== node.outputs[0]) {
      fail('E_OP_UNSUPPORTED', `${node.key} has no rule to differentiate it`, { node: node.ref, expected: Object.keys(RULES).join(', ') });
    }
    const { attrs, version } = bind(node);
    const inputs = node.inputs.map((e) => valueOf(values, e)).map((v) => (isTensor(v) ? v : undefined));
    const parts = rule({ node, attrs, version, inputs, output: values.get(node.outputs[0]!) as Tensor, dy: gradients.get(node.outputs[0]!)!, run });
    node.inputs.forEach((edge, i) => {
      const part = parts[i], input = inputs[i];
      if (edge === undefined || part === undefined || input === undefined || !varying.has(edge) || !isFloat(input)) return;
      const own = summed(part, input.dims, run);
      const before = gradients.get(edge);
      gradients.set(edge, before === undefined ? own : run('Add', [before, own]));
    });
  }
  return gradients;
}

function isFloat(tensor: Tensor): boolean {
  return dtypeInfo(tensor.type).class === 'float';
}
