/**
 * Patterns of nodes as data, read backwards from the node that makes the result:
 *
 *     op('Mul', op('Cast', op('MatMulInteger', 'a', 'b', 'za?', 'zb?')), 'scale')
 *
 * A name stands for an edge (the same name twice: the same edge), `?` for an input that may be absent. One pattern
 * object used twice stands for one node. Commutative operators match both ways. Values between matched nodes may have no
 * reader outside the pattern and may not leave the graph, unless their node is `shared`.
 */
import type { Edge, Node } from '../graph/index.ts';
import { findOp } from '../ops/index.ts';
import { readScalar } from './support/constants.ts';

export interface OpPattern {
  readonly kind: 'op';
  /** Operator keys, any of which will do. */
  readonly keys: readonly string[];
  readonly inputs: readonly Pattern[];
  /** Its values may be read elsewhere too: the node stays when they are. */
  readonly shared: boolean;
  /** Name to find the node by. */
  readonly as: string | undefined;
}

export type Pattern =
  | string
  | OpPattern
  | { readonly kind: 'output'; readonly of: OpPattern; readonly index: number }
  | { readonly kind: 'maybe'; readonly pattern: Pattern }
  | { readonly kind: 'either'; readonly options: readonly Pattern[] }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'rest'; readonly name: string };

/** A node of one of the operators (`'Add|Sub'`), with patterns for its inputs. */
export function op(keys: string, ...inputs: readonly Pattern[]): OpPattern {
  return { kind: 'op', keys: keys.split('|'), inputs, shared: false, as: undefined };
}

/** Gives the node a name in the match. */
export const as = (name: string, pattern: OpPattern): OpPattern => ({ ...pattern, as: name });

/** A node whose values others may read too. */
export const shared = (pattern: OpPattern): OpPattern => ({ ...pattern, shared: true });

/** Output `index` of a node; a node pattern alone stands for output 0. */
export const output = (of: OpPattern, index: number): Pattern => ({ kind: 'output', of, index });

/** An input that is absent, or matches. */
export const maybe = (pattern: Pattern): Pattern => ({ kind: 'maybe', pattern });

/** The first of several patterns that leads to a match. */
export const either = (...options: readonly Pattern[]): Pattern => ({ kind: 'either', options });

/** A constant with one element of this value, up to the digits exporters write. */
export const scalar = (value: number): Pattern => ({ kind: 'scalar', value });

/** All inputs from here on. */
export const rest = (name: string): Pattern => ({ kind: 'rest', name });

const TOLERANCE = 4e-6;

/** Edges and nodes a pattern stands for. */
export class Match {
  readonly root: Node;
  private readonly edges = new Map<string, Edge>();
  private readonly lists = new Map<string, readonly (Edge | undefined)[]>();
  private readonly byPattern = new Map<OpPattern, Node>();

  private constructor(root: Node) {
    this.root = root;
  }

  /** The match at `root`; the edge whose outside reader forbids it; or undefined. */
  static at(pattern: OpPattern, root: Node): Match | Edge | undefined {
    const match = new Match(root);
    let leaking: Edge | undefined;
    const complete = (): boolean => {
      const leak = match.leak();
      leaking ??= leak;
      return leak === undefined;
    };
    return match.node_(pattern, root, complete) ? match : leaking;
  }

  /** The edge bound to a name of the pattern. */
  edge(name: string): Edge {
    const edge = this.edges.get(name);
    if (edge === undefined) throw new Error(`the pattern binds no ${name}`);
    return edge;
  }

  /** The edge bound to an optional name. */
  optional(name: string): Edge | undefined {
    return this.edges.get(name);
  }

  list(name: string): readonly (Edge | undefined)[] {
    return this.lists.get(name) ?? [];
  }

  /** The node named with `as`. */
  node(name: string): Node {
    const node = this.optionalNode(name);
    if (node === undefined) throw new Error(`the pattern names no node ${name}`);
    return node;
  }

  optionalNode(name: string): Node | undefined {
    for (const [pattern, node] of this.byPattern) if (pattern.as === name) return node;
    return undefined;
  }

  /** Output 0 of the root. */
  get result(): Edge {
    return this.root.outputs[0]!;
  }

  /** All matched nodes, the root first. */
  get nodes(): readonly Node[] {
    return [...new Set(this.byPattern.values())];
  }

  // Every step takes the rest of the work as `next` and undoes its bindings when that fails: full backtracking.
  private node_(pattern: OpPattern, node: Node, next: () => boolean): boolean {
    const known = this.byPattern.get(pattern);
    if (known !== undefined) return known === node && next();
    if (!pattern.keys.includes(node.key)) return false;
    this.byPattern.set(pattern, node);
    if (this.inputs(pattern.inputs, node.inputs, 0, next)) return true;
    if (node.inputs.length === 2 && pattern.inputs.length === 2 && findOp(node.domain, node.opType)?.commutative === true) {
      if (this.inputs(pattern.inputs, [node.inputs[1], node.inputs[0]], 0, next)) return true;
    }
    this.byPattern.delete(pattern);
    return false;
  }

  private inputs(patterns: readonly Pattern[], edges: readonly (Edge | undefined)[], at: number, next: () => boolean): boolean {
    if (at === patterns.length) return edges.slice(at).every((e) => e === undefined) && next();
    const pattern = patterns[at]!;
    if (typeof pattern === 'object' && pattern.kind === 'rest') {
      this.lists.set(pattern.name, edges.slice(at));
      return next() || (this.lists.delete(pattern.name), false);
    }
    return this.input(pattern, edges[at], () => this.inputs(patterns, edges, at + 1, next));
  }

  private input(pattern: Pattern, edge: Edge | undefined, next: () => boolean): boolean {
    if (typeof pattern === 'string') return this.symbol(pattern, edge, next);
    switch (pattern.kind) {
      case 'op': return this.made(pattern, 0, edge, next);
      case 'output': return this.made(pattern.of, pattern.index, edge, next);
      case 'maybe': return edge === undefined ? next() : this.input(pattern.pattern, edge, next);
      case 'either': return pattern.options.some((p) => this.input(p, edge, next));
      case 'scalar': {
        const value = edge === undefined ? undefined : readScalar(edge);
        return value !== undefined && Math.abs(value - pattern.value) <= TOLERANCE * Math.abs(pattern.value) && next();
      }
      case 'rest': return false;
    }
  }

  private made(pattern: OpPattern, index: number, edge: Edge | undefined, next: () => boolean): boolean {
    const node = edge?.producer;
    if (node === undefined || node.graph !== this.root.graph || node.outputs[index] !== edge) return false;
    return this.node_(pattern, node, next);
  }

  private symbol(name: string, edge: Edge | undefined, next: () => boolean): boolean {
    const optional = name.endsWith('?');
    const key = optional ? name.slice(0, -1) : name;
    if (edge === undefined) return optional && !this.edges.has(key) && next();
    const known = this.edges.get(key);
    if (known !== undefined) return known === edge && next();
    this.edges.set(key, edge);
    return next() || (this.edges.delete(key), false);
  }

  // A value inside the pattern that somebody outside of it reads.
  private leak(): Edge | undefined {
    const nodes = new Set(this.byPattern.values());
    for (const [pattern, node] of this.byPattern) {
      if (node === this.root || pattern.shared) continue;
      for (const edge of node.outputs) {
        if (edge === undefined) continue;
        if (edge.isOutput) return edge;
        for (const user of edge.users) if (!nodes.has(user)) return edge;
      }
    }
    return undefined;
  }
}

/** A look at operators alone, without bindings: false means that `Match.at` finds nothing. */
export function couldMatch(pattern: OpPattern, node: Node): boolean {
  if (!pattern.keys.includes(node.key)) return false;
  const { inputs } = pattern;
  const swapped = inputs.length === 2 && node.inputs.length === 2 && findOp(node.domain, node.opType)?.commutative === true;
  for (let i = 0; i < inputs.length; i++) {
    const wanted = inputs[i]!;
    if (typeof wanted === 'object' && (wanted.kind === 'op' || wanted.kind === 'output')) {
      const of = wanted.kind === 'op' ? wanted : wanted.of;
      const fits = (edge: Edge | undefined) => edge?.producer !== undefined && couldMatch(of, edge.producer);
      if (!fits(node.inputs[i]) && !(swapped && fits(node.inputs[1 - i]))) return false;
    }
  }
  return true;
}
