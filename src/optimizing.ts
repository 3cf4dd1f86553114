/** The optimizer as a session uses it: its options, and what it may ask of the providers. */
import { NotLoaded, OnnxError } from './errors.ts';
import { cloneGraph, type Graph } from './graph/index.ts';
import type { Limits } from './model/index.ts';
import { hasAllContracts, loadAllContracts } from './ops/index.ts';
import { flattenExtra, type SessionOptions } from './options.ts';
import { freeDimensionOverride, loadAllPasses, optimize, type OnPatch, type Trail } from './passes/index.ts';
import { evaluateNode } from './runtime/evaluate.ts';
import { placedNode, placeNode } from './runtime/placement.ts';
import type { ExecutionProvider } from './runtime/provider.ts';

export interface Optimized {
  readonly graph: Graph;
  readonly trail: Trail;
}

/**
 * Optimizes a graph in place with what is loaded. Where a pass brings in an operator whose contract is not, or folding needs such a kernel,
 * it is loaded and the work done again on a copy of `original`: that is seldom.
 */
export async function optimizeModel(
  graph: Graph, original: Graph, providers: readonly ExecutionProvider[], limits: Limits, options: SessionOptions,
): Promise<Optimized> {
  let told = 0;
  const onPatch: OnPatch = (entry, snapshot) => {
    if (entry.patch! <= told) return; // done again
    told = entry.patch!;
    options.onPatch?.(entry, snapshot);
  };
  for (let at = graph; ; at = cloneGraph(original)) {
    try {
      if (hasAllContracts()) await loadOthers(providers);
      return { graph: at, trail: optimizeOnce(at, providers, limits, options, onPatch) };
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      await error.load();
    }
  }
}

/** Loads all that is known of operators beyond those of every day: contracts, passes, and what the providers have. */
export async function loadOthers(providers: readonly ExecutionProvider[]): Promise<void> {
  await Promise.all([loadAllContracts(), loadAllPasses(), ...providers.map((provider) => provider.complete?.())]);
}

function optimizeOnce(graph: Graph, providers: readonly ExecutionProvider[], limits: Limits, options: SessionOptions, onPatch: OnPatch): Trail {
  const level = options.graphOptimizationLevel ?? 'all';
  return optimize(graph, {
    // Sizes the session sets hold at every level.
    ...(level === 'disabled' ? { level: 'basic', only: [freeDimensionOverride] } : { level: level === 'layout' ? 'all' : level }),
    disable: options.disabledPasses ?? [],
    passes: options.passes,
    onPatch,
    stopAfter: options.stopAfterPatch,
    allowInexact: options.allowInexact ?? true,
    settings: flattenExtra(options.extra),
    freeDimensions: options.freeDimensionOverrides,
    prefersChannelsLast: (node) => placeNode(node, providers).provider.prefersChannelsLast?.(placedNode(node)) === true,
    supports: (node) => {
      try {
        placeNode(node, providers);
        return true;
      } catch (error) {
        if (error instanceof OnnxError) return error.summary;
        throw error;
      }
    },
    evaluate: (node, inputs) => evaluateNode(node, inputs, providers, limits),
  });
}
