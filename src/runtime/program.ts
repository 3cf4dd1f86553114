/**
 * A graph compiled for running: steps over a frame of numbered values. Preparing a node (packing weights, choosing
 * kernels) happens here, once; running happens in `execute.ts`.
 */
import { fail, OnnxError } from '../errors.ts';
import { capturedEdges, type Edge, type Graph, type Node } from '../graph/index.ts';
import type { Value } from '../tensor/index.ts';
import type { DeviceMemory, InputLocation, Kernel } from './provider.ts';
import { placedNode, type Placement } from './placement.ts';

export interface Step {
  readonly node: Node;
  readonly index: number;
  readonly kernel: Kernel;
  readonly provider: string;
  readonly async: boolean;
  /** Frame positions; -1 for an absent optional argument. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** What the node's subgraphs read from the frame. */
  readonly captured: readonly number[];
  /** Positions no later step reads: their values may be let go after this step. */
  readonly lastUses: readonly number[];
  /** Those of them that steps of this program made and nothing else can hold: their memory is free after this step. */
  readonly frees: readonly number[];
  /** Outputs that only later steps of this program read, none of which can hold them on. */
  readonly passing: readonly boolean[];
  /** The node holds subgraphs or handles values that are not tensors: what it reads may live on inside its outputs. */
  readonly retains: boolean;
  /** The device its provider works on. */
  readonly device: DeviceMemory | undefined;
  /** Where each input must be brought, and whether it is the same at every run; undefined where no provider has a device. */
  readonly reads: readonly { readonly at: InputLocation; readonly constant: boolean }[] | undefined;
}

export interface Program {
  readonly graph: Graph;
  readonly steps: readonly Step[];
  readonly frameSize: number;
  /** Position of each graph input, in order. */
  readonly inputs: readonly number[];
  /** Position of each wanted output, in order. */
  readonly outputs: readonly number[];
  /** Values known before the run: constants. */
  readonly constants: readonly (readonly [position: number, value: Value])[];
  /** Values a subgraph takes from the frame it is called from. */
  readonly captures: readonly (readonly [outer: number, inner: number])[];
  readonly subprograms: ReadonlyMap<Graph, Program>;
  readonly async: boolean;
  /** Devices of the providers its steps run on, subgraphs included. */
  readonly devices: readonly DeviceMemory[];
}

/** Kernels are prepared once for a node and shared by all programs of a session. */
export type KernelCache = Map<Node, Kernel>;

/**
 * Compiles the part of a graph that `outputs` need. `given` edges are taken as fed (they stop the walk backwards),
 * whatever produces them.
 */
export function compile(
  graph: Graph, outputs: readonly Edge[], placements: ReadonlyMap<Node, Placement>, kernels: KernelCache,
  given: readonly Edge[] = graph.inputs, outer?: ReadonlyMap<Edge, number>,
): Program {
  const needed = neededNodes(graph, outputs, new Set(given));
  const positions = new Map<Edge, number>();
  const position = (edge: Edge): number => {
    let at = positions.get(edge);
    if (at === undefined) positions.set(edge, (at = positions.size));
    return at;
  };
  const inputs = given.map(position);
  const captures: [number, number][] = [];
  const constants: [number, Value][] = [];
  const isGiven = new Set(given);
  const use = (edge: Edge): number => {
    if (positions.has(edge)) return positions.get(edge)!;
    const at = position(edge);
    if (edge.graph !== graph) {
      if (edge.constant !== undefined) constants.push([at, edge.constant]);
      else captures.push([outer?.get(edge) ?? fail('E_MODEL', `${JSON.stringify(edge.name)} is not visible in ${graph.path}`), at]);
    } else if (edge.constant !== undefined && !isGiven.has(edge)) constants.push([at, edge.constant]);
    else if (edge.producer === undefined && !isGiven.has(edge)) {
      fail('E_MODEL', `${JSON.stringify(edge.name)} has no producer`, { arg: { kind: 'input', name: edge.name } });
    }
    return at;
  };

  const subprograms = new Map<Graph, Program>();
  const drafts = graph.nodes.filter((n) => needed.has(n)).map((node) => {
    const reads = node.inputs.map((e) => (e === undefined ? -1 : use(e)));
    const captured = [...capturedEdges(node)].filter((e) => e.constant === undefined || e.graph === graph).map(use);
    const writes = node.outputs.map((e) => (e === undefined ? -1 : position(e)));
    for (const [, sub] of node.subgraphs()) subprograms.set(sub, compile(sub, sub.outputs, placements, kernels, sub.inputs, positions));
    return { node, reads, captured, writes };
  });
  const outputPositions = outputs.map(use);

  const lastUse = new Map<number, number>();
  drafts.forEach((d, i) => {
    for (const at of [...d.reads, ...d.captured]) lastUse.set(at, i);
    for (const at of d.writes) if (!lastUse.has(at)) lastUse.set(at, i);
  });
  for (const at of [...outputPositions, ...constants.map(([p]) => p), -1]) lastUse.delete(at);
  const endings = drafts.map(() => [] as number[]);
  for (const [at, step] of lastUse) endings[step].push(at);

  const retaining = drafts.map(({ node, captured }) => captured.length > 0 || node.subgraphs().length > 0
    || [...node.inputs, ...node.outputs].some((e) => e?.type !== undefined && e.type.kind !== 'tensor'));
  // Made here, and never read by a node whose outputs may hold it on.
  const free = new Set(drafts.flatMap((d) => d.writes));
  drafts.forEach((d, i) => {
    if (retaining[i]) for (const at of [...d.reads, ...d.captured, ...d.writes]) free.delete(at);
  });
  const devices = new Set(drafts.flatMap((d) => placements.get(d.node)!.provider.device ?? []));
  for (const sub of subprograms.values()) for (const device of sub.devices) devices.add(device);
  const apart = [...placements.values()].some((p) => p.provider.device !== undefined);
  const isConstant = new Set(constants.map(([at]) => at));
  const steps = drafts.map(({ node, reads, captured, writes }, index): Step => {
    const placement = placements.get(node)!;
    const kernel = prepare(node, placement, kernels);
    const { device } = placement.provider;
    return {
      device,
      reads: apart ? reads.map((at, i) => ({ at: device === undefined ? 'host' : (kernel.reads?.[i] ?? 'device'), constant: isConstant.has(at) })) : undefined,
      node, index, kernel, provider: placement.provider.name, async: placement.provider.async || kernel.async === true,
      inputs: reads, outputs: writes, captured, lastUses: endings[index],
      frees: endings[index].filter((at) => free.has(at)), passing: writes.map((at) => free.has(at) && lastUse.has(at)), retains: retaining[index],
    };
  });
  return {
    graph, steps, frameSize: positions.size, inputs, outputs: outputPositions, constants, captures, subprograms,
    async: steps.some((s) => s.async) || [...subprograms.values()].some((p) => p.async), devices: [...devices],
  };
}

function prepare(node: Node, placement: Placement, kernels: KernelCache): Kernel {
  let kernel = kernels.get(node);
  if (kernel === undefined) {
    try {
      kernel = placement.provider.prepare(placedNode(node));
    } catch (error) {
      throw locate(error, node);
    }
    settle(node, kernel);
    kernels.set(node, kernel);
  }
  return kernel;
}

/** Constants of a file are read while there is a file, or let go of where the kernel has its own copy. */
function settle(node: Node, { packed }: Kernel): void {
  node.inputs.forEach((edge, i) => {
    const tensor = edge?.tensor;
    if (tensor === undefined || tensor.location !== 'cpu') return;
    if (packed?.includes(i)) tensor.unload();
    else void tensor.data;
  });
}

/** Any error a node raised as an `OnnxError` that names it. */
export function locate(error: unknown, node: Node): OnnxError {
  if (error instanceof OnnxError) return error.node === undefined ? error.at({ node: node.ref }) : error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /array (buffer allocation|length)|Invalid typed array length/i.test(message)) {
    return new OnnxError('E_LIMIT', 'not enough memory for a tensor', { node: node.ref, cause: error });
  }
  return new OnnxError('E_VALUE', `the kernel failed: ${message}`, { node: node.ref, cause: error });
}

function neededNodes(graph: Graph, outputs: readonly Edge[], given: ReadonlySet<Edge>): Set<Node> {
  const needed = new Set<Node>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const edge = stack.pop()!;
    const node = edge.producer;
    if (given.has(edge) || node === undefined || edge.graph !== graph || needed.has(node)) continue;
    needed.add(node);
    for (const input of node.inputs) if (input !== undefined) stack.push(input);
    stack.push(...capturedEdges(node));
  }
  return needed;
}
