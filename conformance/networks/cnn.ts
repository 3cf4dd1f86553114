/** Convolutional networks: MobileNet's blocks in float and QDQ, a channels-last export, YOLO's focus. */
import type { Edge } from '../../src/graph/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { NetworkBuilder, type Network } from './network.ts';

const PADDED = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** Inverted residual blocks with squeeze-and-excite, batch norms still apart, the classifier behind a computed Reshape. */
export function mobileNet(): Network {
  const n = new NetworkBuilder(17);
  const conv = (x: Edge, from: number, to: number, kernel: number, attributes = {}): Edge => {
    const depthwise = 'group' in attributes;
    const y = n.node('Conv', [x, n.weight(0.3, to, depthwise ? 1 : from, kernel, kernel)], { kernel_shape: [kernel, kernel], pads: new Array<number>(4).fill(kernel >> 1), ...attributes });
    return n.node('BatchNormalization', [y, n.near(1, to), n.near(0, to), n.near(0, to), n.near(1, to)], { epsilon: 1e-5 });
  };
  const relu6 = (x: Edge): Edge => n.node('Clip', [x, n.scalar(0), n.scalar(6)]);
  let x = relu6(conv(n.b.input('image', 'float32', ['batch', 3, 16, 16]), 3, 8, 3, { strides: [2, 2] }));
  for (let block = 0; block < 2; block++) {
    let y = relu6(conv(x, 8, 16, 1));
    y = relu6(conv(y, 16, 16, 3, { group: 16 }));
    const gate = n.node('Relu', [n.node('Conv', [n.node('GlobalAveragePool', [y]), n.weight(0.5, 4, 16, 1, 1), n.near(0, 4)])]);
    y = n.node('Mul', [y, n.node('HardSigmoid', [n.node('Conv', [gate, n.weight(0.5, 16, 4, 1, 1), n.near(0, 16)])], { alpha: 1 / 6, beta: 0.5 })]);
    x = n.node('Relu', [n.node('Add', [conv(y, 16, 8, 1), x])]);
  }
  const pooled = n.node('GlobalAveragePool', [x]);
  const flat = n.reshape(pooled, n.size(pooled, 0), -1);
  const logits = n.node('Gemm', [n.node('Dropout', [flat]), n.weight(0.5, 10, 8), n.near(0, 10)], { transB: 1 });
  return n.finish('mobilenet_float', { logits }, { image: n.floats(2, 3, 16, 16) });
}

/** The same kind of blocks as a quantizer writes them: uint8 activations, int8 weights per channel, int32 biases. */
export function mobileNetQdq(): Network {
  const n = new NetworkBuilder(17);
  const conv = (x: Edge, xScale: number, from: number, to: number, kernel: number, attributes = {}): Edge => {
    const depthwise = 'group' in attributes;
    const wScale = 0.3 / 127;
    const w = n.node('DequantizeLinear', [n.int8(to, depthwise ? 1 : from, kernel, kernel), n.scalar(wScale)]);
    const b = n.node('DequantizeLinear', [n.constant(int32(n, to)), n.scalar(Math.fround(Math.fround(xScale) * Math.fround(wScale)))]);
    return n.node('Conv', [x, w, b], { kernel_shape: [kernel, kernel], pads: new Array<number>(4).fill(kernel >> 1), ...attributes });
  };
  const relu6 = (x: Edge): Edge => n.quantized(n.node('Clip', [x, n.scalar(0), n.scalar(6)]), 6 / 255, 0);
  const [S, ACT] = [0.02, 6 / 255];
  let x = relu6(conv(n.quantized(n.b.input('image', 'float32', ['batch', 3, 16, 16]), S, 128), S, 3, 8, 3, { strides: [2, 2] }));
  let scale = ACT;
  for (let block = 0; block < 2; block++) {
    let y = relu6(conv(x, scale, 8, 16, 1));
    y = relu6(conv(y, ACT, 16, 16, 3, { group: 16 }));
    const gate = n.quantized(n.node('Sigmoid', [n.quantized(n.node('GlobalAveragePool', [y]), ACT, 0)]), 1 / 256, 0);
    y = n.quantized(n.node('Mul', [y, gate]), ACT, 0);
    x = n.quantized(n.node('Add', [n.quantized(conv(y, ACT, 16, 8, 1), 0.05, 120), x]), 0.06, 100);
    scale = 0.06;
  }
  x = n.quantized(n.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }), scale, 100);
  x = n.quantized(n.node('Concat', [x, n.quantized(n.node('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), 0.05, 101)], { axis: 1 }), scale, 100);
  x = n.quantized(n.node('Resize', [x, undefined, n.constant(scalesOf(1, 1, 2, 2))], { mode: 'nearest' }), scale, 100);
  const pooled = n.quantized(n.node('GlobalAveragePool', [x]), 0.03, 90);
  const flat = n.quantized(n.node('Flatten', [pooled]), 0.03, 90);
  const wScale = Math.fround(0.4 / 127);
  const logits = n.node('Gemm', [flat, n.node('DequantizeLinear', [n.int8(10, 16), n.scalar(wScale)]), n.node('DequantizeLinear', [n.constant(int32(n, 10)), n.scalar(Math.fround(Math.fround(0.03) * wScale))])], { transB: 1 });
  return n.finish('mobilenet_qdq', { logits: n.quantized(logits, 0.05, 128) }, { image: n.floats(2, 3, 16, 16) });
}

/** A converter from a channels-last framework: every convolution between two transposes, biases added outside. */
export function channelsLast(): Network {
  const n = new NetworkBuilder(15);
  const conv = (x: Edge, from: number, to: number, kernel: number, attributes = {}): Edge => {
    const turned = n.node('Transpose', [x], { perm: [0, 3, 1, 2] });
    const y = n.node('Conv', [turned, n.weight(0.3, to, from, kernel, kernel)], { kernel_shape: [kernel, kernel], pads: new Array<number>(4).fill(kernel >> 1), ...attributes });
    return n.node('Add', [n.node('Transpose', [y], { perm: [0, 2, 3, 1] }), n.near(0, to)]);
  };
  const relu6 = (x: Edge): Edge => n.node('Clip', [x, n.scalar(0), n.scalar(6)]);
  const input = n.b.input('image', 'float32', [1, 16, 16, 3]);
  const first = relu6(conv(n.node('Mul', [n.node('Sub', [input, n.scalar(0.5)]), n.scalar(2)]), 3, 8, 3, { strides: [2, 2] }));
  const second = n.node('Relu', [n.node('Add', [relu6(conv(first, 8, 8, 3)), first])]);
  const pool = n.node('Transpose', [n.node('MaxPool', [n.node('Transpose', [second], { perm: [0, 3, 1, 2] })], { kernel_shape: [2, 2], strides: [2, 2] })], { perm: [0, 2, 3, 1] });
  const padded = n.node('Pad', [pool, n.ints(0, 1, 1, 0, 0, 1, 1, 0)]);
  const third = n.node('LeakyRelu', [n.node('Concat', [conv(padded, 8, 8, 1), n.node('Sigmoid', [padded])], { axis: 3 })], { alpha: 0.1 });
  const mean = n.node('ReduceMean', [third], { axes: [1, 2], keepdims: 0 });
  const logits = n.node('Softmax', [n.node('Add', [n.node('MatMul', [mean, n.weight(0.5, 16, 10)]), n.near(0, 10)])], { axis: -1 });
  return n.finish('channels_last', { logits }, { image: n.floats(1, 16, 16, 3) });
}

/** YOLO's focus (each second row and column, side by side as channels), SiLU, a feature pyramid and a head cut into anchors. */
export function yolo(): Network {
  const n = new NetworkBuilder(13);
  const image = n.b.input('image', 'float32', [1, 3, 16, 16]);
  const cut = (x: Edge, start: number, axis: number): Edge => n.node('Slice', [x, n.ints(start), n.ints(2 ** 53), n.ints(axis), n.ints(2)]);
  const focus = n.node('Concat', [[0, 0], [1, 0], [0, 1], [1, 1]].map(([y, x]) => cut(cut(image, y, 2), x, 3)), { axis: 1 });
  const conv = (x: Edge, from: number, to: number): Edge => {
    const y = n.node('Conv', [x, n.weight(0.3, to, from, 3, 3), n.near(0, to)], PADDED);
    return n.node('Mul', [y, n.node('Sigmoid', [y])]);
  };
  const features = conv(focus, 12, 8);
  const small = n.node('MaxPool', [conv(features, 8, 8)], { kernel_shape: [2, 2], strides: [2, 2] });
  const up = n.node('Resize', [conv(small, 8, 8), undefined, n.constant(scalesOf(1, 1, 2, 2))], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' });
  const head = n.node('Conv', [n.node('Concat', [up, features], { axis: 1 }), n.weight(0.3, 12, 16, 1, 1), n.near(0, 12)]);
  const [b, h, w] = [n.size(head, 0), n.size(head, 2), n.size(head, 3)];
  const anchors = n.node('Transpose', [n.reshape(head, b, 2, 6, h, w)], { perm: [0, 1, 3, 4, 2] });
  const boxes = n.node('Sigmoid', [anchors]);
  const parts = n.nodes('Split', [boxes, n.ints(2, 2, 2)], { axis: 4 }, { outputs: 3 });
  const centers = n.node('Mul', [n.node('Sub', [n.node('Mul', [parts[0], n.scalar(2)]), n.scalar(0.5)]), n.scalar(8)]);
  const sizes = n.node('Pow', [n.node('Mul', [parts[1], n.scalar(2)]), n.scalar(2)]);
  const out = n.reshape(n.node('Concat', [centers, sizes, parts[2]], { axis: 4 }), b, -1, 6);
  return n.finish('yolo_focus', { out }, { image: n.floats(1, 3, 16, 16) });
}

function int32(n: NetworkBuilder, size: number) {
  return new Tensor('int32', Int32Array.from({ length: size }, () => Math.round(n.random() * 500)), [size]);
}

const scalesOf = (...scales: number[]): Tensor => new Tensor('float32', Float32Array.from(scales), [scales.length]);
