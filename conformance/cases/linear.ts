/** QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear. */
import { f32 } from '../../src/numeric/index.ts';
import { dtypeInfo, pack, Tensor, type DType } from '../../src/tensor/index.ts';
import { BYTES, half, MS, packCase, scalar, short, SPECIALS, vector, type PackCase } from './draw.ts';

const WIDE: readonly DType[] = ['uint8', 'int8', 'uint16', 'int16'];
const NARROW: readonly DType[] = ['uint4', 'int4'];
const readable = (type: DType): { readAs?: DType } => (dtypeInfo(type).bits < 8 ? { readAs: type === 'uint4' ? 'uint8' : 'int8' } : {});

function* quantizeLinear(): Iterable<PackCase> {
  const q = { opType: 'QuantizeLinear', opset: 21 } as const;
  for (const type of [...WIDE, ...NARROW]) {
    const step = dtypeInfo(type).bits === 16 ? 1 / 64 : 0.25;
    const common = { ...q, outputs: [type], ...readable(type) };
    // Odd numbers of elements leave half a byte of 4-bit types.
    yield packCase(`quantize_linear_${short(type)}_ties`, (d) => ({ ...common, inputs: [d.ties([3, 7], step), scalar(step), d.zero(type)] }));
    yield packCase(`quantize_linear_${short(type)}_ties_f16`, (d) => ({ ...common, inputs: [half(d.ties([19], step, 60)), half(scalar(step)), d.zero(type)] }));
    yield packCase(`quantize_linear_${short(type)}_axis`, (d) => ({ ...common, attributes: { axis: 1 }, inputs: [d.ties([2, 3, 5], step), d.scales([3], step), d.zero(type, [3])] }));
    yield packCase(`quantize_linear_${short(type)}_axis_negative`, (d) => ({ ...common, attributes: { axis: -1 }, inputs: [d.ties([3, 5], step), d.scales([5], step), d.zero(type, [5])] }));
    yield packCase(`quantize_linear_${short(type)}_blocks`, (d) => ({ ...common, attributes: { axis: 1, block_size: 2 }, inputs: [d.ties([3, 6, 2], step), d.scales([3, 3, 2], step), d.zero(type, [3, 3, 2])] }));
    yield packCase(`quantize_linear_${short(type)}_blocks_ragged`, (d) => ({ ...common, attributes: { axis: 0, block_size: 3 }, inputs: [d.ties([5, 3], step), d.scales([2, 3], step), d.zero(type, [2, 3])] }));
    yield packCase(`quantize_linear_${short(type)}_scalar`, (d) => ({ ...common, inputs: [scalar(2.5 * step), scalar(step), d.zero(type)] }));
    yield packCase(`quantize_linear_${short(type)}_empty`, (d) => ({ ...common, inputs: [d.ties([2, 0], step), scalar(step), d.zero(type)] }));
  }
  for (const type of BYTES) {
    for (const step of [1, 1e-3, 1e-38]) {
      yield packCase(`quantize_linear_${short(type)}_specials_${step}`, (d) => ({ ...q, outputs: [type], inputs: [vector(SPECIALS.map(f32)), scalar(step), d.zero(type)] }));
    }
    yield packCase(`quantize_linear_${short(type)}_nan`, (d) => ({
      ...q, outputs: [type], inputs: [vector([NaN, 1, NaN]), scalar(0.5), d.zero(type)],
      open: 'NaN has no code, and the specification gives it none; onnxruntime on x64 makes it the lowest code, on other machines 0',
    }));
    yield packCase(`quantize_linear_${short(type)}_opset10`, (d) => ({ ...q, opset: 10, outputs: [type], inputs: [d.ties([9], 0.5), scalar(0.5), d.zero(type)] }));
    yield packCase(`quantize_linear_ms_${short(type)}`, (d) => ({ ...q, domain: MS, outputs: [type], inputs: [d.ties([4, 5], 0.25), scalar(0.25), d.zero(type)] }));
    yield packCase(`quantize_linear_ms_${short(type)}_axis`, (d) => ({ ...q, domain: MS, attributes: { axis: 0 }, outputs: [type], inputs: [d.ties([4, 5], 0.25), d.scales([4], 0.25), d.zero(type, [4])] }));
    yield packCase(`quantize_linear_${short(type)}_blocks_infinite`, (d) => ({
      ...q, attributes: { axis: 1, block_size: 2 }, outputs: [type], inputs: [pack('float32', [Infinity, -Infinity, 1.5, 2.5, Infinity, -7, 0, -Infinity], [2, 4]), d.scales([2, 2]), d.zero(type, [2, 2])],
    }));
  }
  yield packCase('quantize_linear_no_zero_point', (d) => ({ ...q, outputs: ['uint8'], inputs: [d.ties([11], 1), scalar(1)] }));
  yield packCase('quantize_linear_output_dtype', (d) => ({ ...q, attributes: { output_dtype: 3 }, outputs: ['int8'], inputs: [d.ties([11], 1), scalar(1)] }));
  for (const type of ['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz'] as const) {
    yield packCase(`quantize_linear_${type}`, (d) => ({
      ...q, opset: 19, outputs: [type], readAs: 'float32', inputs: [d.ties([17], 1 / 16, 8000), scalar(1), pack(type, [0], [])],
    }));
    yield packCase(`dequantize_linear_${type}`, () => ({
      opType: 'DequantizeLinear', opset: 19, outputs: ['float32'], fed: [],
      inputs: [new Tensor(type, Uint8Array.from({ length: 256 }, (_, i) => i), [256]), scalar(0.3), pack(type, [0], [])],
    }));
  }
}

function* dequantizeLinear(): Iterable<PackCase> {
  const dq = { opType: 'DequantizeLinear', opset: 21, outputs: ['float32'] } as const;
  for (const type of [...WIDE, ...NARROW]) {
    const packed = dtypeInfo(type).bits < 8 ? { fed: [] } : {};
    yield packCase(`dequantize_linear_${short(type)}`, (d) => ({ ...dq, ...packed, inputs: [d.codes(type, [3, 7]), scalar(0.1), d.zero(type)] }));
    yield packCase(`dequantize_linear_${short(type)}_axis`, (d) => ({ ...dq, ...packed, attributes: { axis: 1 }, inputs: [d.codes(type, [2, 3, 5]), d.positive([3]), d.zero(type, [3])] }));
    yield packCase(`dequantize_linear_${short(type)}_blocks`, (d) => ({ ...dq, ...packed, attributes: { axis: 0, block_size: 2 }, inputs: [d.codes(type, [5, 3]), d.positive([3, 3]), d.zero(type, [3, 3])] }));
    yield packCase(`dequantize_linear_${short(type)}_f16`, (d) => ({ ...dq, ...packed, outputs: ['float16'], inputs: [d.codes(type, [9]), half(scalar(0.1)), d.zero(type)] }));
    yield packCase(`dequantize_linear_${short(type)}_scalar`, (d) => ({ ...dq, ...packed, inputs: [d.codes(type, []), scalar(0.3), d.zero(type)] }));
    if (dtypeInfo(type).bits >= 8) yield packCase(`dequantize_linear_ms_${short(type)}`, (d) => ({ ...dq, domain: MS, inputs: [d.codes(type, [2, 5]), scalar(0.1), d.zero(type)] }));
  }
  yield packCase('dequantize_linear_i32', (d) => ({ ...dq, inputs: [vector([-2147483648, 2147483647, 16777217, -1, 0, d.int(-9, 9)], 'int32'), scalar(0.1)] }));
  yield packCase('dequantize_linear_empty', (d) => ({ ...dq, inputs: [d.codes('int8', [0, 3]), scalar(0.1), d.zero('int8')] }));
  yield packCase('dequantize_linear_subnormal', (d) => ({ ...dq, inputs: [d.codes('int8', [9]), scalar(1e-42), d.zero('int8')] }));
  yield packCase('dequantize_linear_overflow', (d) => ({ ...dq, inputs: [d.codes('uint8', [9]), scalar(3e38), d.zero('uint8')] }));
}

function* dynamicQuantizeLinear(): Iterable<PackCase> {
  const node = { opType: 'DynamicQuantizeLinear', opset: 11, outputs: ['uint8', 'float32', 'uint8'] } as const;
  // The range is 255 steps, so that all elements between are ties.
  for (const [name, low, high] of [['around_zero', -127.5, 127.5], ['positive', 0, 255], ['negative', -255, 0], ['off_center', -100.5, 154.5]] as const) {
    yield packCase(`dynamic_quantize_linear_${name}`, (d) => ({ ...node, inputs: [vector([low, high, ...Array.from({ length: 21 }, () => d.int(Math.ceil(low), Math.floor(high) - 1) + 0.5)].map((v) => f32(v / 4)))] }));
  }
  yield packCase('dynamic_quantize_linear_above_zero', (d) => ({ ...node, inputs: [d.positive([3, 5], 3, 9)] }));
  yield packCase('dynamic_quantize_linear_all_zero', () => ({ ...node, inputs: [vector([0, -0, 0])] }));
  yield packCase('dynamic_quantize_linear_scalar', () => ({ ...node, inputs: [scalar(-2.5)] }));
  yield packCase('dynamic_quantize_linear_subnormal', () => ({ ...node, inputs: [vector([1e-40, -1e-40, 3e-41].map(f32))] }));
}

export const linear: Iterable<PackCase> = [...quantizeLinear(), ...dequantizeLinear(), ...dynamicQuantizeLinear()];
