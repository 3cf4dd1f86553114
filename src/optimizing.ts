/** The optimizer as a session uses it: its options, and what it may ask of the providers. */
import { OnnxError } from './errors.ts';
import type { Limits, Model } from './model/index.ts';
import { flattenExtra, type SessionOptions } from './options.ts';
import { freeDimensionOverride, optimize, type Trail } from './passes/index.ts';
import { evaluateNode } from './runtime/evaluate.ts';
import { placedNode, placeNode } from './runtime/placement.ts';
import type { ExecutionProvider } from './runtime/provider.ts';

export function optimizeModel(model: Model, providers: readonly ExecutionProvider[], limits: Limits, options: SessionOptions): Trail {
  const level = options.graphOptimizationLevel ?? 'all';
  return optimize(model.graph, {
    // Sizes the session sets hold at every level.
    ...(level === 'disabled' ? { level: 'basic', only: [freeDimensionOverride] } : { level: level === 'layout' ? 'all' : level }),
    disable: options.disabledPasses ?? [],
    passes: options.passes,
    onPatch: options.onPatch,
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
