/** Passes that write a graph with operators of ai.onnx alone, for runtimes that know no others. */
import type { Graph } from '../../graph/index.ts';
import { optimize, type Trail } from '../optimize.ts';
import type { Pass } from '../pass.ts';
import { lowerFusedConv, lowerFusedGemm } from './activations.ts';
import { lowerFastGelu, lowerGelu, lowerQuickGelu } from './gelu.ts';
import { lowerDynamicQuantizeMatMul, lowerFusedMatMul, lowerMatMulIntegerToFloat, lowerMatMulNBits } from './matmul.ts';
import { lowerSimplifiedLayerNorm, lowerSkipLayerNorm, lowerSkipSimplifiedLayerNorm } from './norms.ts';
import { lowerQGemm, lowerQGemmToFloat, lowerQLinear } from './qlinear.ts';

export const PORTABLE: readonly Pass[] = [
  lowerMatMulNBits, lowerDynamicQuantizeMatMul, lowerMatMulIntegerToFloat, lowerFusedMatMul,
  lowerSkipSimplifiedLayerNorm, lowerSimplifiedLayerNorm, lowerSkipLayerNorm,
  lowerGelu, lowerFastGelu, lowerQuickGelu, lowerFusedConv, lowerFusedGemm,
  lowerQLinear, lowerQGemm, lowerQGemmToFloat,
];

/** Lowers what can be lowered, in place. What stays has a refusal in the trail, or no pass. */
export function lowerToStandard(graph: Graph): Trail {
  return optimize(graph, { level: 'basic', only: PORTABLE });
}
