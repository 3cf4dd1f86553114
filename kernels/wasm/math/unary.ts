/** Float32 functions of one operand. */
import {
  abs as absContract, exp as expContract, neg as negContract, reciprocal as reciprocalContract, relu as reluContract,
  sigmoid as sigmoidContract, sqrt as sqrtContract, tanh as tanhContract,
} from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes, type WasmAdapter } from '../implement.ts';

type Micro = 'f32_abs' | 'f32_exp' | 'f32_neg' | 'f32_reciprocal' | 'f32_relu' | 'f32_sigmoid' | 'f32_sqrt' | 'f32_tanh';

const unary = (op: OpContract, micro: Micro): WasmAdapter => adapt(op, (node) => onlyTypes(node, 0, 'float32'), (_, wasm) => ([x]: [Tensor], ctx) => {
  wasm.begin(wasm.outside(x) + 4 * x.size + 64);
  const y = wasm.output(ctx, 0, 'float32', x.dims);
  wasm.kernels.simd[micro](wasm.input(x), y.ptr, x.size);
  return [y.done()];
});

export const abs = unary(absContract, 'f32_abs');
export const exp = unary(expContract, 'f32_exp');
export const neg = unary(negContract, 'f32_neg');
export const reciprocal = unary(reciprocalContract, 'f32_reciprocal');
export const relu = unary(reluContract, 'f32_relu');
export const sigmoid = unary(sigmoidContract, 'f32_sigmoid');
export const sqrt = unary(sqrtContract, 'f32_sqrt');
export const tanh = unary(tanhContract, 'f32_tanh');
