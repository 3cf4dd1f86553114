/** Every way the wasm provider has to multiply gives the scalar provider's bits, whichever the engine's own dots call for. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import type { WasmOptions } from '../../kernels/wasm/index.ts';
import { createMemory } from '../../kernels/wasm/memory.ts';
import { hasRelaxedSimd, loadKernels } from '../../kernels/wasm/modules.ts';
import { InferenceSession } from '../../src/main.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { allSame, bothWith, floats, type NodeCase } from './beside-cpu.ts';
import { codes, matMulInteger, matMulNBits, qLinearConv, qLinearMatMul, SIGNS, TAILS } from './quantized-nodes.ts';

setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20 has it, but not by default
const relaxed = await hasRelaxedSimd();
const { memory, shared } = createMemory();
const { kernels: { dots, description, relaxed: own } } = await loadKernels(memory, shared, {});

/**
 * What stands in the lanes of b, of 7 bits after the class's move of the top bit: then every engine's dots are exact, and a class can
 * be forced on an engine of another one.
 */
const narrow = (dotClass: string, t: Tensor): Tensor => {
  const high = (t.type === 'int8') === (dotClass === 'usdot'); // codes whose top bit the packing clears
  const data = Array.from(t.data as Int8Array, (v) => (v & 0x7f) - (high && t.type === 'int8' ? 128 : 0) + (high && t.type === 'uint8' ? 128 : 0));
  return new Tensor(t.type, data, t.dims);
};

const WAYS: readonly (WasmOptions & { readonly dotClass?: 'usdot' | 'sdot' | 'saturating' })[] = [
  { relaxed: false }, { dotClass: 'saturating' }, { dotClass: 'usdot' }, { dotClass: 'sdot' },
];

describe.each(WAYS)('%o', (way) => {
  const forced = way.dotClass === 'usdot' || way.dotClass === 'sdot';
  const lanes = (t: Tensor): Tensor => (forced ? narrow(way.dotClass!, t) : t);
  const changed = (c: NodeCase, i: number): NodeCase => ({ ...c, inputs: c.inputs.map((t, at) => (at === i ? lanes(t!) : t)) });
  // Skipped where the engine has no relaxed SIMD, or no i32 dots that are exact for 7 bits (V8 11 adds some twice).
  const run = test.skipIf(way.relaxed !== false && (!relaxed || (forced && dots === undefined)));

  run.each(SIGNS)('products of %s and %s: tails, rows', async (a, b) => {
    const cases: NodeCase[] = [];
    for (const t of TAILS) {
      cases.push(changed(matMulInteger(a, b, 1 + (t % 13), t, 1 + (t % 19), t % 2 === 0, t % 3 === 0), 1));
      cases.push(changed(qLinearMatMul(a, b, 1 + (t % 13), 5 + (t % 4), t, t % 2 === 1, t % 3 === 1), 3));
    }
    await allSame(cases, 0, way);
  });

  run.each(SIGNS)('convolutions of %s and %s', async (a, b) => {
    const cases: NodeCase[] = [];
    for (let t = 0; t < 12; t++) {
      const group = t % 4 === 3 ? 2 : 1, taps = 1 + (t % 3);
      const attrs = { group, strides: [1, 1 + (t % 3)], pads: [taps >> 1, 0, taps >> 1, taps >> 1], dilations: [1, 1 + (t % 2)] };
      // The zero point that the packing turns into 0, by which products take dots: padding then reads as x_zero_point.
      const zero = new Tensor(b, new Array<number>(10).fill(b === 'uint8' ? 128 : 0), [10]);
      const c = qLinearConv(attrs, codes(a, [1, 6, 5, t + 5]), codes(b, [10, 6 / group, taps, taps], 5), zero);
      cases.push({ ...c, inputs: c.inputs.map((x, i) => (i === 0 || i === 2 ? lanes(x!) : x)) });
    }
    await allSame(cases, 0, way);
  });

  // Codes of 8 bits fill the lanes: those need the engine's own class. So do activations that dots take unsigned, where the engine's are signed.
  run.each(!forced ? [4, 8] : way.dotClass === 'usdot' && dots?.unsigned === false ? [] : [4])('MatMulNBits of %i bits: tails, rows, groups of a block', async (bits) => {
    const cases: NodeCase[] = [];
    for (let t = 1; t < 68; t += 2) {
      cases.push(matMulNBits(bits, [16, 32, 64, 128][t % 4], 1 + (t % 13), t, 1 + (t % 37), 4, t % 2, false));
      cases.push(matMulNBits(bits, 32, 1 + (t % 13), 70 + (t % 3), t, 4, t % 2, false));
    }
    cases.push(matMulNBits(bits, 256, 7, 1100, 17, 4, 1, false), matMulNBits(bits, 16, 6, 2100, 5, 4, 1, false), matMulNBits(bits, 256, 1, 1024, 17, 4, 1, false));
    await allSame(cases, 0, way);
  });
});

describe.skipIf(!relaxed)('probes', () => {
  test('the kernels are chosen by what the engine does with a code past 7 bits, and a session tells', async () => {
    new Int8Array(memory.buffer, 512, 16).fill(127);
    new Uint8Array(memory.buffer, 528, 16).fill(200);
    const sum = own!.probe_relaxed_dot(512);
    const found = sum === 4 * 127 * 200 ? 'usdot' : sum === 4 * 127 * (200 - 256) ? 'sdot' : 'saturating';
    expect(description).toContain(`dots ${found}`);
    expect(dots?.unsigned).toBe({ usdot: true, sdot: false, saturating: undefined }[found]);
    const session = await InferenceSession.create('models/digits/qdq_u8s8/model.onnx', { executionProviders: ['wasm'] });
    expect(session.explain().available.find((p) => p.name === 'wasm')!.description).toContain(`dots ${found}`);
    await session.release();
  });

  test('relaxedMadd: float products within rounding, and only when asked for', async () => {
    const cases: NodeCase[] = [[1, 70, 40], [13, 600, 19], [4, 33, 8]].map(([m, k, n]) => ({ op: 'MatMul', inputs: [floats([m, k]), floats([k, n], 2, 5)], constants: [1] }));
    await allSame(cases);
    await allSame(cases, 1e-4, { relaxedMadd: true });
    const { wasm, cpu } = await bothWith({ relaxedMadd: true }, cases);
    const same = wasm.every((t, i) => (t.data as Float32Array).every((v, at) => v === (cpu[i].data as Float32Array)[at]));
    expect(same).toBe(!description.includes('fused'));
  });
});
