/**
 * An optimized graph checked place by place: every value that has a name in the original graph is computed once more by the original
 * nodes, from the nearest values that both graphs have, as the optimized graph made them. So a step that moved at a tie is seen where
 * it moved, and is not counted again in all that follows from it.
 */
import type { Edge, Graph, Node } from '../../src/graph/index.ts';
import { EXACT, LSB, ulp, type Contract, type TrailEntry } from '../../src/passes/index.ts';
import { integerRange } from '../../src/numeric/index.ts';
import { dtypeInfo, pack, Tensor, unpack, type Value } from '../../src/tensor/index.ts';
import { difference, explainStep } from '../proofs/contract.ts';
import { edgeNow } from '../proofs/names.ts';
import { branchOf, outputsOf } from '../proofs/evaluate.ts';
import { larger, lazily, termsOf, type Terms } from '../proofs/terms.ts';

export interface Replayed {
  readonly failures: readonly string[];
  /** Quantized values that moved by one step at a tie. */
  readonly steps: number;
}

export function replay(original: Graph, optimized: Graph, values: ReadonlyMap<Edge, Value>, entries: readonly TrailEntry[]): Replayed {
  const shared = new Map<Edge, Edge>();
  const graphs = new Map([...optimized.walk()].map((graph) => [graph.path, graph]));
  for (const graph of original.walk()) {
    for (const edge of graph.edges.values()) {
      const now = edgeNow(graphs.get(graph.path), edge.name);
      if (now !== undefined && (values.has(now) || now.constant !== undefined)) shared.set(edge, now);
    }
  }
  // Values of the original graph: those of the optimized one where it has them, computed from such elsewhere.
  const known = new Map<Edge, Value>();
  for (const [edge, now] of shared) known.set(edge, values.get(now) ?? now.constant!);
  const again = new Map<Edge, Value>();
  const put = (edge: Edge | undefined, value: Value | undefined): void => {
    if (edge === undefined || value === undefined) return;
    again.set(edge, value);
    if (!shared.has(edge)) known.set(edge, value);
  };
  const run = (graph: Graph): void => {
    for (const node of graph.nodes) {
      if (node.outputs.every((e) => e === undefined || (!shared.has(e) && e.users.size === 0 && !e.isOutput))) continue;
      const branch = branchOf(node, known);
      if (branch === undefined) outputsOf(node, known).forEach((value, i) => put(node.outputs[i], value));
      else {
        run(branch);
        branch.outputs.forEach((edge, i) => put(node.outputs[i], known.get(edge) ?? edge.constant));
      }
    }
  };
  run(original);
  const given = new Set(shared.keys());
  const live = new Set(shared.values());
  const terms = lazily(() => [termsOf(original, mixed(known, again), given), termsOf(optimized, values, live)] as const);
  const slacks = new Map<string, Slack>();
  for (const { outcome, after, before, contract } of entries) {
    if (outcome === 'applied') for (const name of [...before, ...after]) slacks.set(name, sum(slacks.get(name) ?? NONE, slackOf(contract)));
  }
  const failures: string[] = [];
  let steps = 0;
  for (const [edge, now] of shared) {
    const [expected, found] = [again.get(edge), values.get(now)];
    if (!(expected instanceof Tensor) || !(found instanceof Tensor) || difference(expected, found, EXACT) === undefined) continue;
    const slack = slackBehind([edge.producer, now.producer], slacks, (e) => given.has(e) || live.has(e));
    // Where floats move by units, the quantizer behind them may move by a step.
    const contract = dtypeInfo(found.type).class === 'float' ? (slack.units < 0 ? EXACT : ulp(slack.units)) : slack.steps || slack.units > 0 ? LSB : EXACT;
    const [there, here] = terms();
    const judge = (value: Tensor): string | undefined => difference(value, found, contract, larger(there.get(edge), here.get(now)), explainStep(edge, known, there));
    let why = judge(expected);
    if (why !== undefined && slack.steps) {
      const stepped = withHiddenSteps(edge, expected, found, known, there, (e) => given.has(e));
      if (stepped !== undefined && judge(stepped) === undefined) {
        steps++;
        why = undefined;
      }
    }
    if (why !== undefined) failures.push(`${edge.name} (${now.producer?.key ?? 'constant'}): ${why}`);
    else if (contract.kind === 'lsb') steps++;
  }
  return { failures, steps };
}

/**
 * What the original nodes make of a value where quantizers, whose own results the optimized graph does not have by name, step to the
 * other side of their ties: each element as it is or with one of them stepped, whichever is nearer to what was found.
 */
function withHiddenSteps(edge: Edge, expected: Tensor, found: Tensor, known: ReadonlyMap<Edge, Value>, terms: ReadonlyMap<Edge, Terms>, shared: (edge: Edge) => boolean): Tensor | undefined {
  const cone: Node[] = [];
  const visit = (node: Node | undefined): void => {
    if (node === undefined || cone.includes(node)) return;
    for (const input of node.inputs) if (input !== undefined && !shared(input)) visit(input.producer);
    cone.push(node);
  };
  visit(edge.producer);
  const nearest = Float64Array.from(unpack(expected));
  const target = unpack(found);
  let any = false;
  for (const quantizer of cone) {
    const [code] = quantizer.outputs;
    const stepped = code !== undefined && code !== edge ? otherSide(code, known, terms) : undefined;
    if (stepped === undefined) continue;
    const values = new Map(known).set(code!, stepped);
    for (const node of cone.slice(cone.indexOf(quantizer) + 1)) {
      if (branchOf(node, values) !== undefined) return undefined;
      outputsOf(node, values).forEach((value, i) => node.outputs[i] !== undefined && value !== undefined && values.set(node.outputs[i], value));
    }
    const result = unpack(values.get(edge) as Tensor);
    for (let i = 0; i < target.length; i++) if (Math.abs(result[i]! - target[i]!) < Math.abs(nearest[i]! - target[i]!)) nearest[i] = result[i]!;
    any = true;
  }
  return any ? pack(expected.type, nearest, expected.dims) : undefined;
}

/** A quantizer's result with the elements that rounding may have moved on the other side of their ties; undefined where there are none. */
function otherSide(code: Edge, known: ReadonlyMap<Edge, Value>, terms: ReadonlyMap<Edge, Terms>): Tensor | undefined {
  const [step, value] = [explainStep(code, known, terms), known.get(code)];
  if (step === undefined || !(value instanceof Tensor)) return undefined;
  const codes = Float64Array.from(unpack(value));
  const [low, high] = integerRange(value.type);
  let any = false;
  for (let i = 0; i < codes.length; i++) {
    const at = step(i)!;
    if (at.fromTie > at.error) continue;
    codes[i] = Math.min(Math.max(codes[i]! + at.other, low), high);
    any = true;
  }
  return any ? pack(value.type, codes, value.dims) : undefined;
}

// The values that rules about the nodes' results should see: each node's own.
function mixed(known: ReadonlyMap<Edge, Value>, again: ReadonlyMap<Edge, Value>): Map<Edge, Value> {
  const all = new Map(known);
  for (const [edge, value] of again) if (!known.has(edge)) all.set(edge, value);
  return all;
}

/** How far the passes behind a value let it move: floats by units (-1: not even the sign of a zero), quantized results by a step. */
interface Slack {
  readonly units: number;
  readonly steps: boolean;
}

const NONE: Slack = { units: -1, steps: false };

const slackOf = (contract: Contract): Slack => ({ units: contract.kind === 'ulp' ? contract.n : -1, steps: contract.kind === 'lsb' });

const sum = (a: Slack, b: Slack): Slack => ({ units: a.units < 0 || b.units < 0 ? Math.max(a.units, b.units) : a.units + b.units, steps: a.steps || b.steps });

/** Of the nodes that make a value, there and here, and of those before them up to values that both graphs have. */
function slackBehind(made: readonly (Node | undefined)[], slacks: ReadonlyMap<string, Slack>, shared: (edge: Edge) => boolean): Slack {
  let slack = NONE;
  const seen = new Set<Node>();
  const stack = made.filter((node) => node !== undefined);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const name of [node.name, ...node.origin]) slack = sum(slack, slacks.get(name) ?? NONE);
    for (const edge of node.inputs) if (edge?.producer !== undefined && !shared(edge)) stack.push(edge.producer);
    for (const [, graph] of node.subgraphs()) stack.push(...graph.nodes);
  }
  return slack;
}
