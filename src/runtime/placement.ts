/** Which provider runs which node, and why. */
import { fail } from '../errors.ts';
import type { Graph, Node } from '../graph/index.ts';
import { bind } from '../ops/index.ts';
import type { DType, Tensor } from '../tensor/index.ts';
import type { ExecutionProvider, PlacedNode } from './provider.ts';

export interface Placement {
  readonly node: Node;
  readonly provider: ExecutionProvider;
  /** Providers earlier in the list that declined, with their reasons. */
  readonly refused: readonly { readonly provider: string; readonly reason: string }[];
}

/** What a provider sees of a node. */
export function placedNode(node: Node): PlacedNode {
  const { op, version, attrs } = bind(node);
  const typeOf = (edges: Node['inputs'], i: number): DType | undefined => {
    const type = edges[i]?.type;
    return type?.kind === 'tensor' ? type.dtype : undefined;
  };
  return {
    node, op, version, attrs,
    constant: (i): Tensor | undefined => (node.inputs[i]?.isInput ? undefined : node.inputs[i]?.tensor),
    inputType: (i) => typeOf(node.inputs, i),
    outputType: (i) => typeOf(node.outputs, i),
    inputShape: (i) => {
      const type = node.inputs[i]?.type;
      return type?.kind === 'tensor' ? type.shape : undefined;
    },
  };
}

/** The first provider of the list that takes the node. Throws `E_OP_UNSUPPORTED` with every reason when none does. */
export function placeNode(node: Node, providers: readonly ExecutionProvider[]): Placement {
  const placed = placedNode(node);
  const refused: { provider: string; reason: string }[] = [];
  for (const provider of providers) {
    const verdict = provider.supports(placed);
    if (verdict === true) return { node, provider, refused };
    refused.push({ provider: provider.name, reason: verdict });
  }
  return fail('E_OP_UNSUPPORTED', `no provider runs ${node.key}`, {
    node: node.ref, found: refused.map((r) => `${r.provider}: ${r.reason}`).join('; '),
  });
}

/** Places every node of a graph and its subgraphs. */
export function placeGraph(graph: Graph, providers: readonly ExecutionProvider[]): Map<Node, Placement> {
  const placements = new Map<Node, Placement>();
  for (const g of graph.walk()) for (const node of g.nodes) placements.set(node, placeNode(node, providers));
  return placements;
}

/** Loads what runs the nodes of a graph: of each provider the kernels of those it takes. What no provider takes is left to placement. */
export async function loadKernels(graph: Graph, providers: readonly ExecutionProvider[]): Promise<void> {
  const wanted = new Map(providers.map((provider) => [provider, new Set<string>()]));
  for (const g of graph.walk()) {
    for (const node of g.nodes) {
      const placed = placedNode(node);
      const taker = providers.find((provider) => provider.supports(placed) === true);
      if (taker !== undefined) wanted.get(taker)!.add(node.key);
    }
  }
  await Promise.all([...wanted].map(([provider, operators]) => provider.load?.(operators)));
}
