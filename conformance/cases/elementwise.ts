/** Quantized elementwise operators, lookups, joins and pools of com.microsoft; integers at their ends. */
import { f32 } from '../../src/numeric/index.ts';
import { pack, Tensor, type DType } from '../../src/tensor/index.ts';
import { BYTES, everyCode, MS, packCase, scalar, short, vector, type PackCase } from './draw.ts';

const OPERANDS: readonly (readonly [name: string, a: readonly number[], b: readonly number[]])[] = [
  ['same', [3, 17], [3, 17]], ['row', [4, 5], [5]], ['column', [4, 5], [4, 1]], ['scalar', [33], []], ['scalar_first', [], [3, 5]], ['both', [3, 1, 4], [2, 1]], ['empty', [2, 0], [2, 0]],
];

function* binary(): Iterable<PackCase> {
  for (const type of BYTES) {
    for (const opType of ['QLinearAdd', 'QLinearMul']) {
      const name = `${opType === 'QLinearAdd' ? 'qlinear_add' : 'qlinear_mul'}_${short(type)}`;
      const sy = opType === 'QLinearAdd' ? 1 : 32;
      for (const [shape, a, b] of OPERANDS) {
        yield packCase(`${name}_${shape}`, (d) => ({
          opType, domain: MS, fed: [0, 3], outputs: [type], inputs: [d.codes(type, a), scalar(0.5), d.zero(type), d.codes(type, b), scalar(1), d.zero(type), scalar(sy), d.zero(type)],
        }));
      }
      yield packCase(`${name}_scale_not_a_power`, (d) => ({
        opType, domain: MS, fed: [0, 3], outputs: [type], inputs: [d.codes(type, [67]), scalar(0.3), d.zero(type), d.codes(type, [67]), scalar(0.1), d.zero(type), scalar(sy * 0.7), d.zero(type)],
      }));
    }
    for (const [shape, a, b] of OPERANDS.slice(0, 4)) {
      yield packCase(`qlinear_where_${short(type)}_${shape}`, (d) => ({
        opType: 'QLinearWhere', domain: MS, fed: [0, 1, 4], outputs: [type],
        inputs: [d.ints(a, 0, 1, 'bool'), d.codes(type, a), scalar(0.5), d.zero(type), d.codes(type, b), scalar(0.25), d.zero(type), scalar(1), d.zero(type)],
      }));
    }
  }
}

function* unary(): Iterable<PackCase> {
  for (const type of BYTES) {
    for (const [k, sx, sy] of [['power', 1 / 32, 1 / 256], ['any', 0.05, 0.0039]] as const) {
      yield packCase(`qlinear_sigmoid_${short(type)}_${k}`, (d) => ({ opType: 'QLinearSigmoid', domain: MS, outputs: [type], inputs: [everyCode(type), scalar(sx), d.zero(type), scalar(sy), d.zero(type)] }));
    }
    for (const alpha of [0.01, 0.25, 0.5]) {
      yield packCase(`qlinear_leaky_relu_${short(type)}_${alpha}`, (d) => ({ opType: 'QLinearLeakyRelu', domain: MS, attributes: { alpha }, outputs: [type], inputs: [everyCode(type), scalar(0.5), d.zero(type), scalar(0.25), d.zero(type)] }));
    }
    yield packCase(`qlinear_leaky_relu_${short(type)}_no_zero_points`, () => ({ opType: 'QLinearLeakyRelu', domain: MS, attributes: { alpha: 0.1 }, outputs: [type], inputs: [everyCode(type), scalar(0.5), undefined, scalar(0.5), undefined] }));
    for (const [axis, opset, dims] of [[1, 12, [2, 3, 4]], [-1, 13, [3, 17]], [1, 13, [2, 5, 3]], [0, 13, [67]]] as const) {
      yield packCase(`qlinear_softmax_${short(type)}_axis${axis}_opset${opset}_rank${dims.length}`, (d) => ({
        opType: 'QLinearSoftmax', domain: MS, attributes: { axis, opset }, outputs: [type],
        inputs: [d.codes(type, dims), scalar(0.05), d.zero(type), scalar(1 / 256), pack(type, [type === 'int8' ? -128 : 0], [])],
      }));
    }
  }
}

function* softmaxOverflow(): Iterable<PackCase> {
  yield packCase('qlinear_softmax_u8_saturates', (d) => ({
    opType: 'QLinearSoftmax', domain: MS, attributes: { axis: 1, opset: 13 }, outputs: ['uint8'], inputs: [pack('uint8', [10, 20], [1, 2]), scalar(0.05), d.zero('uint8'), scalar(1e-6), scalar(0, 'uint8')],
    divergence: { reason: 'quotients beyond the range saturate; onnxruntime\'s table overflows where 1 / y_scale exceeds some 148 times the length of a row', expected: [pack('uint8', [255, 255], [1, 2])], onnxruntime: 'differs' },
  }));
}

function* joins(): Iterable<PackCase> {
  for (const type of BYTES) {
    for (const [name, axis, parts] of [['rows', 0, [[2, 5], [1, 5], [3, 5]]], ['columns', 1, [[3, 2], [3, 7]]], ['last', -1, [[2, 1, 3], [2, 1, 4]]], ['one', 0, [[7]]], ['with_empty', 0, [[0, 3], [2, 3]]]] as const) {
      yield packCase(`qlinear_concat_${short(type)}_${name}`, (d) => ({
        opType: 'QLinearConcat', domain: MS, attributes: { axis }, outputs: [type], fed: parts.map((_, i) => 2 + 3 * i),
        inputs: [scalar(0.5), d.zero(type), ...parts.flatMap((dims, i) => [d.codes(type, dims), scalar([0.25, 0.5, 0.3][i]!), d.zero(type)])],
      }));
    }
  }
}

function* pools(): Iterable<PackCase> {
  const windows = [
    ['2d', [1, 3, 5, 5], { kernel_shape: [2, 2], strides: [2, 1] }], ['padded', [1, 2, 5, 4], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
    ['padding_counts', [1, 2, 5, 4], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }], ['ceil', [1, 2, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
    ['1d', [2, 2, 9], { kernel_shape: [4], strides: [3] }], ['channels_last', [1, 5, 5, 17], { kernel_shape: [2, 3], channels_last: 1 }],
  ] as const;
  for (const type of BYTES) {
    for (const [name, dims, attributes] of windows) {
      yield packCase(`qlinear_average_pool_${short(type)}_${name}`, (d) => ({ opType: 'QLinearAveragePool', domain: MS, attributes, outputs: [type], inputs: [d.codes(type, dims), scalar(0.5), d.zero(type), scalar(0.25), d.zero(type)] }));
    }
    for (const [name, dims, last] of [['2d', [2, 5, 2, 4], 0], ['channels_last', [1, 4, 2, 19], 1], ['1d', [1, 3, 7], 0]] as const) {
      yield packCase(`qlinear_global_average_pool_${short(type)}_${name}`, (d) => ({ opType: 'QLinearGlobalAveragePool', domain: MS, attributes: { channels_last: last }, outputs: [type], inputs: [d.codes(type, dims), scalar(0.5), d.zero(type), scalar(0.25), d.zero(type)] }));
    }
    yield packCase(`nhwc_max_pool_${short(type)}`, (d) => ({ opType: 'NhwcMaxPool', domain: MS, attributes: { kernel_shape: [2, 3], strides: [1, 2], pads: [1, 1, 0, 1] }, outputs: [type], inputs: [d.codes(type, [1, 5, 6, 17])] }));
    yield packCase(`nhwc_max_pool_${short(type)}_dilated`, (d) => ({ opType: 'NhwcMaxPool', domain: MS, attributes: { kernel_shape: [2, 2], dilations: [2, 1], ceil_mode: 1, strides: [2, 2] }, outputs: [type], inputs: [d.codes(type, [2, 6, 5, 3])] }));
  }
}

/** Integer arithmetic wraps; the two quotients that no integer holds end onnxruntime's process. */
function* ends(): Iterable<PackCase> {
  const ENDS = { int8: [-128n, 127n], int32: [-(2n ** 31n), 2n ** 31n - 1n], int64: [-(2n ** 63n), 2n ** 63n - 1n] } as const;
  const make = (type: DType, values: readonly bigint[]): Tensor => (type === 'int64' ? new Tensor(type, BigInt64Array.from(values), [values.length]) : vector(values.map(Number), type));
  for (const type of ['int32', 'int64'] as const) {
    const [low, high] = ENDS[type];
    for (const opType of ['Add', 'Sub', 'Mul']) {
      yield packCase(`${opType.toLowerCase()}_${short(type)}_wraps`, () => ({ opType, opset: 14, fed: [0, 1], outputs: [type], inputs: [make(type, [low, high, low, high, 3n]), make(type, [-1n, 1n, low, high, 4n])] }));
    }
    yield packCase(`neg_${short(type)}_wraps`, () => ({ opType: 'Neg', opset: 13, outputs: [type], inputs: [make(type, [low, high, 0n])] }));
    yield packCase(`abs_${short(type)}_wraps`, () => ({ opType: 'Abs', opset: 13, outputs: [type], inputs: [make(type, [low, high, -3n])] }));
    yield packCase(`div_${short(type)}_wraps`, () => ({
      opType: 'Div', opset: 14, fed: [0, 1], outputs: [type], inputs: [make(type, [low, 7n]), make(type, [-1n, -2n])],
      divergence: { reason: 'the quotient wraps; onnxruntime ends with SIGFPE', expected: [make(type, [low, -3n])], onnxruntime: 'crashes' },
    }));
  }
  yield packCase('mod_i64_of_lowest', () => ({
    opType: 'Mod', opset: 13, fed: [0, 1], outputs: ['int64'], inputs: [make('int64', [ENDS.int64[0], 7n]), make('int64', [-1n, -4n])],
    divergence: { reason: 'the remainder is 0; onnxruntime ends with SIGFPE', expected: [make('int64', [0n, -1n])], onnxruntime: 'crashes' },
  }));
  // Comparisons are of values: NaN equals nothing, zeros of both signs are equal.
  const x = [NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 3.4028234663852886e38, NaN], y = [NaN, Infinity, Infinity, -0, 0, 0, 1e-45, Infinity, 1];
  for (const opType of ['Add', 'Mul', 'Div', 'Max', 'Min']) {
    yield packCase(`${opType.toLowerCase()}_f32_specials`, () => ({ opType, opset: 14, fed: [0, 1], outputs: ['float32'], inputs: [vector(x.map(f32)), vector(y.map(f32))] }));
  }
  for (const opType of ['Equal', 'Less', 'GreaterOrEqual']) {
    yield packCase(`${opType.toLowerCase()}_f32_specials`, () => ({ opType, opset: 16, fed: [0, 1], outputs: ['bool'], inputs: [vector(x.map(f32)), vector(y.map(f32))] }));
  }
  yield packCase('round_f32_ties', () => ({ opType: 'Round', opset: 11, outputs: ['float32'], inputs: [vector([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 8388607.5, NaN, Infinity, -0].map(f32))] }));
  yield packCase('reduce_sum_empty', () => ({ opType: 'ReduceSum', opset: 13, attributes: { keepdims: 0 }, outputs: ['float32'], inputs: [pack('float32', [], [2, 0]), new Tensor('int64', [1n], [1])] }));
  yield packCase('inverse_f32_batch', () => ({ opType: 'Inverse', domain: MS, outputs: ['float32'], inputs: [pack('float32', [4, 7, 2, 6, 0, 2, 1, 0], [2, 2, 2])] }));
  yield packCase('matmul_f32_k0', () => ({ opType: 'MatMul', opset: 13, fed: [0, 1], outputs: ['float32'], inputs: [pack('float32', [], [2, 0]), pack('float32', [], [0, 3])] }));
  yield packCase('cast_f32_f16_ties', () => ({ opType: 'Cast', opset: 21, attributes: { to: 10 }, outputs: ['float16'], inputs: [vector([2049, 2051, 65519.99, 65520, -65520, 2 ** -25, 2 ** -24, 3 * 2 ** -25, NaN, Infinity, -0].map(f32))] }));
}

export const elementwise: Iterable<PackCase> = [...binary(), ...unary(), ...softmaxOverflow(), ...joins(), ...pools(), ...ends()];
