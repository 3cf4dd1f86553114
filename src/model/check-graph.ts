/** Rules of graphs: every name is defined once, before or after its use, and every tensor is sound. */
import { fail } from '../errors.ts';
import { checkNode, nodeRef } from './check-node.ts';
import { checkSparseTensor, checkTensor } from './check-tensor.ts';
import type { Limits } from './limits.ts';
import type { GraphProto, NodeProto } from './proto.ts';
import { typeFromProto } from './types.ts';

/** Where a check stands. */
export interface Place {
  readonly limits: Limits;
  readonly ir: number;
  /** `main`, `main/<node>.<attribute>`, or the function. */
  readonly path: string;
  readonly opsets: ReadonlyMap<string, number>;
  /** Inside of a function: the attributes its nodes may refer to. */
  readonly attributes: ReadonlySet<string> | undefined;
}

/** Since this version an initializer need not be an input. */
const FREE_INITIALIZERS_SINCE = 4;

type Origin = 'input' | 'initializer' | 'output';

/** Names of one graph, and through `outer` of those around it. */
export class Names {
  private readonly outer: Names | undefined;
  private readonly origins = new Map<string, Origin>();
  /** Outputs of nodes further down in the file: a subgraph may define such a name again. */
  private readonly later = new Set<string>();

  constructor(outer: Names | undefined) {
    this.outer = outer;
  }

  has(name: string): boolean {
    return this.origins.has(name) || (this.outer?.has(name) ?? false);
  }

  origin(name: string): Origin | undefined {
    return this.origins.get(name);
  }

  /** Throws `E_MODEL` when this graph has the name already. */
  define(name: string, origin: Origin, place: Place): void {
    if (name === '') fail('E_MODEL', `an ${origin} has no name`, { hint: `graph ${place.path}` });
    if (this.origins.has(name)) {
      fail('E_MODEL', `the name ${JSON.stringify(name)} is defined twice`, { found: `as ${this.origins.get(name)} and as ${origin}`, hint: `graph ${place.path}` });
    }
    this.origins.set(name, origin);
    if (origin === 'output') this.later.add(name);
  }

  /** The node that gives these outputs has been passed. */
  pass(outputs: readonly string[]): void {
    for (const name of outputs) this.later.delete(name);
  }

  /** True when a name of an enclosing graph would be hidden. */
  hides(name: string): boolean {
    const { outer } = this;
    return outer !== undefined && ((outer.origins.has(name) && !outer.later.has(name)) || outer.hides(name));
  }
}

export function checkGraph(proto: GraphProto, place: Place, outer: Names | undefined): void {
  const { path, limits } = place;
  const hint = `graph ${path}`;
  if (!proto.name) fail('E_MODEL', 'a graph has no name', { hint });
  const names = new Names(outer);
  for (const { name, type } of proto.input ?? []) {
    names.define(name ?? '', 'input', place);
    const declared = typeFromProto(type, `input ${JSON.stringify(name)}`);
    if (outer === undefined && declared === undefined) fail('E_MODEL', `the input ${JSON.stringify(name)} of the model has no type`);
  }
  const initializers = new Set<string>();
  const addInitializer = (name: string) => {
    if (initializers.has(name)) fail('E_MODEL', `two initializers are named ${JSON.stringify(name)}`, { hint });
    initializers.add(name);
    if (names.origin(name) === 'input') return;
    if (place.ir < FREE_INITIALIZERS_SINCE) {
      fail('E_MODEL', `the initializer ${JSON.stringify(name)} is no input of its graph`, { expected: `an input, before IR version ${FREE_INITIALIZERS_SINCE}`, found: `IR version ${place.ir}`, hint });
    }
    names.define(name, 'initializer', place);
  };
  for (const tensor of proto.initializer ?? []) {
    checkTensor(tensor, limits);
    addInitializer(tensor.name ?? '');
  }
  for (const sparse of proto.sparseInitializer ?? []) {
    checkSparseTensor(sparse, limits);
    addInitializer(sparse.values?.name ?? '');
  }
  checkNodes(proto.node ?? [], names, place);
  refuseDuplicates((proto.output ?? []).map((o) => o.name ?? ''), `outputs of graph ${path}`);
  for (const { name } of proto.output ?? []) {
    if (!names.has(name ?? '')) fail('E_MODEL', `the graph output ${JSON.stringify(name ?? '')} is not produced`, { hint });
  }
  for (const { name } of proto.valueInfo ?? []) if (!name) fail('E_MODEL', 'a value_info entry has no name', { hint });
}

/** Checks nodes in file order; they may use names that are defined further down. */
export function checkNodes(nodes: readonly NodeProto[], names: Names, place: Place): void {
  nodes.forEach((node, index) => {
    for (const name of node.output ?? []) {
      if (name === '') continue;
      if (names.origin(name) !== undefined) {
        fail('E_MODEL', `the name ${JSON.stringify(name)} is defined twice`, { node: nodeRef(node, index, place), arg: { kind: 'output', name }, found: `as ${names.origin(name)} and as output` });
      }
      names.define(name, 'output', place);
    }
  });
  nodes.forEach((node, index) => {
    checkNode(node, index, names, place);
    names.pass(node.output ?? []);
  });
}

/** Throws `E_MODEL` when a name stands twice, or is empty. */
export function refuseDuplicates(names: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '') fail('E_MODEL', `one of the ${what} has no name`);
    if (seen.has(name)) fail('E_MODEL', `two of the ${what} are named ${JSON.stringify(name)}`);
    seen.add(name);
  }
}
