/** fp8, fp6, fp4 and e8m0 over all codes, with and without saturation. */
import { describe, expect, test } from 'vitest';
import { decodeTable, encodeE8M0, encodeFloat } from '../../src/numeric/index.ts';
import { above, below } from './neighbours.ts';

/**
 * `overflow`: what lies beyond the largest value when it does not saturate. `values`: the values of codes by the format's
 * own table, spot checks that do not come from a formula.
 * https://onnx.ai/onnx/technical/float8.html  https://onnx.ai/onnx/technical/float4.html
 */
const FORMATS = [
  { dtype: 'float8e4m3fn', bits: 8, overflow: 'nan', nans: [0x7f, 0xff], values: { 0x01: 2 ** -9, 0x08: 2 ** -6, 0x38: 1, 0x7e: 448, 0xfe: -448 } },
  { dtype: 'float8e4m3fnuz', bits: 8, overflow: 'nan', nans: [0x80], values: { 0x01: 2 ** -10, 0x08: 2 ** -7, 0x40: 1, 0x7f: 240, 0xff: -240 } },
  { dtype: 'float8e5m2', bits: 8, overflow: 'infinity', nans: [0x7d, 0x7e, 0x7f, 0xfd, 0xfe, 0xff], values: { 0x01: 2 ** -16, 0x04: 2 ** -14, 0x3c: 1, 0x7b: 57344, 0x7c: Infinity, 0xfc: -Infinity } },
  { dtype: 'float8e5m2fnuz', bits: 8, overflow: 'nan', nans: [0x80], values: { 0x01: 2 ** -17, 0x04: 2 ** -15, 0x40: 1, 0x7f: 57344 } },
  { dtype: 'float6e2m3', bits: 6, overflow: 'saturate', nans: [], values: { 0x01: 0.125, 0x08: 1, 0x1f: 7.5, 0x3f: -7.5 } },
  { dtype: 'float6e3m2', bits: 6, overflow: 'saturate', nans: [], values: { 0x01: 0.0625, 0x0c: 1, 0x1f: 28, 0x3f: -28 } },
  { dtype: 'float4e2m1', bits: 4, overflow: 'saturate', nans: [], values: { 0: 0, 1: 0.5, 2: 1, 3: 1.5, 4: 2, 5: 3, 6: 4, 7: 6, 15: -6 } },
] as const;

describe.each(FORMATS)('$dtype', ({ dtype, bits, overflow, nans, values }) => {
  const table = decodeTable(dtype);
  const signBit = 1 << (bits - 1);
  const unsignedZero = nans.length === 1;
  const codes = Array.from({ length: 1 << bits }, (_, c) => c);
  /** Codes of finite numbers from 0 up. */
  const ladder = codes.filter((c) => c < signBit && Number.isFinite(table[c]!));
  const largest = table[ladder.at(-1)!]!;

  test('decodes the codes of the specification', () => {
    for (const [code, value] of Object.entries(values)) expect(table[Number(code)]).toBe(value);
    expect(codes.filter((c) => Number.isNaN(table[c]!))).toEqual(nans);
    ladder.reduce((before, code) => (expect(table[code]!).toBeGreaterThan(table[before]!), code));
  });

  test.each([true, false])('encodes every value to its own code (saturate %s)', (saturate) => {
    for (const code of codes) {
      const value = table[code]!;
      if (Number.isFinite(value)) expect(encodeFloat(dtype, value, saturate)).toBe(code);
    }
  });

  test.each([true, false])('rounds half to even, and to the nearer side of a midpoint (saturate %s)', (saturate) => {
    const both = (x: number, code: number) => {
      expect(encodeFloat(dtype, x, saturate)).toBe(code);
      expect(encodeFloat(dtype, -x, saturate)).toBe(unsignedZero && code === 0 ? 0 : code | signBit);
    };
    for (let i = 0; i + 1 < ladder.length; i++) {
      const [low, high] = [ladder[i]!, ladder[i + 1]!];
      const middle = (table[low]! + table[high]!) / 2;
      both(middle, low % 2 === 0 ? low : high);
      both(below(middle), low);
      both(above(middle), high);
    }
  });

  test('overflows as the format says', () => {
    const step = largest - table[ladder.at(-2)!]!;
    const top = ladder.at(-1)!;
    const beyond = [largest + step, 1e6, Infinity];
    for (const x of beyond) {
      expect(encodeFloat(dtype, x)).toBe(top);
      expect(encodeFloat(dtype, -x)).toBe(top | signBit);
      const plus = table[encodeFloat(dtype, x, false)]!, minus = table[encodeFloat(dtype, -x, false)]!;
      if (overflow === 'nan') expect([plus, minus]).toEqual([NaN, NaN]);
      else if (overflow === 'infinity') expect([plus, minus]).toEqual([Infinity, -Infinity]);
      else expect([plus, minus]).toEqual([largest, -largest]);
    }
    // Short of half a step beyond it the largest value is the nearest.
    for (const saturate of [true, false]) expect(encodeFloat(dtype, below(largest + step / 2), saturate)).toBe(top);
    const nan = table[encodeFloat(dtype, NaN)]!;
    expect(nan).toBe(nans.length === 0 ? -0 : NaN);
  });
});

describe('float8e8m0', () => {
  const table = decodeTable('float8e8m0');

  test('decodes powers of two, and 255 as NaN', () => {
    for (let code = 0; code < 255; code++) expect(table[code]).toBe(2 ** (code - 127));
    expect(table[255]).toBeNaN();
  });

  test.each(['up', 'down', 'nearest'] as const)('rounds %s between all powers of two', (rounding) => {
    for (let code = 0; code < 254; code++) {
      const low = 2 ** (code - 127);
      expect(encodeE8M0(low, rounding)).toBe(code);
      expect(encodeE8M0(above(low), rounding)).toBe(rounding === 'up' ? code + 1 : code);
      expect(encodeE8M0(below(2 * low), rounding)).toBe(rounding === 'down' ? code : code + 1);
      expect(encodeE8M0(below(1.5 * low), rounding)).toBe(rounding === 'up' ? code + 1 : code);
      expect(encodeE8M0(1.5 * low, rounding)).toBe(rounding === 'down' ? code : code + 1);
    }
  });

  test('has no zero, sign or infinity', () => {
    expect(encodeE8M0(0)).toBe(0);
    expect(encodeE8M0(2 ** -140, 'down')).toBe(0);
    expect([Infinity, 1e39].map((x) => encodeE8M0(x))).toEqual([254, 254]);
    expect([Infinity, 1e39].map((x) => encodeE8M0(x, 'up', false))).toEqual([255, 255]);
    expect([NaN, -1, -Infinity].map((x) => encodeE8M0(x))).toEqual([255, 255, 255]);
  });
});
