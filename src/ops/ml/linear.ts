import { defineOp } from '../define.ts';
import { inferLinearClassifier, inferLinearRegressor, inferSvmClassifier, inferSvmRegressor } from './infer.ts';

export const linearClassifier = defineOp('LinearClassifier', {
  doc: 'Z = post_transform(x . coefficients + intercepts); Y = the label of the largest score.',
  domain: 'ai.onnx.ml',
  infer: inferLinearClassifier,
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2 Z:Float',
      types: { T1: 'float32 float64 int32 int64', T2: 'int64 string', Float: 'float32' },
      attributes: { classlabels_ints: 'ints', classlabels_strings: 'strings', coefficients: 'floats!', intercepts: 'floats', multi_class: 'int=0', post_transform: 'string=NONE' },
    },
  },
});

export const linearRegressor = defineOp('LinearRegressor', {
  doc: 'y = post_transform(x . coefficients + intercepts).',
  domain: 'ai.onnx.ml',
  infer: inferLinearRegressor,
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:Float',
      types: { T: 'float32 float64 int32 int64', Float: 'float32' },
      attributes: { coefficients: 'floats', intercepts: 'floats', post_transform: 'string=NONE', targets: 'int=1' },
    },
  },
});

export const svmClassifier = defineOp('SVMClassifier', {
  doc: "Y = the class that wins most pairs of a support vector machine; Z = the pairs' scores, or probabilities of the classes.",
  domain: 'ai.onnx.ml',
  infer: inferSvmClassifier,
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2 Z:Float',
      types: { T1: 'float32 float64 int32 int64', T2: 'int64 string', Float: 'float32' },
      attributes: { classlabels_ints: 'ints', classlabels_strings: 'strings', coefficients: 'floats', kernel_params: 'floats', kernel_type: 'string=LINEAR', post_transform: 'string=NONE', prob_a: 'floats', prob_b: 'floats', rho: 'floats', support_vectors: 'floats', vectors_per_class: 'ints' },
    },
  },
});

export const svmRegressor = defineOp('SVMRegressor', {
  doc: 'y = post_transform(rho + sum over support vectors v of coefficient * kernel(x, v)).',
  domain: 'ai.onnx.ml',
  infer: inferSvmRegressor,
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:Float',
      types: { T: 'float32 float64 int32 int64', Float: 'float32' },
      attributes: { coefficients: 'floats', kernel_params: 'floats', kernel_type: 'string=LINEAR', n_supports: 'int=0', one_class: 'int=0', post_transform: 'string=NONE', rho: 'floats', support_vectors: 'floats' },
    },
  },
});
