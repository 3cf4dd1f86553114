/** Float32 functions of one operand. Those with an exponential stay within a few units in the last place; the others are exact. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align, ELEMENT_WORK } from '../runtime.ts';

type Simd = Kernels['simd'];

/** Applies a function to `n` elements at `x`. */
type Apply = (simd: Simd, x: number, y: number, n: number) => void;

function unary(op: OpContract, rule: (attrs: Attrs) => Apply, also: (node: PlacedNode) => true | string = () => true): WasmAdapter {
  return alsoHalf(adapt(op, (node) => all(onlyTypes(node, 0, 'float32'), also(node)), ({ attrs }, wasm) => {
    const apply = rule(attrs);
    return ([x]: [Tensor], ctx) => {
      wasm.begin(wasm.outside(x) + align(4 * x.size));
      const y = wasm.output(ctx, 0, 'float32', x.dims);
      const from = wasm.input(x);
      wasm.parallelRange(x.size, ELEMENT_WORK, ({ simd }, at, n) => apply(simd, from + 4 * at, y.ptr + 4 * at, n));
      return [y.done()];
    };
  }));
}

type Plain = {
  [K in keyof Simd]: Simd[K] extends (x: number, y: number, n: number) => void ? (K extends `f32_${string}` ? K : never) : never
}[keyof Simd];

const plain = (op: OpContract, micro: Plain): WasmAdapter => unary(op, () => (simd, x, y, n) => simd[micro](x, y, n));

export const abs = plain(contracts.abs, 'f32_abs');
export const ceil = plain(contracts.ceil, 'f32_ceil');
export const erf = plain(contracts.erf, 'f32_erf');
export const exp = plain(contracts.exp, 'f32_exp');
export const floor = plain(contracts.floor, 'f32_floor');
export const hardSwish = plain(contracts.hardSwish, 'f32_hard_swish');
export const msGelu = plain(contracts.msGelu, 'f32_gelu');
export const neg = plain(contracts.neg, 'f32_neg');
export const reciprocal = plain(contracts.reciprocal, 'f32_reciprocal');
export const relu = plain(contracts.relu, 'f32_relu');
export const round = plain(contracts.round, 'f32_nearest');
export const sigmoid = plain(contracts.sigmoid, 'f32_sigmoid');
export const softsign = plain(contracts.softsign, 'f32_softsign');
export const sqrt = plain(contracts.sqrt, 'f32_sqrt');
export const tanh = plain(contracts.tanh, 'f32_tanh');

const swishRule = (attrs: Attrs): Apply => {
  const alpha = attrs.float('alpha');
  return alpha === 1 ? (simd, x, y, n) => simd.f32_silu(x, y, n) : (simd, x, y, n) => simd.f32_swish(x, alpha, y, n);
};

export const gelu = unary(contracts.gelu, (attrs) => {
  const micro = attrs.string('approximate') === 'tanh' ? 'f32_gelu_tanh' : 'f32_gelu';
  return (simd, x, y, n) => simd[micro](x, y, n);
});
export const hardSigmoid = unary(contracts.hardSigmoid, (attrs) => {
  const [alpha, beta] = [attrs.float('alpha'), attrs.float('beta')];
  return (simd, x, y, n) => simd.f32_hard_sigmoid(x, alpha, beta, y, n);
});
export const leakyRelu = unary(contracts.leakyRelu, (attrs) => {
  const alpha = attrs.float('alpha');
  return (simd, x, y, n) => simd.f32_leaky_relu(x, alpha, y, n);
});
export const quickGelu = unary(contracts.quickGelu, swishRule);
export const swish = unary(contracts.swish, swishRule);
export const thresholdedRelu = unary(contracts.thresholdedRelu, (attrs) => {
  const alpha = attrs.float('alpha');
  return (simd, x, y, n) => simd.f32_thresholded_relu(x, alpha, y, n);
});
