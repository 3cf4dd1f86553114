import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  f32, rint, saturate, truncateToInt32, truncateToInt64, truncateToUint32, truncateToUint64,
} from '../../src/numeric/index.ts';
import { above, below } from './neighbours.ts';

test('rint ties go to the even neighbour, at every magnitude that has ties', () => {
  const starts = [0, 1, 2, 3, 254, 255, 32767, 2 ** 23 - 3, 2 ** 31 - 1, 2 ** 32, 2 ** 50, 2 ** 51 - 4];
  for (const start of starts) {
    for (let n = start; n < start + 4; n++) {
      const even = n % 2 === 0 ? n : n + 1;
      expect(rint(n + 0.5)).toBe(even);
      expect(rint(-(n + 0.5))).toBe(-even);
      expect(rint(below(n + 0.5))).toBe(n);
      expect(rint(above(n + 0.5))).toBe(n + 1);
      expect(rint(n)).toBe(n);
    }
  }
});

test('rint keeps the sign of zero, large numbers, infinities and NaN', () => {
  for (const x of [0, -0, 2 ** 51, 2 ** 52 + 1, 2 ** 53 - 1, 1e300, Infinity, -Infinity, NaN]) expect(rint(x)).toBe(x);
  expect(rint(-0.5)).toBe(-0);
  expect(rint(-0.3)).toBe(-0);
  expect(rint(2 ** 51 + 0.5)).toBe(2 ** 51);
  expect(rint(-(2 ** 51) - 1.5)).toBe(-(2 ** 51) - 2);
  expect(rint(2 ** 52 - 0.5)).toBe(2 ** 52);
});

test('rint is the nearest integer, and even when two are as near', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
    const r = rint(x);
    const gap = Math.abs(r - x);
    return Number.isInteger(r) && gap <= 0.5 && (gap < 0.5 || r % 2 === 0) && rint(-x) === -r;
  }), { numRuns: 20_000 });
});

test('one float32 step of + * / through doubles is the correctly rounded one', () => {
  // The exact result of two float32 operands, from integer arithmetic, rounded once.
  const nearest = (numerator: bigint, denominator: bigint): number => {
    let shift = 0;
    let n = numerator < 0n ? -numerator : numerator;
    // Scale so that the quotient has 24 bits or a few more, then round half to even on the remainder.
    while (n / denominator < 1n << 25n) { n <<= 1n; shift--; }
    while (n / denominator >= 1n << 24n) { denominator <<= 1n; shift++; }
    let q = n / denominator;
    const rest = n % denominator * 2n;
    if (rest > denominator || (rest === denominator && q % 2n === 1n)) q += 1n;
    return (numerator < 0n ? -1 : 1) * Number(q) * 2 ** shift;
  };
  const operand = fc.integer({ min: 1, max: 2 ** 24 - 1 });
  fc.assert(fc.property(operand, operand, fc.integer({ min: -20, max: 20 }), (a, b, e) => {
    const x = a * 2 ** e, y = b;
    const up = (v: number) => BigInt(v * 2 ** 20);
    expect(f32(x * y)).toBe(nearest(up(x) * up(y), 1n << 40n));
    expect(f32(x / y)).toBe(nearest(up(x), up(y)));
    expect(f32(x + y)).toBe(nearest(up(x) + up(y), 1n << 20n));
  }), { numRuns: 5_000 });
});

test('saturate clamps, and takes NaN to the lower bound', () => {
  expect([-1e9, -129, -128, 0, 127, 128, Infinity, -Infinity, NaN].map((x) => saturate(x, -128, 127))).toEqual([-128, -128, -128, 0, 127, 127, 127, -128, -128]);
});

test('floats truncate to integers, and give what x86 gives beyond their range', () => {
  expect([1.9, -1.9, 2147483647.9, -2147483648.9, 2147483648, NaN, Infinity].map(truncateToInt32)).toEqual([1, -1, 2147483647, -2147483648, -2147483648, -2147483648, -2147483648]);
  expect([1.9, 2147483648.5, 4294967295.5, -1, -1.9].map(truncateToUint32)).toEqual([1, 2147483648, 4294967295, 4294967295, 4294967295]);
  expect([1.9, -1.9, 2 ** 62, 2 ** 63, NaN, -Infinity].map(truncateToInt64)).toEqual([1n, -1n, 2n ** 62n, -(2n ** 63n), -(2n ** 63n), -(2n ** 63n)]);
  expect([1.9, 2 ** 63, below(2 ** 64), -1].map(truncateToUint64)).toEqual([1n, 2n ** 63n, 2n ** 64n - 2048n, 2n ** 64n - 1n]);
});
