import type { Node } from '../../graph/index.ts';
import { refuse, ulp, type PatternPass } from '../pass.ts';
import { outputUsed } from '../support/nodes.ts';
import { rankOf } from '../support/constants.ts';
import { lowering, Sequence, type Argument } from './lowering.ts';

/** input + skip + bias, which is also output 3 of the node. */
function total(s: Sequence, { inputs: [input, skip], outputs }: Node, bias: Argument | undefined): Argument {
  const sum = outputs[3];
  if (sum === undefined) {
    const both = s.make('Add', [input, skip]);
    return bias === undefined ? both : s.make('Add', [both, bias]);
  }
  s.end('Add', bias === undefined ? [input, skip] : [s.make('Add', [input, skip]), bias], {}, 3);
  return sum;
}

/** y = x / sqrt(mean(x^2) + epsilon) * gamma along the last axis */
function rmsNorm(s: Sequence, x: Argument, gamma: Argument, epsilon: number): void {
  if (s.node.graph.opsetOf('') >= 23) return s.end('RMSNormalization', [x, gamma], { axis: -1, epsilon });
  s.end('Mul', [normalized(s, x, x, epsilon), gamma]);
}

function layerNorm(s: Sequence, x: Argument, gamma: Argument, beta: Argument | undefined, epsilon: number): void {
  if (s.node.graph.opsetOf('') >= 17) return s.end('LayerNormalization', [x, gamma, beta], { axis: -1, epsilon });
  const centered = s.make('Sub', [x, s.lastMean(x)]);
  const scaled = [normalized(s, centered, centered, epsilon), gamma];
  if (beta === undefined) s.end('Mul', scaled);
  else s.end('Add', [s.make('Mul', scaled), beta]);
}

// x / sqrt(mean(of^2) + epsilon)
function normalized(s: Sequence, x: Argument, of: Argument, epsilon: number): Argument {
  const power = s.make('Add', [s.lastMean(s.make('Mul', [of, of])), s.number('epsilon', epsilon)]);
  return s.make('Div', [x, s.make('Sqrt', [power])]);
}

const statisticsUsed = (node: Node): boolean => outputUsed(node, 1) || outputUsed(node, 2);

export const lowerSkipSimplifiedLayerNorm: PatternPass = lowering(
  'lower-skip-simplified-layer-norm', 'com.microsoft.SkipSimplifiedLayerNormalization', ulp(64),
  'Writes the residual and the RMS normalization out. SkipNorm(a, b) = rms_norm(a + b) gamma.',
  (node) => {
    if (statisticsUsed(node)) return refuse('the deviation is used');
    const s = new Sequence(node);
    rmsNorm(s, total(s, node, node.inputs[3]), node.inputs[2]!, node.float('epsilon', 1e-12));
    return s.patch();
  },
);

export const lowerSimplifiedLayerNorm: PatternPass = lowering(
  'lower-simplified-layer-norm', 'SimplifiedLayerNormalization', ulp(64),
  "Writes onnxruntime's RMS normalization as the standard's. x / sqrt(mean(x^2) + epsilon) gamma.",
  (node) => {
    if (outputUsed(node, 1)) return refuse('the deviation is used');
    const axis = node.int('axis', -1);
    if (axis !== -1 && axis + 1 !== rankOf(node.inputs[0])) return refuse('it normalizes other axes than the last');
    const s = new Sequence(node);
    rmsNorm(s, node.inputs[0]!, node.inputs[1]!, node.float('epsilon', 1e-5));
    return s.patch();
  },
);

export const lowerSkipLayerNorm: PatternPass = lowering(
  'lower-skip-layer-norm', 'com.microsoft.SkipLayerNormalization', ulp(64),
  'Writes the residual and the layer normalization out. SkipNorm(a, b) = layer_norm(a + b) gamma + beta.',
  (node) => {
    if (statisticsUsed(node)) return refuse('mean or deviation is used');
    const s = new Sequence(node);
    layerNorm(s, total(s, node, node.inputs[4]), node.inputs[2]!, node.inputs[3], node.float('epsilon', 1e-12));
    return s.patch();
  },
);
