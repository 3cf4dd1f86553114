/** Convolutions over one or two spatial axes: float, and of 8-bit codes with exact sums. */
import { f32 } from '../../../src/numeric/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { kernelOf, slide, windowOf } from '../../../src/ops/conv/window.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { EXACT } from '../engine.ts';
import { floatConv, integerConv, unary, type UnaryFunction } from '../functions/index.ts';
import { adapt, all, onlyTypes, present, type GpuAdapter } from '../implement.ts';
import { combine } from '../math/combine.ts';
import { exactSums, largestSum } from '../quantization/exact-sums.ts';
import { requantized } from '../quantization/requantized.ts';

interface Geometry {
  readonly dims: readonly number[];
  /** channels, height, width, outs, outHeight, outWidth, perGroup, outsPerGroup, kh, kw, strides, dilations, pads: as the kernels take them. */
  readonly args: readonly number[];
}

function geometryOf({ attrs }: PlacedNode, x: Tensor, w: Tensor): Geometry {
  const axes = slide(windowOf(attrs, kernelOf(attrs, w.dims.slice(2))!), x.dims.slice(2));
  const unit = { ...axes[0], input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };
  const [r, c] = axes.length === 1 ? [unit, axes[0]] : [axes[0], axes[1]];
  const group = attrs.int('group');
  return {
    dims: [x.dims[0], w.dims[0], ...axes.map((a) => a.output)],
    args: [
      x.dims[1], r.input, c.input, w.dims[0], r.output, c.output, w.dims[1], w.dims[0] / group, r.kernel, c.kernel,
      r.stride, c.stride, r.dilation, c.dilation, r.padBegin, c.padBegin,
    ],
  };
}

const planar = (node: PlacedNode): true | string => {
  const rank = node.inputShape(0)?.length;
  return rank === 4 || rank === 3 || 'not one or two spatial axes';
};

/** Functions that fused convolutions apply to their sums, and how many parameters each takes. */
const ACTIVATIONS: Readonly<Record<string, readonly [UnaryFunction, number]>> = {
  Relu: ['relu', 0], Sigmoid: ['sigmoid', 0], Tanh: ['tanh', 0], LeakyRelu: ['leakyRelu', 1], HardSigmoid: ['hardSigmoid', 2], Clip: ['clip', 2],
};

const activationName = ({ attrs }: PlacedNode): string => (attrs.has('activation') ? attrs.string('activation') : '');
const parametersOf = ({ attrs }: PlacedNode): readonly number[] => (attrs.has('activation_params') ? attrs.floats('activation_params') : []);

function unknownActivation(node: PlacedNode): true | string {
  const name = activationName(node);
  return name === '' || (ACTIVATIONS[name] !== undefined && parametersOf(node).length >= ACTIVATIONS[name][1]) || `activation ${name}`;
}

/** Y = activation(sum over channels and taps of X * W + B + Z): Conv has neither activation nor Z. */
function convolution(op: OpContract): GpuAdapter {
  return adapt(
    op,
    (node) => all(...[0, 1, 2, 3].map((i) => !present(node, i) || onlyTypes(node, i, ['float32', 'float16'])), planar(node), unknownActivation(node)),
    (node, gpu) => {
      const name = activationName(node), [first = 0, second = 0] = parametersOf(node);
      return async ([x, w, bias, z]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
        const { dims, args } = geometryOf(node, x, w);
        const shift = bias === undefined ? gpu.table(new Float32Array(w.dims[0])) : gpu.view(bias, bias.dims);
        let y = await gpu.run(ctx, floatConv, x.type, dims, [x, w, shift, ...args]);
        shift.dispose();
        const then = async (next: Promise<Tensor>): Promise<void> => {
          const before = y;
          y = await next.finally(() => before.dispose());
        };
        if (z !== undefined) await then(combine(gpu, ctx, 'add', x.type, y, z));
        if (name !== '') await then(gpu.run(ctx, unary(ACTIVATIONS[name][0]), x.type, dims, [y, first, second]));
        return [y];
      };
    },
  );
}

export const conv = convolution(contracts.conv);
export const fusedConv = convolution(contracts.fusedConv);

/** Constant weights and zero points, one zero point for X. */
function supported(node: PlacedNode, w: number, wZero: number, xZero: number): true | string {
  return all(
    onlyTypes(node, 0, ['uint8', 'int8']), onlyTypes(node, w, ['uint8', 'int8']), planar(node), node.constant(w) !== undefined || 'the weights are not constant',
    !present(node, wZero) || node.constant(wZero) !== undefined || 'w_zero_point is not constant',
    !present(node, xZero) || (node.inputShape(xZero)?.every((d) => d === 1) ?? false) || 'x_zero_point is not known to be one value',
  );
}

function qLinear(op: OpContract): GpuAdapter {
  return adapt(
    op,
    (node) => all(
      supported(node, 3, 5, 2), !present(node, 8) || node.constant(8) !== undefined || 'the bias is not constant',
      !node.attrs.has('channels_last') || node.attrs.int('channels_last') === 0 || 'channels last',
    ),
    (node, gpu) => {
      const side = exactSums(gpu, node.constant(5), node.constant(8));
      return async ([x, xScale, xZero, w, wScale, , yScale, yZero]: readonly Tensor[], ctx) => {
        const { dims, args } = geometryOf(node, x, w);
        const zero = gpu.table([xZero === undefined ? 0 : unpack(xZero)[0]]);
        const acc = await gpu.run(ctx, integerConv, 'float32', dims, [x, w, zero, ...side.tables, ...side.counts, ...args]);
        zero.dispose();
        const multiplier = Float32Array.from(unpack(wScale), (s) => f32(f32(unpack(xScale)[0] * s) / unpack(yScale)[0]));
        return [await requantized(gpu, ctx, acc, multiplier, dims.slice(2).reduce((s, d) => s * d, 1), dims[1], yZero.type, yZero)];
      };
    },
    ['device', 'host', 'host', 'device', 'host', 'anywhere', 'host', 'host', 'anywhere'],
  );
}

export const qLinearConv = qLinear(contracts.qLinearConv);
export const msQLinearConv = qLinear(contracts.msQLinearConv);

export const convInteger = adapt(
  contracts.convInteger,
  (node) => {
    const verdict = supported(node, 1, 3, 2);
    const w = node.constant(1)!;
    return verdict !== true ? verdict : largestSum(node.inputType(0)!, w, node.constant(3), w.dims[0], w.size / w.dims[0], w.size / w.dims[0], 1) < EXACT || 'sums may pass 2^24';
  },
  (node, gpu) => {
    const side = exactSums(gpu, node.constant(3), undefined);
    return async ([x, w, xZero]: [Tensor, Tensor, Tensor?], ctx) => {
      const { dims, args } = geometryOf(node, x, w);
      const zero = xZero === undefined ? gpu.table([0]) : gpu.view(xZero, [1]);
      const y = await gpu.run(ctx, integerConv, 'int32', dims, [x, w, zero, ...side.tables, ...side.counts, ...args]);
      zero.dispose();
      return [y];
    };
  },
  ['device', 'device', 'device', 'anywhere'],
);
