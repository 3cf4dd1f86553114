/** Integer matrix products of the WebGPU provider: equal to the cpu provider in every bit where the result is an integer. */
import { describe, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { codes, floats, random, same } from './compare.ts';
import { FULL } from '../full.ts';
import { Tensor } from '../../src/main.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

type Code = 'uint8' | 'int8';
const scalar = (v: number) => new Tensor('float32', Float32Array.of(v), []);
const zero = (type: Code, ...values: number[]) => new Tensor(type, type === 'uint8' ? Uint8Array.from(values) : Int8Array.from(values), values.length === 1 ? [] : [values.length]);
const list = (n: number, f: () => number) => new Tensor('float32', Float32Array.from({ length: n }, f), [n]);

describe.skipIf(reason !== undefined)('integer products on webgpu', () => {
  const few: [number[], number[]][] = [[[1, 40], [40, 12]], [[5, 7], [7, 9]], [[2, 3, 16], [2, 16, 8]]];
  const more: [number[], number[]][] = [[[19, 32], [32, 64]], [[70, 33], [33, 66]], [[3, 4, 6], [6, 5]], [[2, 1, 5, 16], [3, 16, 4]]];
  const shapes = FULL ? [...few, ...more] : few;
  const types: [Code, Code][] = FULL ? [['uint8', 'int8'], ['int8', 'int8'], ['uint8', 'uint8'], ['int8', 'uint8']] : [['uint8', 'int8']];

  test('MatMulInteger', async () => {
    for (const [a, b] of shapes) {
      for (const [ta, tb] of types) {
        const constant = a.length === 2;
        await same({ op: 'MatMulInteger', inputs: [{ tensor: codes(ta, a) }, { tensor: codes(tb, b), constant }, { tensor: zero(ta, 3) }, { tensor: zero(tb, 5), constant }], outputs: ['int32'] });
      }
    }
    await same({ op: 'MatMulInteger', inputs: [{ tensor: codes('int8', [6, 12]) }, { tensor: codes('int8', [12, 5]) }], outputs: ['int32'] });
    await same({
      op: 'MatMulInteger', inputs: [{ tensor: codes('uint8', [3, 12]) }, { tensor: codes('int8', [12, 4]) }, { tensor: zero('uint8', 1, 2, 3) }, { tensor: zero('int8', 1, -2, 0, 9) }], outputs: ['int32'],
    });
  });

  test('QLinearMatMul and QGemm, with results on ties', async () => {
    for (const [a, b] of shapes) {
      for (const [ta, tb] of types) {
        const n = b.at(-1)!;
        const scales = [{ tensor: scalar(0.5) }, { tensor: zero(ta, ta === 'uint8' ? 128 : 2) }];
        const parameters = [{ tensor: scalar(0.25), constant: true }, { tensor: zero(tb, 1), constant: true }];
        // A half of all multiples of 1 / 2 lie on ties.
        await same({ op: 'QLinearMatMul', inputs: [{ tensor: codes(ta, a) }, ...scales, { tensor: codes(tb, b) }, ...parameters, { tensor: scalar(64) }, { tensor: zero(ta, 7) }], outputs: [ta] });
        if (a.length > 2) continue;
        const columns = { tensor: list(n, () => random() * 0.1), constant: true };
        await same({ op: 'QLinearMatMul', inputs: [{ tensor: codes(ta, a) }, ...scales, { tensor: codes(tb, b), constant: true }, columns, parameters[1], { tensor: scalar(3), constant: true }, { tensor: zero(ta, 7), constant: true }], outputs: [ta] });
        await same({
          op: 'QGemm', domain: 'com.microsoft', attributes: { transA: 1, transB: 1, alpha: 0.5 },
          inputs: [{ tensor: codes(ta, [a[1], a[0]]) }, ...scales, { tensor: codes(tb, [b[1], b[0]]), constant: true }, ...parameters, { tensor: new Tensor('int32', Int32Array.from({ length: n }, () => (random() - 0.5) * 1e4), [n]) }, { tensor: scalar(64) }, { tensor: zero(ta, 7) }],
          outputs: [ta],
        });
      }
    }
    await same({
      op: 'QGemm', domain: 'com.microsoft', inputs: [{ tensor: codes('uint8', [5, 8]) }, { tensor: scalar(0.5) }, { tensor: zero('uint8', 3) }, { tensor: codes('uint8', [8, 6]) }, { tensor: scalar(0.25) }, { tensor: zero('uint8', 9) }],
      tolerance: 1e-7,
    });
  });

  test('quantization of activations on the way', async () => {
    for (const dims of [[7], [1], [5, 1000]]) await same({ op: 'DynamicQuantizeLinear', inputs: [{ tensor: floats(dims, 3) }], outputs: ['uint8', 'float32', 'uint8'] });
    // Values that are codes and half steps exactly: every other one is a tie.
    const ties = new Tensor('float32', Float32Array.from({ length: 511 }, (_, i) => (i - 200) / 2), [511]);
    await same({ op: 'DynamicQuantizeLinear', inputs: [{ tensor: ties }], outputs: ['uint8', 'float32', 'uint8'] });
    await same({ op: 'DynamicQuantizeLinear', inputs: [{ tensor: new Tensor('float32', new Float32Array(9), [9]) }], outputs: ['uint8', 'float32', 'uint8'] });
    await same({
      op: 'DynamicQuantizeMatMul', domain: 'com.microsoft', tolerance: 1e-6,
      inputs: [{ tensor: floats([3, 20]) }, { tensor: codes('int8', [20, 9]), constant: true }, { tensor: list(9, random), constant: true }, { tensor: zero('int8', 2), constant: true }, { tensor: list(9, random), constant: true }],
    });
    await same({
      op: 'MatMulIntegerToFloat', domain: 'com.microsoft', tolerance: 1e-6,
      inputs: [{ tensor: codes('uint8', [9, 16]) }, { tensor: codes('uint8', [16, 8]), constant: true }, { tensor: scalar(0.5) }, { tensor: scalar(0.1), constant: true }, { tensor: zero('uint8', 99) }, { tensor: zero('uint8', 128), constant: true }],
    });
  });
});
