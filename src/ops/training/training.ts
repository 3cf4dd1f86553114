import { defineOp } from '../define.ts';
import { inferGradient, inferOptimizer } from './infer.ts';

export const adagrad = defineOp('Adagrad', {
  doc: 'h = h + g^2; x = x - R / (1 + T * decay_factor) * g / (sqrt(h) + epsilon), for g = norm_coefficient * x + gradient.',
  domain: 'ai.onnx.preview.training',
  infer: inferOptimizer(1),
  versions: {
    1: {
      inputs: 'R:T1 T:T2 inputs**:T3',
      outputs: 'outputs**:T3',
      types: { T1: 'float32 float64', T2: 'int64', T3: 'float32 float64' },
      attributes: { decay_factor: 'float=0', epsilon: 'float=1e-06', norm_coefficient: 'float=0' },
    },
  },
});

export const adam = defineOp('Adam', {
  doc: 'v = alpha * v + (1 - alpha) * g; h = beta * h + (1 - beta) * g^2; x = x - R * v / (sqrt(h) + epsilon), with the rate corrected for the bias of v and h.',
  domain: 'ai.onnx.preview.training',
  infer: inferOptimizer(2),
  versions: {
    1: {
      inputs: 'R:T1 T:T2 inputs**:T3',
      outputs: 'outputs**:T3',
      types: { T1: 'float32 float64', T2: 'int64', T3: 'float32 float64' },
      attributes: { alpha: 'float=0.9', beta: 'float=0.999', epsilon: 'float=1e-06', norm_coefficient: 'float=0', norm_coefficient_post: 'float=0' },
    },
  },
});

export const momentum = defineOp('Momentum', {
  doc: 'v = alpha * v + beta * g; x = x - R * v (standard) or x - R * (g + alpha * v) (nesterov).',
  domain: 'ai.onnx.preview.training',
  infer: inferOptimizer(1),
  versions: {
    1: {
      inputs: 'R:T1 T:T2 inputs**:T3',
      outputs: 'outputs**:T3',
      types: { T1: 'float32 float64', T2: 'int64', T3: 'float32 float64' },
      attributes: { alpha: 'float!', beta: 'float!', mode: 'string!', norm_coefficient: 'float!' },
    },
  },
});

export const gradient = defineOp('Gradient', {
  doc: 'The gradient of tensor y with respect to each of the tensors xs, at given values of xs and zs.',
  domain: 'ai.onnx.preview.training',
  infer: inferGradient,
  versions: {
    1: {
      inputs: 'Inputs**:T1',
      outputs: 'Outputs**:T2',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats' },
      attributes: { xs: 'strings!', y: 'string!', zs: 'strings' },
    },
  },
});
