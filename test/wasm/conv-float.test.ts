/** Float32 convolutions and pools, beside the scalar provider. */
import { expect, test } from 'vitest';
import { floats, same } from './beside-cpu.ts';

test.each<[string, number[], number[], Record<string, number[] | number | string>]>([
  ['3 x 3', [2, 3, 9, 13], [5, 3, 3, 3], { pads: [1, 1, 1, 1] }],
  ['whole rows', [1, 4, 8, 16], [6, 4, 3, 3], { pads: [1, 1, 1, 1] }],
  ['1 x 1', [2, 7, 5, 9], [6, 7, 1, 1], {}],
  ['1 x 1, many positions', [1, 64, 40, 41], [3, 64, 1, 1], {}],
  ['1 x 1 with strides', [1, 7, 6, 9], [6, 7, 1, 1], { strides: [2, 2] }],
  ['strides of 2', [1, 3, 17, 19], [4, 3, 3, 3], { strides: [2, 2], pads: [1, 0, 1, 1] }],
  ['strides of 3', [1, 2, 17, 19], [4, 2, 5, 3], { strides: [3, 3] }],
  ['dilations', [1, 2, 13, 15], [3, 2, 3, 3], { dilations: [2, 3], auto_pad: 'SAME_UPPER' }],
  ['groups', [2, 6, 7, 7], [4, 3, 3, 3], { group: 2, pads: [1, 1, 1, 1] }],
  ['1 x 1 groups', [2, 6, 7, 7], [4, 3, 1, 1], { group: 2 }],
  ['depthwise', [2, 5, 9, 11], [5, 1, 3, 3], { group: 5, pads: [1, 1, 1, 1] }],
  ['depthwise with strides', [1, 5, 9, 11], [5, 1, 5, 5], { group: 5, pads: [2, 2, 2, 2], strides: [2, 2] }],
  ['depthwise, two outputs a channel', [1, 3, 9, 11], [6, 1, 3, 3], { group: 3 }],
  ['one axis', [2, 3, 23], [4, 3, 5], { pads: [2, 2], strides: [2] }],
  ['kernel larger than the input', [1, 2, 2, 2], [3, 2, 4, 4], { pads: [1, 1, 2, 2] }],
  ['no image', [0, 2, 4, 4], [3, 2, 3, 3], {}],
])('Conv %s', async (_, x, w, attrs) => {
  for (const constants of [[], [1, 2]]) await same({ op: 'Conv', attrs, inputs: [floats(x), floats(w, 1, 5), floats([w[0]], 1, 8)], constants }, 3e-6);
  await same({ op: 'Conv', attrs, inputs: [floats(x), floats(w, 1, 5)] }, 3e-6);
});

test.each<[string, number[]]>([['Relu', []], ['Sigmoid', []], ['Tanh', []], ['LeakyRelu', [0.2]], ['HardSigmoid', [0.3, 0.4]], ['Clip', [-0.5, 0.5]]])(
  'FusedConv %s', (activation, activation_params) => same({
    op: 'FusedConv', domain: 'com.microsoft', attrs: { activation, activation_params, pads: [1, 1, 1, 1] },
    inputs: [floats([1, 3, 5, 7]), floats([4, 3, 3, 3], 1, 5), floats([4], 1, 8), floats([1, 4, 5, 7], 1, 9)],
  }, 3e-6),
);

test.each<[string, number[], Record<string, number[] | number>]>([
  ['2 x 2', [2, 3, 8, 10], { kernel_shape: [2, 2], strides: [2, 2] }],
  ['3 x 3 with padding', [1, 3, 9, 11], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['rounded up', [1, 2, 8, 9], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
  ['one axis', [1, 3, 21], { kernel_shape: [3], strides: [3] }],
])('pools %s', async (_, x, attrs) => {
  await same({ op: 'MaxPool', attrs, inputs: [floats(x)] });
  for (const count_include_pad of [0, 1]) await same({ op: 'AveragePool', attrs: { ...attrs, count_include_pad }, inputs: [floats(x)] });
});

test('MaxPool keeps NaN, and infinities', async () => {
  const x = floats([1, 1, 4, 8]);
  (x.data as Float32Array).set([NaN, -Infinity, Infinity], 5);
  await same({ op: 'MaxPool', attrs: { kernel_shape: [2, 3], pads: [1, 1, 1, 1] }, inputs: [x] });
  expect([...(x.data as Float32Array)].some(Number.isNaN)).toBe(true);
});

test.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', async (op) => {
  for (const dims of [[2, 3, 7, 7], [1, 5, 1], [1, 2, 3, 4, 5]]) await same({ op, inputs: [floats(dims)] }, 3e-7);
});
