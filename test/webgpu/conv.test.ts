/** Convolutions of the WebGPU provider against the cpu provider: groups, strides, dilation, padding, one and two axes, channels last. */
import { describe, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { codes, floats, random, same } from './compare.ts';
import { half } from './half.ts';
import { Tensor } from '../../src/main.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

const scalar = (v: number) => new Tensor('float32', Float32Array.of(v), []);
const zero = (type: 'uint8' | 'int8', v: number) => new Tensor(type, type === 'uint8' ? Uint8Array.of(v) : Int8Array.of(v), []);
const SHAPES: [number[], number[], Record<string, unknown>][] = [
  [[2, 4, 7, 9], [6, 4, 3, 3], { pads: [1, 0, 2, 1], strides: [2, 1] }],
  [[1, 6, 8, 5], [6, 1, 3, 3], { group: 6, dilations: [2, 1], pads: [2, 1, 2, 1] }],
  [[1, 4, 11], [6, 2, 4], { group: 2, strides: [3] }],
];

describe.skipIf(reason !== undefined)('convolutions on webgpu', () => {
  test('floats', async () => {
    for (const [x, w, attributes] of SHAPES) await same({ op: 'Conv', attributes, inputs: [{ tensor: floats(x) }, { tensor: floats(w), constant: true }, { tensor: floats([w[0]]), constant: true }], tolerance: 1e-6 });
    await same({ op: 'Conv', inputs: [{ tensor: half(floats([1, 3, 5, 5])) }, { tensor: half(floats([3, 3, 2, 2])) }], outputs: ['float16'], tolerance: 1e-3 });
    await same({ op: 'FusedConv', domain: 'com.microsoft', attributes: { activation: 'Relu' }, inputs: [{ tensor: floats([1, 3, 5, 5]) }, { tensor: floats([3, 3, 2, 2]) }, { tensor: floats([3]) }, { tensor: floats([1, 3, 4, 4]) }], tolerance: 1e-6 });
  });

  test('codes, with results on ties', async () => {
    for (const [x, w, attributes] of SHAPES) {
      for (const [tx, tw] of [['uint8', 'int8'], ['int8', 'int8']] as const) {
        const m = w[0];
        const bias = new Tensor('int32', Int32Array.from({ length: m }, () => (random() - 0.5) * 5000), [m]);
        const inputs = (scales: Tensor, wz: Tensor) => [
          { tensor: codes(tx, x) }, { tensor: scalar(0.5) }, { tensor: zero(tx, 3) }, { tensor: codes(tw, w), constant: true }, { tensor: scales, constant: true }, { tensor: wz, constant: true },
          { tensor: scalar(64) }, { tensor: zero(tx, 9) }, { tensor: bias, constant: true },
        ];
        await same({ op: 'QLinearConv', attributes, inputs: inputs(scalar(0.25), zero(tw, 2)), outputs: [tx] });
        await same({ op: 'QLinearConv', attributes, inputs: inputs(new Tensor('float32', Float32Array.from({ length: m }, random), [m]), new Tensor(tw, Int8Array.from({ length: m }, (_, i) => i), [m])), outputs: [tx] });
      }
      await same({ op: 'ConvInteger', attributes, inputs: [{ tensor: codes('uint8', x) }, { tensor: codes('int8', w) }, { tensor: zero('uint8', 7) }, { tensor: zero('int8', 1) }], outputs: ['int32'] });
    }
    await same({
      op: 'QLinearConv', domain: 'com.microsoft', attributes: { channels_last: 1 },
      inputs: [{ tensor: codes('uint8', [1, 5, 6, 3]) }, { tensor: scalar(0.5) }, { tensor: zero('uint8', 3) }, { tensor: codes('int8', [4, 3, 2, 2]) }, { tensor: scalar(0.25) }, { tensor: zero('int8', 0) }, { tensor: scalar(32) }, { tensor: zero('uint8', 9) }],
      outputs: ['uint8'],
    });
  });

  test('bitsandbytes codes', async () => {
    for (const [transB, quant] of [[1, 0], [1, 1], [0, 1]]) {
      await same({
        op: 'MatMulBnb4', domain: 'com.microsoft', attributes: { K: 32, N: 10, block_size: 16, quant_type: quant, transB }, tolerance: 1e-6,
        inputs: [{ tensor: floats([3, transB ? 32 : 10]) }, { tensor: codes('uint8', [160]), constant: quant === 1 }, { tensor: floats([20]), constant: quant === 1 }],
      });
    }
  });
});
