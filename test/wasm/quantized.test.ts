/** Quantized operators on wasm beside the scalar provider: the same bits on every tail, sign mix and layout of parameters. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE, EXACT } from '../../conformance/fuzz/quantized-nodes.ts';
import { sizeOf, Tensor } from '../../src/tensor/index.ts';
import { allSame, floats, taken, type NodeCase } from './beside-cpu.ts';
import { codes, matMulInteger, matMulNBits, MS, qLinearConv, qLinearMatMul, scales, SIGNS, TAILS } from './quantized-nodes.ts';

describe.each(SIGNS)('products of %s and %s', (a, b) => {
  test('MatMulInteger: tails of k and n', async () => {
    const cases: NodeCase[] = [];
    for (const t of TAILS) {
      cases.push(matMulInteger(a, b, 1 + (t % 6), t, 1 + (t % 19), t % 2 === 0, t % 3 === 0));
      cases.push(matMulInteger(a, b, 1 + (t % 6), 5 + (t % 4), t, t % 2 === 1, t % 3 === 1));
    }
    await allSame(cases);
  });
  test('QLinearMatMul: tails of k and n', async () => {
    const cases: NodeCase[] = [];
    for (const t of TAILS) {
      cases.push(qLinearMatMul(a, b, 1 + (t % 6), t, 1 + (t % 19), t % 2 === 0, t % 3 === 0));
      cases.push(qLinearMatMul(a, b, 1 + (t % 6), 5 + (t % 4), t, t % 2 === 1, t % 3 === 1));
    }
    await allSame(cases);
  });
  test('rows 0 to 9, and a product of several groups of panels', async () => {
    const cases: NodeCase[] = [];
    for (let m = 0; m < 10; m++) cases.push(matMulInteger(a, b, m, 33, 21, true, true));
    cases.push(matMulInteger(a, b, 5, 2049, 70, true, true));
    cases.push(qLinearMatMul(a, b, 5, 1025, 140, true, true));
    await allSame(cases);
  });
  test('single rows of many columns', async () => {
    const cases: NodeCase[] = [];
    for (const k of [7, 8, 16, 44, 72]) for (const n of [31, 32, 33, 64, 95, 130]) cases.push(matMulInteger(a, b, 1, k, n, true, n % 2 === 0));
    await allSame(cases);
  });
  test('MatMulIntegerToFloat and DynamicQuantizeMatMul', async () => {
    const cases: NodeCase[] = [];
    for (const t of TAILS) {
      const [k, n] = t % 2 === 0 ? [t + 1, 9] : [10, t];
      const zero = codes(b, t % 3 === 0 ? [n] : [], 4), scale = scales(t % 3 === 0 ? [n] : []);
      const bias = t % 4 < 2 ? floats([n]) : undefined;
      cases.push({
        op: 'MatMulIntegerToFloat', domain: MS, constants: t % 2 === 0 ? [1, 3, 5] : [],
        inputs: [codes(a, [3, k]), codes(b, [k, n], 2), scales([]), scale, codes(a, [], 3), zero, bias],
      });
      cases.push({ op: 'DynamicQuantizeMatMul', domain: MS, constants: t % 2 === 0 ? [1, 2, 3] : [], inputs: [floats([2, k]), codes(b, [k, n], 2), scale, zero, bias] });
    }
    await allSame(cases);
  });
  test('convolutions: widths, strides, groups, depthwise', async () => {
    const cases: NodeCase[] = [];
    for (let t = 0; t < 34; t++) {
      const group = [1, 1, 2, 6][t % 4], channels = 6, outputs = group === 6 ? 6 : 10, taps = 1 + (t % 3);
      const attrs = { group, strides: [1 + (t % 2), 1 + (t % 3)], pads: [taps >> 1, 0, taps >> 1, taps >> 1], dilations: [1, 1 + (t % 2)] };
      const x = codes(a, [1 + (t % 2), channels, 5, t + 5]), w = codes(b, [outputs, channels / group, taps, taps], 5);
      const wZero = codes(b, [outputs], 4);
      cases.push({ op: 'ConvInteger', attrs, inputs: [x, w, codes(a, [], 3), codes(b, [], 4)], constants: [1, 3] });
      cases.push(qLinearConv(attrs, x, w, wZero));
    }
    await allSame(cases);
  });
});

/** Values around ties of a step, and all that is special. */
function hard(size: number): Tensor {
  const specials = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 3e38, -3e38];
  return new Tensor('float32', Array.from({ length: size }, (_, i) => (i % 5 === 4 ? specials[i % 8] : ((i * 37) % 601) * 0.25 - 75)), [size]);
}

describe('from and to float', () => {
  test.each(['uint8', 'int8'] as const)('QuantizeLinear to %s: tails, slices, NaN', async (type) => {
    const cases: NodeCase[] = [];
    for (const t of TAILS) {
      cases.push({ op: 'QuantizeLinear', inputs: [hard(t), new Tensor('float32', [0.5], []), codes(type, [], t)] });
      cases.push({ op: 'QuantizeLinear', attrs: { axis: 1 }, inputs: [floats([2, 3, t], 3), scales([3]), codes(type, [3], t)] });
    }
    // More elements than go at once.
    const wide = type === 'uint8' ? 'uint16' : 'int16';
    for (const zero of [codes(type, [], 3), new Tensor(wide, [300], [])]) cases.push({ op: 'QuantizeLinear', inputs: [hard(70003), new Tensor('float32', [0.5], []), zero] });
    await allSame(cases);
  });
  test.each(['uint8', 'int8', 'uint4', 'int4'] as const)('DequantizeLinear of %s: tails, slices, blocks, float16', async (type) => {
    const cases: NodeCase[] = [];
    const step = type.endsWith('4') ? 2 : 1;
    for (let t = 0; t < 68; t += step) {
      for (const half of t % 6 === 0 ? [false, true] : [false]) {
        const scale = (dims: readonly number[]): Tensor => (half ? new Tensor('float16', Array.from({ length: sizeOf(dims) }, (_, i) => 0x2400 + 37 * i), dims) : scales(dims));
        cases.push({ op: 'DequantizeLinear', inputs: [codes(type, [3, t]), scale([]), codes(type, [], t)] });
        cases.push({ op: 'DequantizeLinear', attrs: { axis: 0 }, inputs: [codes(type, [3, t]), scale([3]), codes(type, [3], t)] });
        cases.push({ op: 'DequantizeLinear', attrs: { axis: 0, block_size: 2 }, inputs: [codes(type, [4, t]), scale([2, t]), codes(type, [2, t], t)] });
        if (t > 0) cases.push({ op: 'DequantizeLinear', attrs: { axis: 1, block_size: t }, inputs: [codes(type, [3, 2 * t]), scale([3, 2]), codes(type, [3, 2], t)] });
      }
    }
    // Blocks of whole vectors, scales at the ends of float16, and more elements than go at once.
    const ends = new Tensor('float16', [0x0001, 0x7bff, 0x03ff, 0x8400, 0x3c01, 0x0000], [3, 2]);
    cases.push({ op: 'DequantizeLinear', attrs: { axis: 1, block_size: 32 }, inputs: [codes(type, [3, 64]), ends, codes(type, [3, 2], 9)] });
    cases.push({ op: 'DequantizeLinear', inputs: [codes(type, [70002]), scales([])] });
    for (const zero of [undefined, codes(type, [40, 64], 9)]) {
      cases.push({ op: 'DequantizeLinear', attrs: { axis: 1, block_size: 32 }, inputs: [codes(type, [40, 2048]), scales([40, 64]), zero] });
    }
    cases.push({ op: 'DequantizeLinear', attrs: { axis: 0, block_size: 2 }, inputs: [codes(type, [4, 40000]), scales([2, 40000])] });
    await allSame(cases);
  });
  test('DynamicQuantizeLinear: tails, zeros, NaN', async () => {
    const cases: NodeCase[] = [];
    for (const t of TAILS) {
      cases.push({ op: 'DynamicQuantizeLinear', inputs: [floats([t], 3, t + 1)], outputs: 3 });
      cases.push({ op: 'DynamicQuantizeLinear', inputs: [new Tensor('float32', new Float32Array(t), [t])], outputs: 3 });
      cases.push({ op: 'DynamicQuantizeLinear', inputs: [new Tensor('float32', Array.from({ length: t }, (_, i) => (i % 3 === 1 ? NaN : i - 7)), [t])], outputs: 3 });
    }
    await allSame(cases);
  });
});

test.each([[2, 0], [4, 0], [8, 0], [4, 4], [8, 4]])('MatMulNBits, %i bits, accuracy_level %i: tails, rows, zero points, float16', async (bits, level) => {
  const cases: NodeCase[] = [];
  for (let t = 1; t < 68; t += bits === 4 ? 1 : 3) {
    for (const [m, k, n] of [[1 + (t % 10), t, 1 + (t % 37)], [1 + (t % 3), 70 + (t % 3), t], [8, 256, t]]) {
      cases.push(matMulNBits(bits, [16, 32, 64, 128][t % 4], m, k, n, level, t % 3, t % 5 === 0));
    }
  }
  for (const special of [NaN, Infinity, 1e-45, 3e38]) {
    for (const m of [1, 4]) cases.push(matMulNBits(bits, 32, m, 40, 9, level, 1, false, special));
  }
  for (const special of [0, -0, -0.3, 2 ** -100, 2 ** -101, 1e-45, 3e38, Infinity, NaN]) {
    const c = matMulNBits(bits, 16, 2, 72, 9, level, 1, false);
    (c.inputs[2]!.data as Float32Array)[5] = special; // a scale
    cases.push(c);
  }
  await allSame(cases);
});

/** How many of 100 random nodes wasm takes at least; the others have parameters or shapes that it leaves to the scalar provider. */
const RANDOM: Readonly<Record<string, number>> = {
  QuantizeLinear: 20, DequantizeLinear: 20, DynamicQuantizeLinear: 100, MatMulInteger: 20, QLinearMatMul: 20, DynamicQuantizeMatMul: 20, MatMulIntegerToFloat: 20,
  QLinearConv: 5, ConvInteger: 10, QGemm: 15, QLinearAdd: 100, QLinearMul: 100, MatMulNBits: 15,
  QLinearSigmoid: 100, QLinearLeakyRelu: 100, QLinearSoftmax: 100, QLinearConcat: 90, QLinearWhere: 90, QLinearAveragePool: 20, QLinearGlobalAveragePool: 90, MatMulBnb4: 20,
  GatherBlockQuantized: 30,
};

test.each(Object.entries(RANDOM))('%s: random nodes, at least %i on wasm', async (op, least) => {
  const nodes = fc.sample(EXACT[op] ?? CLOSE[op][0], { numRuns: 100, seed: 7 }).map((node): NodeCase => ({
    op: node.opType, inputs: node.inputs, outputs: node.outputs.length, domain: node.domain ?? '', attrs: node.attributes ?? {}, constants: node.constants ?? [],
  }));
  const cases = await taken(nodes);
  expect(cases.length).toBeGreaterThanOrEqual(least);
  await allSame(cases);
});
