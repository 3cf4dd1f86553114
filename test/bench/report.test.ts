/** The benchmark's judgements and pages, on results that are made up. */
import { expect, test } from 'vitest';
import { claims } from '../../bench/check.ts';
import { difference } from '../../bench/measure.ts';
import { reportHtml } from '../../bench/report/html.ts';
import { rowText } from '../../bench/report/text.ts';
import { mismatches, type Report, type Result, type Timing } from '../../bench/result.ts';
import { KERNEL_ROWS, MODEL_ROWS } from '../../bench/rows/index.ts';
import { NEVER_SLOWER, OF_CEILING, TARGETS, TWO_THREADS } from '../../bench/targets.ts';

const timing = (contender: string, median: number, difference = 0): Timing => ({ contender, median, min: median, quartiles: [median, median], samples: 9, difference });
const result = (name: string, ...timings: Timing[]): Result => {
  const { make: _, ...row } = [...KERNEL_ROWS, ...MODEL_ROWS].find((r) => r.name === name)!;
  return { row, timings, absent: [{ contender: 'ort-node', reason: 'is <not> here' }] };
};
const ROW = 'QLinearMatMul uint8 int8 128x1024x1024';
const report = (...results: Result[]): Report => ({
  machine: { node: 'any' }, date: '2026-01-01', results,
  ceilings: { 'i16 dot': 80, 'i8 dot': NaN, 'i32 dot': NaN, 'f32 mul+add': 40, 'f32 madd': NaN, read: 20, write: 10 },
});

test('rows have names of their own, and every promise names a row', () => {
  const names = [...KERNEL_ROWS, ...MODEL_ROWS].map((r) => r.name);
  expect(new Set(names).size).toBe(names.length);
  const promised = [...Object.keys(TARGETS), ...NEVER_SLOWER.flat(), ...Object.keys(OF_CEILING), ...TWO_THREADS.rows];
  expect(promised.filter((p) => !names.includes(p) && !p.startsWith('cold start'))).toEqual([]);
});

test('differences: relative to the largest magnitude, infinite where only one side is a number', () => {
  expect(difference([1, -4, 2], [1, -4, 2])).toBe(0);
  expect(difference([1, -4, 2], [1, -3, 2])).toBe(0.25);
  expect(difference([NaN, Infinity, 0], [NaN, Infinity, -0])).toBe(0);
  expect(difference([NaN, 1], [0, 1])).toBe(Infinity);
  expect(difference([1, 1], [1, Infinity])).toBe(Infinity);
  expect(difference([1], [1, 2])).toBe(Infinity);
});

test('a wrong result is loud', () => {
  const wrong = result(ROW, timing('cpu', 9), timing('wasm simd128', 1), timing('ort-web', 3, 0.01));
  expect(mismatches(wrong).map((t) => t.contender)).toEqual(['ort-web']);
  expect(rowText(wrong, report().ceilings)).toContain('RESULTS DIFFER: ort-web by 1.0e-2');
  expect(reportHtml(report(wrong))).toContain('Results differ in 1 of 1 rows');
  expect(mismatches(result(ROW, timing('wasm simd128', 1, NaN)))).toHaveLength(1);
});

test('claims: ratios to onnxruntime-web, quantized beside float, ceilings, threads', () => {
  const list = claims(report(
    result(ROW, timing('wasm simd128', 4), timing('wasm simd128 x2', 2), timing('ort-web', 5.6)),
    result('BERT-like int8', timing('wasm simd128', 10), timing('ort-web', 11)), result('BERT-like float32', timing('wasm simd128', 9)),
  ));
  expect(list.map((c) => [c.name, c.measured, c.holds])).toEqual([
    [`${ROW}, wasm simd128`, '1.40x (fastest: 1.40x)', true], ['BERT-like int8, wasm simd128', '1.10x (fastest: 1.10x)', false],
    ['BERT-like int8, wasm simd128', '10.00 against 9.00 ms (fastest: 10.00 against 9.00)', false],
    [`${ROW}, wasm simd128`, '84 %', false], [`${ROW}, wasm simd128`, '2.00x', true],
  ]);
});

test('the page stands alone, draws a roofline for each kernel, and escapes what it shows', () => {
  const page = reportHtml(report(result(ROW, timing('cpu', 90), timing('wasm simd128', 4), timing('ort-web', 5)), result('QuantizeLinear 1048576', timing('wasm simd128', 1))));
  expect(page).not.toMatch(/<(script|link|img)|https?:/);
  expect(page.match(/aria-label="Roofline of (\w+)"/g)).toHaveLength(2);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
  expect(page).toContain('is &lt;not&gt; here');
});
