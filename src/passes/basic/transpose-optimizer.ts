import type { Edge, Graph, Node } from '../../graph/index.ts';
import { EXACT, fresh, newConstant, newNode, type NewEdge, type NewNode, type Patch, type SweepPass } from '../pass.ts';
import { constantOf } from '../support/constants.ts';
import { isLive, liveNodes } from '../support/nodes.ts';
import { inverse, isIdentity, turned, turnedConstant, type Perm, type Turned } from '../support/turning.ts';
import { permOf } from './transpose-fusion.ts';

/** Beyond this, taking single nodes out of a region to make it better takes too long. */
const LARGEST_PEELED = 48;

/**
 * f(transpose(x, p), transpose(y, p)) = transpose(f'(x, y), p)
 *
 * For a region of neighbouring nodes that do not mind the order of axes (elementwise ones, quantizers, Concat, Split, Pad, Slice,
 * Softmax, reductions that keep their axes), all are computed untransposed: at its edges transposes go, become others, or come
 * in. The region is the largest around a Transpose, less the nodes without which fewer transposes are left. It changes only when
 * their number falls, and so comes to an end.
 */
export const transposeOptimizer: SweepPass = {
  name: 'transpose-optimizer',
  level: 'basic',
  contract: EXACT,
  doc: 'Computes regions of nodes that do not mind the order of axes untransposed, where fewer transposes are left then. f(transpose(x, p)) = transpose(f(x), p).',
  *sweep(graph) {
    // Nodes looked at in vain, by permutation: one look at a region is enough.
    const tried = new Map<string, Set<Node>>();
    const improve = function* (p: Perm, seeds: readonly Node[]): Iterable<Patch> {
      const known = tried.get(p.join()) ?? new Set();
      tried.set(p.join(), known);
      const region = new Region(graph, p, seeds.filter((node) => !known.has(node)));
      for (const node of region.nodes) known.add(node);
      region.peel();
      if (region.cost() < 0) yield region.patch();
    };
    for (const node of liveNodes(graph)) {
      if (node.key !== 'Transpose') continue;
      const perm = permOf(node);
      const [x, y] = [node.inputs[0], node.outputs[0]];
      if (perm === undefined || isIdentity(perm) || x === undefined || y === undefined) continue;
      // Downwards from its result, or upwards from its operand.
      yield* improve(perm, [...y.users]);
      if (isLive(node) && x.producer !== undefined) yield* improve(inverse(perm), [x.producer]);
    }
  },
};

class Region {
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
    for (const edge of this.entering()) sum += this.costOf(edge, inverse(this.p), 'in');
    for (const edge of this.leaving()) sum += this.costOf(edge, this.p, 'out');
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
    const made = new Map<Edge, Edge | NewEdge>();
    const add: NewNode[] = [];
    for (const edge of this.entering()) {
      const value = fresh('untransposed');
      add.push(newNode('Transpose', [edge], [value], { perm: inverse(this.p) }));
      made.set(edge, value);
    }
    const value = (edge: Edge): Edge | NewEdge => {
      const tensor = constantOf(edge);
      if (!made.has(edge)) made.set(edge, tensor === undefined ? fresh('untransposed') : tensor.size === 1 ? edge : newConstant('constant', turnedConstant(tensor, this.p)));
      return made.get(edge)!;
    };
    for (const node of this.ordered()) {
      const { operands, inputs, attributes } = this.members.get(node)!;
      const turnedInputs = node.inputs.map((e, i) => inputs?.get(i) ?? (e !== undefined && operands.includes(i) ? value(e) : e));
      add.push(newNode(node.key, turnedInputs, node.outputs.map((e) => e && value(e)), attributes));
    }
    for (const edge of this.leaving()) add.push(newNode('Transpose', [made.get(edge)], [edge], { perm: this.p }));
    return { kind: 'patch', add, from: [...this.members.keys()] };
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

  // Values that somebody outside reads.
  private leaving(): Edge[] {
    return [...this.members.keys()].flatMap((node) => node.outputs.filter((e): e is Edge => e !== undefined && (e.isOutput || [...e.users].some((u) => !this.members.has(u)))));
  }

  // One Transpose by q for an edge of the region, less those it takes the place of: they join, or undo each other.
  private costOf(edge: Edge, q: Perm, side: 'in' | 'out'): number {
    const undone = (t: Perm): boolean => isIdentity(t.map((axis) => q[axis]!));
    const outside = [...edge.users].filter((u) => !this.members.has(u));
    if (side === 'in') {
      const t = edge.producer && transposeOf(edge.producer, q.length);
      if (t === undefined) return 1;
      return (undone(t) ? 0 : 1) - (edge.isOutput || outside.length > 0 ? 0 : 1);
    }
    const turns = outside.map((u) => transposeOf(u, q.length));
    return (edge.isOutput || turns.includes(undefined) ? 1 : 0) - turns.filter((t) => t !== undefined && undone(t)).length;
  }
}

function operandsOf(node: Node, { operands }: Turned): Edge[] {
  return operands.map((i) => node.inputs[i]).filter((e) => e !== undefined);
}

function transposeOf(node: Node, rank: number): Perm | undefined {
  const perm = node.key === 'Transpose' ? permOf(node) : undefined;
  return perm?.length === rank ? perm : undefined;
}
