import { defineOp } from '../define.ts';

export const adagrad = defineOp('Adagrad', {
  doc: 'TODO',
  domain: 'ai.onnx.preview.training',
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
  doc: 'TODO',
  domain: 'ai.onnx.preview.training',
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
  doc: 'TODO',
  domain: 'ai.onnx.preview.training',
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
  doc: 'TODO',
  domain: 'ai.onnx.preview.training',
  versions: {
    1: {
      inputs: 'Inputs**:T1',
      outputs: 'Outputs**:T2',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats' },
      attributes: { xs: 'strings!', y: 'string!', zs: 'strings' },
    },
  },
});
