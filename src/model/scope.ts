/** Which edge a name stands for at one place of the file. */
import type { Edge, Graph } from '../graph/index.ts';
import type { AttributeProto } from './proto.ts';

/** An attribute given to a function, and the place its subgraphs see names from. */
export interface BoundAttribute {
  readonly proto: AttributeProto;
  readonly scope: Scope;
}

/** The main graph, or one inlined call of a function: what the nodes inside share. */
export interface Frame {
  /** Put before the names of nodes and edges: '' or `<call>/`. */
  readonly prefix: string;
  /** Opsets that nodes are read under. */
  readonly opsets: ReadonlyMap<string, number>;
  /** What attribute references stand for; none in the main graph. */
  readonly attributes: ReadonlyMap<string, BoundAttribute>;
}

/** Names of one graph or function body; `outer` has those around it. */
export class Scope {
  readonly graph: Graph;
  readonly frame: Frame;
  private readonly outer: Scope | undefined;
  private readonly edges = new Map<string, Edge | undefined>();

  constructor(graph: Graph, frame: Frame, outer?: Scope) {
    this.graph = graph;
    this.frame = frame;
    this.outer = outer;
  }

  /** True when the name is defined right here. */
  defines(name: string): boolean {
    return this.edges.has(name);
  }

  /** `undefined` for an optional argument that a call leaves out. */
  bind(name: string, edge: Edge | undefined): void {
    this.edges.set(name, edge);
  }

  find(name: string): Edge | undefined {
    return this.edges.has(name) ? this.edges.get(name) : this.outer?.find(name);
  }
}
