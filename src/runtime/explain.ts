/** What happened to a model: passes, placement, memory. Plain data, for people and tools to print. */
import type { Graph, Node } from '../graph/index.ts';
import type { Trail } from '../passes/index.ts';
import type { PlanSummary } from './memory.ts';
import type { Placement } from './placement.ts';
import type { ExecutionProvider } from './provider.ts';
import type { UnavailableProvider } from './registry.ts';

export interface ExplainedNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly graphPath: string;
  readonly provider: string;
  /** Why this provider: first in the list, or the providers before it that declined. */
  readonly reason: string;
  readonly refused: readonly { readonly provider: string; readonly reason: string }[];
  /** Names of the original nodes it stands for. */
  readonly origin: readonly string[];
}

export interface Explanation {
  readonly nodes: readonly ExplainedNode[];
  readonly passes: Trail['entries'];
  /** The providers that started, in order of priority, with what really runs behind each (a mode, an adapter, a class of kernels). */
  readonly available: readonly { readonly name: string; readonly description: string }[];
  readonly unavailable: readonly UnavailableProvider[];
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** Node count by provider. */
  readonly providers: Readonly<Record<string, number>>;
  /** One plan for each shape signature seen. */
  readonly memory: readonly ({ readonly signature: string } & PlanSummary)[];
}

export function explain(
  graph: Graph, original: Graph, placements: ReadonlyMap<Node, Placement>, trail: Trail,
  started: { readonly providers: readonly ExecutionProvider[]; readonly unavailable: readonly UnavailableProvider[] },
  memory: Explanation['memory'],
): Explanation {
  const nodes = [...graph.walk()].flatMap((g) => g.nodes).map((node): ExplainedNode => {
    const { provider, refused } = placements.get(node)!;
    return {
      name: node.name || node.ref.name, opType: node.opType, domain: node.domain, graphPath: node.graph.path,
      provider: provider.name, refused, origin: node.origin,
      reason: refused.length === 0 ? 'first in the list' : refused.map((r) => `${r.provider}: ${r.reason}`).join('; '),
    };
  });
  const providers: Record<string, number> = {};
  for (const n of nodes) providers[n.provider] = (providers[n.provider] ?? 0) + 1;
  return {
    nodes, passes: trail.entries, providers, memory, unavailable: started.unavailable,
    available: started.providers.map(({ name, description }) => ({ name, description: description ?? '' })),
    nodesBefore: countNodes(original), nodesAfter: nodes.length,
  };
}

function countNodes(graph: Graph): number {
  let count = 0;
  for (const g of graph.walk()) count += g.nodes.length;
  return count;
}
