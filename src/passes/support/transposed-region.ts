/** A region of neighbouring nodes that could be computed untransposed: what that costs at its edges, and the patch that does it. */
import type { Edge, Graph, Node } from '../../graph/index.ts';
import { fresh, newConstant, newNode, type NewEdge, type NewNode, type Patch } from '../pass.ts';
import { constantOf } from './constants.ts';
import { isLive } from './nodes.ts';
import { inverse, isIdentity, permOf, turned, turnedConstant, type Perm, type Turned } from './turning.ts';

/** Beyond this, taking single nodes out of a region to make it better takes too long. */
const LARGEST_PEELED = 48;

/** Nodes around some seeds whose operands and results are all taken for transposed by p, to be computed untransposed. */
export class TransposedRegion {
  private readonly p: Perm;
  private readonly members = new Map<Node, Turned>();

  constructor(graph: Graph, p: Perm, seeds: readonly Node[]) {
    this.p = p;
    const stack = [...seeds];
    while (stack.length > 0) {
      const node = stack.pop()!;
      const how = node.graph === graph && !this.members.has(node) && isLive(node) ? turned(node, p) : undefined;
      if (how === undefined) continue;
      this.members.set(node, how);
      for (const output of node.outputs) if (output !== undefined) stack.push(...output.users);
      for (const { producer } of operandsOf(node, how)) if (producer !== undefined) stack.push(producer);
    }
  }

  get nodes(): Iterable<Node> {
    return this.members.keys();
  }

  /** Transposes that come in, less those that go. */
  cost(): number {
    let sum = 0;
    for (const edge of this.entering()) {
      const goes = edge.producer?.key === 'Transpose' && !edge.isOutput && [...edge.users].every((u) => this.members.has(u));
      sum += (isIdentity(this.entry(edge).perm) ? 0 : 1) - (goes ? 1 : 0);
    }
    for (const { turns, stays } of this.exits()) sum += (stays ? 1 : 0) - turns.filter((t) => isIdentity(t.perm)).length;
    return sum;
  }

  /** Leaves nodes out as long as that helps. */
  peel(): void {
    if (this.members.size > LARGEST_PEELED) return;
    for (let best = this.cost(), better = true; better; ) {
      better = false;
      for (const [node, how] of [...this.members]) {
        this.members.delete(node);
        const cost = this.cost();
        if (cost < best) [best, better] = [cost, true];
        else this.members.set(node, how);
      }
    }
  }

  patch(): Patch {
    const { p } = this;
    const made = new Map<Edge, Edge | NewEdge>();
    const add: NewNode[] = [];
    const same: [Edge, Edge][] = [];
    const after: NewNode[] = [];
    for (const edge of this.entering()) {
      const { from, perm } = this.entry(edge);
      const value = isIdentity(perm) ? from : fresh('untransposed');
      if (value !== from) add.push(newNode('Transpose', [from], [value], { perm }));
      made.set(edge, value);
    }
    for (const { edge, turns, stays } of this.exits()) {
      const [first, ...others] = turns.filter((t) => isIdentity(t.perm)).map((t) => t.result);
      const value = first ?? fresh('untransposed');
      made.set(edge, value);
      for (const other of others) same.push([other, first!]);
      for (const { result, perm } of turns) if (!isIdentity(perm)) after.push(newNode('Transpose', [value], [result], { perm }));
      if (stays) after.push(newNode('Transpose', [value], [edge], { perm: p }));
    }
    const value = (edge: Edge): Edge | NewEdge => {
      const tensor = constantOf(edge);
      if (!made.has(edge)) made.set(edge, tensor === undefined ? fresh('untransposed') : tensor.size === 1 ? edge : newConstant('constant', turnedConstant(tensor, p)));
      return made.get(edge)!;
    };
    for (const node of this.ordered()) {
      const { operands, inputs, attributes } = this.members.get(node)!;
      const turnedInputs = node.inputs.map((e, i) => inputs?.get(i) ?? (e !== undefined && operands.includes(i) ? value(e) : e));
      add.push(newNode(node.key, turnedInputs, node.outputs.map((e) => e && value(e)), attributes));
    }
    return { kind: 'patch', add: [...add, ...after], same, from: [...this.members.keys()] };
  }

  // Each node after those it reads.
  private ordered(): Node[] {
    const done = new Set<Node>();
    for (const root of this.members.keys()) {
      const stack = [root];
      while (stack.length > 0) {
        const node = stack.at(-1)!;
        const before = operandsOf(node, this.members.get(node)!).map((e) => e.producer).filter((n): n is Node => n !== undefined && this.members.has(n) && !done.has(n));
        if (before.length === 0) done.add(stack.pop()!);
        else stack.push(...before);
      }
    }
    return [...done];
  }

  // Values from outside that nodes of the region turn.
  private entering(): Set<Edge> {
    const edges = [...this.members].flatMap(([node, how]) => operandsOf(node, how));
    return new Set(edges.filter((e) => constantOf(e) === undefined && (e.producer === undefined || !this.members.has(e.producer))));
  }

  // A value untransposed: what a Transpose before it started from, perhaps in another order.
  private entry(edge: Edge): { readonly from: Edge; readonly perm: Perm } {
    const back = inverse(this.p);
    const t = edge.producer && transposeOf(edge.producer, back.length);
    return t === undefined ? { from: edge, perm: back } : { from: edge.producer!.inputs[0]!, perm: back.map((axis) => t[axis]!) };
  }

  // Values that somebody outside reads: through a Transpose, which then becomes another, or as they are.
  private *exits(): Iterable<Exit> {
    for (const node of this.members.keys()) {
      for (const edge of node.outputs) {
        const outside = [...(edge?.users ?? [])].filter((u) => !this.members.has(u));
        if (edge === undefined || (outside.length === 0 && !edge.isOutput)) continue;
        const turns = outside.flatMap((u) => {
          const perm = u.graph === node.graph ? transposeOf(u, this.p.length)?.map((axis) => this.p[axis]!) : undefined;
          return perm === undefined ? [] : [{ result: u.outputs[0]!, perm }];
        });
        yield { edge, turns, stays: edge.isOutput || turns.length < outside.length };
      }
    }
  }
}

interface Exit {
  readonly edge: Edge;
  readonly turns: readonly { readonly result: Edge; readonly perm: Perm }[];
  readonly stays: boolean;
}

function operandsOf(node: Node, { operands }: Turned): Edge[] {
  return operands.map((i) => node.inputs[i]).filter((e) => e !== undefined);
}

function transposeOf(node: Node, rank: number): Perm | undefined {
  const perm = node.key === 'Transpose' ? permOf(node) : undefined;
  return perm?.length === rank ? perm : undefined;
}
