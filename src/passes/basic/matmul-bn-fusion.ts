import { pack } from '../../tensor/index.ts';
import { newConstant, newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { constantOf, rankOf } from '../support/constants.ts';
import { outputUsed } from '../support/nodes.ts';

/** BatchNormalization(MatMul(x, w)) = Gemm(x, k w, beta - k mean),  k = gamma / sqrt(var + epsilon), one for each column */
export const matMulBNFusion: PatternPass = {
  name: 'matmul-bn-fusion',
  level: 'basic',
  contract: ulp(64),
  doc: 'Folds BatchNormalization into the MatMul before it. k (x w - mean) + beta = gemm(x, k w, beta - k mean).',
  pattern: op('BatchNormalization', op('MatMul', 'x', 'w'), 'gamma', 'beta', 'mean', 'var'),
  rewrite(m) {
    const { root } = m;
    const w = constantOf(m.edge('w'));
    if (w?.type !== 'float32' || w.dims.length !== 2 || rankOf(m.edge('x')) !== 2) return refuse('the operands are not matrices with a constant float32 weight');
    if (root.int('training_mode', 0) !== 0 || root.outputs.some((_, i) => i > 0 && outputUsed(root, i))) return refuse('it runs in training mode');
    const [rows, columns] = w.dims as [number, number];
    const parameters = ['gamma', 'beta', 'mean', 'var'].map((name) => constantOf(m.edge(name)));
    if (parameters.some((p) => p?.type !== 'float32' || p.size !== columns)) return refuse('its parameters are not float32 constants of one element a column');
    const [gamma, beta, mean, variance] = parameters.map((p) => p!.data as Float32Array) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const epsilon = root.float('epsilon', 1e-5);
    const k = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon));
    const weight = Float32Array.from(w.data as Float32Array, (v, i) => v * k[i % columns]!);
    const bias = Float32Array.from(beta, (b, c) => b - mean[c]! * k[c]!);
    const inputs = [m.edge('x'), newConstant('weight', pack('float32', weight, [rows, columns])), newConstant('bias', pack('float32', bias, [columns]))];
    return replaceBy(newNode('Gemm', inputs, [m.result]));
  },
};
