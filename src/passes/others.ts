/** Passes about operators beyond those of every day, loaded with the first model that has such. `levels.ts` says when each runs. */
import { parallelMatMulNBitsMerge, qkvMatMulNBitsMerge } from './all/matmul-nbits-merge.ts';
import { convBNFusion } from './basic/conv-bn-fusion.ts';
import { eliminateDropout } from './basic/eliminate-dropout.ts';
import { expandElimination } from './basic/eliminate-expand.ts';
import { eliminateSlice } from './basic/eliminate-slice.ts';
import { geluFusionL1 } from './basic/gelu-fusion-l1.ts';
import { layerNormFusion, layerNormFusionL2 } from './basic/layer-norm-fusion.ts';
import { matMulBNFusion } from './basic/matmul-bn-fusion.ts';
import { notWhereFusion } from './basic/not-where-fusion.ts';
import { padFusion } from './basic/pad-fusion.ts';
import { preShapeElimination } from './basic/pre-shape-elimination.ts';
import { embedLayerNormFusion } from './extended/embed-layer-norm-fusion.ts';
import { geluApproximation } from './extended/gelu-approximation.ts';
import { biasGeluFusion, fastGeluFusion, geluFusionL2, quickGeluFusion, quickGeluNarrowFusion } from './extended/gelu-fusions.ts';
import { gqaPreNormFusion } from './extended/gqa-pre-norm-fusion.ts';
import { groupQueryAttentionFusion } from './extended/group-query-attention-fusion.ts';
import { multiHeadAttentionFusion } from './extended/multi-head-attention-fusion.ts';
import { simplifiedLayerNormFusion } from './extended/simplified-layer-norm-fusion.ts';
import { biasSkipLayerNormFusion, skipLayerNormFusion } from './extended/skip-layer-norm-fusion.ts';
import { whereDummyDQ } from './extended/where-dummy-dq.ts';

export const OTHERS = {
  parallelMatMulNBitsMerge, qkvMatMulNBitsMerge, convBNFusion, eliminateDropout, expandElimination, eliminateSlice, geluFusionL1,
  layerNormFusion, layerNormFusionL2, matMulBNFusion, notWhereFusion, padFusion, preShapeElimination, embedLayerNormFusion,
  geluApproximation, biasGeluFusion, fastGeluFusion, geluFusionL2, quickGeluFusion, quickGeluNarrowFusion, gqaPreNormFusion,
  groupQueryAttentionFusion, multiHeadAttentionFusion, simplifiedLayerNormFusion, biasSkipLayerNormFusion, skipLayerNormFusion,
  whereDummyDQ,
};
