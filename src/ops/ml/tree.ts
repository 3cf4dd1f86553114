import { defineOp } from '../define.ts';
import { inferTreeClassifier, inferTreeEnsemble, inferTreeRegressor } from './infer.ts';

export const treeEnsemble = defineOp('TreeEnsemble', {
  doc: 'y = post_transform(aggregate, over all trees, of the weight of the leaf that x falls into).',
  domain: 'ai.onnx.ml',
  infer: inferTreeEnsemble,
  versions: {
    5: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { aggregate_function: 'int=1', leaf_targetids: 'ints!', leaf_weights: 'tensor!', membership_values: 'tensor', n_targets: 'int', nodes_falseleafs: 'ints!', nodes_falsenodeids: 'ints!', nodes_featureids: 'ints!', nodes_hitrates: 'tensor', nodes_missing_value_tracks_true: 'ints', nodes_modes: 'tensor!', nodes_splits: 'tensor!', nodes_trueleafs: 'ints!', nodes_truenodeids: 'ints!', post_transform: 'int=0', tree_roots: 'ints!' },
    },
  },
});

export const treeEnsembleClassifier = defineOp('TreeEnsembleClassifier', {
  doc: 'Z = post_transform(base_values + sum of the class weights of the leaves that x falls into); Y = the label of the largest score.',
  domain: 'ai.onnx.ml',
  infer: inferTreeClassifier,
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2 Z:Float',
      types: { T1: 'float32 float64 int32 int64', T2: 'int64 string', Float: 'float32' },
      attributes: { base_values: 'floats', class_ids: 'ints', class_nodeids: 'ints', class_treeids: 'ints', class_weights: 'floats', classlabels_int64s: 'ints', classlabels_strings: 'strings', nodes_falsenodeids: 'ints', nodes_featureids: 'ints', nodes_hitrates: 'floats', nodes_missing_value_tracks_true: 'ints', nodes_modes: 'strings', nodes_nodeids: 'ints', nodes_treeids: 'ints', nodes_truenodeids: 'ints', nodes_values: 'floats', post_transform: 'string=NONE' },
    },
    3: {
      attributes: { base_values_as_tensor: 'tensor', class_weights_as_tensor: 'tensor', nodes_hitrates_as_tensor: 'tensor', nodes_values_as_tensor: 'tensor' },
    },
    5: { deprecated: true },
  },
});

export const treeEnsembleRegressor = defineOp('TreeEnsembleRegressor', {
  doc: 'y = post_transform(base_values + aggregate of the target weights of the leaves that x falls into).',
  domain: 'ai.onnx.ml',
  infer: inferTreeRegressor,
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:Float',
      types: { T: 'float32 float64 int32 int64', Float: 'float32' },
      attributes: { aggregate_function: 'string=SUM', base_values: 'floats', n_targets: 'int', nodes_falsenodeids: 'ints', nodes_featureids: 'ints', nodes_hitrates: 'floats', nodes_missing_value_tracks_true: 'ints', nodes_modes: 'strings', nodes_nodeids: 'ints', nodes_treeids: 'ints', nodes_truenodeids: 'ints', nodes_values: 'floats', post_transform: 'string=NONE', target_ids: 'ints', target_nodeids: 'ints', target_treeids: 'ints', target_weights: 'floats' },
    },
    3: {
      attributes: { base_values_as_tensor: 'tensor', nodes_hitrates_as_tensor: 'tensor', nodes_values_as_tensor: 'tensor', target_weights_as_tensor: 'tensor' },
    },
    5: { deprecated: true },
  },
});
