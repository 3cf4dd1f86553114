/** Shape inference of training operators: what an optimizer gives out is shaped as what it was given. */
import { dtypeInfo } from '../../tensor/index.ts';
import type { InferContext, Inferred, InferFunction } from '../define.ts';

/** Inputs: R, T, then n tensors, n gradients and n of each state. Outputs: n tensors and n of each state. */
export const inferOptimizer = (states: number): InferFunction => (c) => {
  const n = (c.inputCount - 2) / (2 + states);
  if (!Number.isInteger(n) || n < 1) c.fail('each tensor needs a gradient and its states', `2 + ${2 + states} n inputs`, String(c.inputCount));
  const like = (i: number): Inferred => ({ dtype: c.dtype(i), shape: c.shape(i) });
  return [
    ...Array.from({ length: n }, (_, k) => like(2 + k)),
    ...Array.from({ length: n * states }, (_, k) => like(2 + 2 * n + k)),
  ];
};

/** Each gradient is shaped as the tensor it belongs to. */
export const inferGradient: InferFunction = (c: InferContext) => {
  const xs = c.attrs.strings('xs');
  return xs.map((name, i) => {
    const dtype = c.dtype(i);
    if (dtype !== undefined && dtypeInfo(dtype).class !== 'float') c.fail('only tensors of floats have a gradient', 'a float type', `${name}: ${dtype}`);
    return { dtype, shape: c.shape(i) };
  });
};
