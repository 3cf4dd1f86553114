/** float16 and bfloat16 over all 65,536 codes, against decoding by the definition and rounding by comparison. */
import { describe, expect, test } from 'vitest';
import { bf16, bf16FromF32, bf16ToF32, f16, f16FromF32, f16ToF32 } from '../../src/numeric/index.ts';
import { above, below } from './neighbours.ts';

const FORMATS = [
  { name: 'float16', exponentBits: 5, mantissaBits: 10, encode: f16FromF32, decode: f16ToF32, step: f16 },
  { name: 'bfloat16', exponentBits: 8, mantissaBits: 7, encode: bf16FromF32, decode: bf16ToF32, step: bf16 },
] as const;

describe.each(FORMATS)('$name', ({ exponentBits, mantissaBits, encode, decode, step }) => {
  const infinity = ((1 << exponentBits) - 1) << mantissaBits;
  const bias = (1 << (exponentBits - 1)) - 1;

  /** The value of a code by the IEEE definition. */
  const defined = (code: number): number => {
    const sign = code & 0x8000 ? -1 : 1;
    const exponent = (code & 0x7fff) >> mantissaBits, mantissa = code & ((1 << mantissaBits) - 1);
    if (exponent === (1 << exponentBits) - 1) return mantissa === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * mantissa * 2 ** (1 - bias - mantissaBits) : sign * (2 ** mantissaBits + mantissa) * 2 ** (exponent - bias - mantissaBits);
  };

  test('decodes every code as defined, and encodes it back', () => {
    const wrong: number[] = [];
    for (let code = 0; code < 65536; code++) {
      const value = defined(code);
      if (!Object.is(decode(code), value)) wrong.push(code);
      const back = encode(value);
      if (Number.isNaN(value) ? !Number.isNaN(decode(back)) : back !== code) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  test('rounds half to even at every midpoint, and to the nearer side beside it', () => {
    const wrong: string[] = [];
    const expectCode = (x: number, code: number) => {
      if (encode(x) !== code) wrong.push(`${x} -> ${encode(x)}, not ${code}`);
      if (encode(-x) !== (code | 0x8000)) wrong.push(`${-x} -> ${encode(-x)}`);
      if (!Object.is(step(x), defined(code))) wrong.push(`step(${x})`);
    };
    for (let code = 0; code < infinity; code++) {
      // The step into infinity is as wide as the one before it.
      const low = defined(code), high = code + 1 === infinity ? 2 * low - defined(code - 1) : defined(code + 1);
      const middle = (low + high) / 2;
      expectCode(middle, code % 2 === 0 ? code : code + 1);
      // One double beside the midpoint: rounding to float32 first would hide the difference.
      expectCode(below(middle), code);
      expectCode(above(middle), code + 1);
      const single = Math.fround(low + (high - low) * 0.4999);
      expectCode(single, single - low <= (high - low) / 2 ? code : code + 1);
    }
    expect(wrong.slice(0, 8)).toEqual([]);
  });

  test('keeps zeros and infinities, and any NaN a NaN', () => {
    expect([0, -0, Infinity, -Infinity, 1e39, -1e300].map(encode)).toEqual([0, 0x8000, infinity, infinity | 0x8000, infinity, infinity | 0x8000]);
    expect(decode(encode(NaN))).toBeNaN();
    expect([Number.MIN_VALUE, -Number.MIN_VALUE].map(encode)).toEqual([0, 0x8000]);
  });
});
