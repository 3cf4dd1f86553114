/**
 * Which passes run at which level, in order: what enables others comes first. Passes named as text are those of `others.ts`: no pattern of
 * theirs matches where all operators are everyday ones (src/ops/everyday.ts), so they are loaded with the contracts of the others.
 */
import { fail, NotLoaded } from '../errors.ts';
import { hasAllContracts } from '../ops/index.ts';
import type { OTHERS } from './others.ts';
import type { Level, Pass } from './pass.ts';
import { nhwcTransformer, transposesAfterLayout } from './all/nhwc-transformer.ts';
import { castChainElimination, castElimination } from './basic/cast-elimination.ts';
import { commonSubexpressionElimination } from './basic/common-subexpression-elimination.ts';
import { constantFolding } from './basic/constant-folding.ts';
import { constantSharing } from './basic/constant-sharing.ts';
import { convAddFusion, convMulFusion } from './basic/conv-mul-fusion.ts';
import { divMulFusion } from './basic/div-mul-fusion.ts';
import { doubleQDQPairsRemoval } from './basic/double-qdq-pairs-removal.ts';
import { dqBlocksReshape } from './basic/dq-blocks-reshape.ts';
import { eliminateIdentity } from './basic/eliminate-identity.ts';
import { eliminatePad, eliminateSingle, eliminateSplit } from './basic/eliminate-single.ts';
import { eliminateUnused } from './basic/eliminate-unused.ts';
import { freeDimensionOverride } from './basic/free-dimension-override.ts';
import { fuseReluClip } from './basic/fuse-relu-clip.ts';
import { gatherSliceToSplit } from './basic/gather-slice-to-split.ts';
import { gemmSumFusion, gemmTransposeFusion } from './basic/gemm-fusions.ts';
import { matMulAddFusion } from './basic/matmul-add-fusion.ts';
import { addZeroElimination, noopElimination } from './basic/noop-elimination.ts';
import { dequantizePropagation, quantizePropagation } from './basic/qdq-propagation.ts';
import { qdqS8ToU8 } from './basic/qdq-s8-to-u8.ts';
import { requantizationNarrowing, requantizationShift } from './basic/requantization.ts';
import { reshapeFusion } from './basic/reshape-fusion.ts';
import { sliceConcatToSpaceToDepth } from './basic/slice-concat-to-space-to-depth.ts';
import { eliminateTranspose, transposeFusion } from './basic/transpose-fusion.ts';
import { transposeReduceFusion, transposeToReshape } from './basic/transpose-moves.ts';
import { transposeOptimizer } from './basic/transpose-optimizer.ts';
import { reshapeChainElimination, viewElimination } from './basic/view-elimination.ts';
import { weightQuantization, weightRounding } from './basic/weight-quantization.ts';
import { convActivationFusion, gemmActivationFusion } from './extended/conv-activation-fusion.ts';
import { convAddActivationFusion } from './extended/conv-add-activation-fusion.ts';
import { dqMatMulNBitsFusion, matMulNBitsFusion } from './extended/dq-matmul-nbits-fusion.ts';
import { dropDQArg, dropQDQ, dropQDQSplit } from './extended/drop-qdq.ts';
import { dynamicQuantizeMatMulFusion, matMulIntegerToFloatFusion } from './extended/matmul-integer-to-float-fusion.ts';
import { matMulScaleFusion, matMulTransposeFusion } from './extended/matmul-transpose-fusion.ts';
import { qdqBinary, qdqWhere } from './extended/qdq-binary.ts';
import { qdqConcat } from './extended/qdq-concat.ts';
import { qdqConv } from './extended/qdq-conv.ts';
import { qdqFinalCleanup } from './extended/qdq-final-cleanup.ts';
import { qdqGemm, qdqGemmToFloat } from './extended/qdq-gemm.ts';
import { qdqMatMul, qdqMatMulIntegerToFloat } from './extended/qdq-matmul.ts';
import { qdqUnary } from './extended/qdq-unary.ts';
import { clipQuantFusion, reluQuantFusion } from './extended/relu-quant-fusion.ts';
import { commonSubexpressionEliminationL2, constantSharingL2 } from './extended/sharing.ts';

type Other = keyof typeof OTHERS;

export const LEVELS: readonly Level[] = ['basic', 'extended', 'all'];

const BASIC: readonly (Pass | Other)[] = [
  // Sizes first: much of the rest asks for them.
  freeDimensionOverride,
  eliminateUnused,
  // Makes constants of what patterns ask to be constant.
  constantFolding,
  eliminateIdentity, 'eliminateDropout', castElimination, castChainElimination, 'eliminateSlice', 'expandElimination', eliminateSingle,
  eliminatePad, eliminateSplit, noopElimination, addZeroElimination, viewElimination, reshapeChainElimination, eliminateTranspose,
  transposeFusion,
  // Equal nodes become one, so that a value read twice by a pattern is one edge.
  constantSharing, commonSubexpressionElimination,
  sliceConcatToSpaceToDepth, gatherSliceToSplit,
  reshapeFusion, 'preShapeElimination',
  doubleQDQPairsRemoval, requantizationShift, requantizationNarrowing, qdqS8ToU8, dequantizePropagation, quantizePropagation,
  // Before products are selected, which ask for integers.
  weightQuantization, weightRounding, dqBlocksReshape,
  divMulFusion, fuseReluClip, 'notWhereFusion', 'padFusion',
  'convBNFusion', convMulFusion, convAddFusion,
  'matMulBNFusion', matMulAddFusion, gemmSumFusion, gemmTransposeFusion,
  'geluFusionL1', 'layerNormFusion',
  // After the patterns that know attention by its transposes.
  transposeReduceFusion, transposeToReshape, transposeOptimizer,
];

const EXTENDED: readonly (Pass | Other)[] = [
  // The form without a mean looks like the inner part of that with one; attention asks about both, and about the rows of token
  // ids, which embeddings have.
  'layerNormFusionL2', 'simplifiedLayerNormFusion', 'embedLayerNormFusion',
  // Before products take over the transposes and factors that they are written with.
  'groupQueryAttentionFusion', 'gqaPreNormFusion', 'multiHeadAttentionFusion',
  clipQuantFusion, reluQuantFusion,
  dropQDQ, dropQDQSplit, dropDQArg,
  'whereDummyDQ',
  qdqConv, qdqMatMul, qdqGemm, qdqBinary, qdqUnary, qdqConcat, qdqWhere,
  // After the forms that quantize their result.
  qdqMatMulIntegerToFloat, qdqGemmToFloat,
  dqMatMulNBitsFusion, matMulNBitsFusion,
  dynamicQuantizeMatMulFusion, matMulIntegerToFloatFusion,
  'skipLayerNormFusion', 'biasSkipLayerNormFusion',
  'geluFusionL2', 'fastGeluFusion', 'quickGeluFusion', 'quickGeluNarrowFusion', 'biasGeluFusion', 'geluApproximation',
  matMulTransposeFusion, matMulScaleFusion,
  convAddActivationFusion, convActivationFusion, gemmActivationFusion,
  // What no fusion took.
  qdqFinalCleanup,
  constantSharingL2, commonSubexpressionEliminationL2,
];

const ALL: readonly (Pass | Other)[] = [
  nhwcTransformer, ...transposesAfterLayout,
  // They copy weights: a model whose file is mapped into memory then holds them there.
  'qkvMatMulNBitsMerge', 'parallelMatMulNBitsMerge',
];

const PASSES: Readonly<Record<Level, readonly (Pass | Other)[]>> = { basic: BASIC, extended: EXTENDED, all: ALL };

let others: Readonly<Record<Other, Pass>> | undefined;

export function registerOthers(passes: typeof OTHERS): void {
  others = passes;
}

/** Loads the passes of `others.ts`. */
export async function loadAllPasses(): Promise<void> {
  registerOthers((await import('./others.ts').catch((cause: unknown) => fail('E_INPUT', 'the passes cannot be loaded', { cause }))).OTHERS);
}

/** Passes of a level, then those the caller brings for it. Without the contracts of all operators those of `others.ts` have nothing to do. */
export function passesOf(level: Level, own: readonly Pass[] = []): readonly Pass[] {
  if (others === undefined && hasAllContracts()) throw new NotLoaded('a pass', loadAllPasses);
  const passes = PASSES[level].flatMap((pass) => (typeof pass !== 'string' ? [pass] : others === undefined ? [] : [others[pass]]));
  return [...passes, ...own.filter((p) => p.level === level)];
}
