/** String operators beside onnxruntime: regular expressions and n-grams drawn at random. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRegex } from '../../kernels/cpu/text/re2.ts';
import { int64, Tensor } from '../../src/tensor/index.ts';
import { oneNode, runHere, runOrt, type OneNode } from '../../conformance/fuzz/beside-ort.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 60);

async function expectAsOrt(node: OneNode): Promise<void> {
  const { bytes, feeds } = oneNode(node);
  const plain = (results: Readonly<Record<string, Tensor>>) => Object.entries(results).map(([name, t]) => [name, t.type, [...t.dims], Array.from(t.data as ArrayLike<unknown>)]);
  expect(plain(await runHere(bytes, feeds))).toEqual(plain(await runOrt(bytes, feeds)));
}

const strings = (texts: readonly string[], dims: readonly number[] = [texts.length]) => new Tensor('string', [...texts], dims);

describe('RegexFullMatch', () => {
  const character = fc.constantFrom('a', 'b', 'c', 'A', '0', '1', ' ', '-', '\n', 'é', '中', '😀', 'K', '.');
  const atom = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'A', '0', '\\.', 'é', '中', '😀', '.', '\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '[a-c]', '[^a-c]', '[[:alpha:]]', '[[:^digit:]0]', '[\\d-]', '\\pL', '\\p{Greek}', '\\P{Lu}', '\\x41', '\\x{4e2d}', '\\n', '^', '$', '\\b', '\\B', '\\A', '\\z', '\\Qa.b\\E', '[]a]', '[a\\]-]'),
  );
  const pattern: fc.Arbitrary<string> = fc.letrec<{ choice: string; sequence: string; item: string; atom: string }>((tie) => ({
    choice: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((s) => s.join('|')),
    sequence: fc.array(tie('item'), { maxLength: 4 }).map((s) => s.join('')),
    item: fc.tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{1,3}', '{0,}', '{,2}')).map((s) => s.join('')),
    atom: fc.oneof({ weight: 4, arbitrary: atom }, { weight: 1, arbitrary: fc.tuple(fc.constantFrom('(', '(?:', '(?i:', '(?s:', '(?m:', '(?P<n>', '(?-i:'), tie('choice')).map(([open, inner]) => `${open}${inner})`) }),
  })).choice.filter((p) => p.length < 60); // RE2 gives up on machines that need more than 8 MB

  test('random expressions match what RE2 matches', () => fc.assert(fc.asyncProperty(
    fc.constantFrom('', '', '(?i)', '(?s)', '(?m)'), pattern, fc.array(fc.array(character, { maxLength: 6 }).map((c) => c.join('')), { minLength: 20, maxLength: 20 }),
    async (flags, source, texts) => {
      await expectAsOrt({ opType: 'RegexFullMatch', opset: 20, inputs: [strings(texts)], attributes: { pattern: flags + source }, outputs: ['bool'] });
    },
  ), { numRuns: RUNS * 3, seed: 7, endOnFailure: true }));

  test.each(['(', ')', 'a**', '*a', '[b-a]', '\\1', '(?=a)', '(?<!a)', '\\p{Nonsense}', 'a{1001}', '[', '\\', '(?z)', '\\x{110000}', '\\Z', 'x{3,2}'])('%s is refused', (source) => {
    expect(() => compileRegex(source)).toThrow(expect.objectContaining({ code: 'E_ATTRIBUTE' }));
  });

  test('a pattern that would need a huge machine is refused', () => {
    expect(() => compileRegex('((a{1000}){1000}){1000}')).toThrow(expect.objectContaining({ code: 'E_LIMIT' }));
    expect(() => compileRegex('('.repeat(5000))).toThrow(expect.objectContaining({ code: 'E_ATTRIBUTE' }));
  });

  test('patterns that make backtracking engines explode take linear time', () => {
    const began = performance.now();
    expect(compileRegex('(a*)*b')('a'.repeat(20_000))).toBe(false);
    expect(compileRegex('(a|a)*(a|aa)+$')('a'.repeat(20_000))).toBe(true);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

test('StringConcat broadcasts', () => expectAsOrt({ opType: 'StringConcat', opset: 20, inputs: [strings(['a', 'b', 'é'], [3, 1]), strings(['', 'x'], [2])], outputs: ['string'] }));

test('StringSplit', () => fc.assert(fc.asyncProperty(
  fc.array(fc.array(fc.constantFrom('a', 'b', ' ', '  ', ',', ',,', '\t'), { maxLength: 6 }).map((c) => c.join('')), { minLength: 1, maxLength: 4 }),
  fc.constantFrom(undefined, ',', ',,', 'a'), fc.constantFrom(undefined, 0, 1, 2),
  async (drawn, delimiter, maxsplit) => {
    // Without a delimiter the rest keeps its trailing whitespace, as Python's split does; onnxruntime drops spaces but keeps tabs.
    const texts = delimiter === undefined ? drawn.map((t) => t.replaceAll('\t', ' ').trimEnd()) : drawn;
    const attributes = { ...(delimiter !== undefined && { delimiter }), ...(maxsplit !== undefined && { maxsplit }) };
    await expectAsOrt({ opType: 'StringSplit', opset: 20, inputs: [strings(texts)], attributes, outputs: ['string', 'int64'] });
  },
), { numRuns: RUNS, seed: 7, endOnFailure: true }));

test('StringNormalizer', () => fc.assert(fc.asyncProperty(
  fc.array(fc.constantFrom('Monday', 'monday', 'TUESDAY', 'x1', ''), { minLength: 1, maxLength: 6 }),
  fc.subarray(['monday', 'Tuesday', 'x']), fc.constantFrom('LOWER', 'UPPER', 'NONE'), fc.integer({ min: 0, max: 1 }),
  async (texts, stopwords, action, sensitive) => {
    const attributes = { case_change_action: action, is_case_sensitive: sensitive, locale: 'C.UTF-8', ...(stopwords.length > 0 && { stopwords }) };
    await expectAsOrt({ opType: 'StringNormalizer', opset: 10, inputs: [strings(texts)], attributes, outputs: ['string'] });
  },
), { numRuns: RUNS, seed: 7, endOnFailure: true }));

test('TfIdfVectorizer', () => fc.assert(fc.asyncProperty(
  fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 5 }),
  fc.constantFrom('TF', 'IDF', 'TFIDF'), fc.boolean(), fc.boolean(),
  async (row, min, more, skips, mode, words, batch) => {
    const pool = [0, 1, 2, 3, 0, 1, 1, 2, 3, 3, 4, 2, 0, 1, 2, 3, 3, 3];
    const max = Math.min(3, min + more - 1);
    const name = (n: number) => `w${n}`;
    const items = batch ? [...row, ...row.slice().reverse()] : row;
    const dims = batch ? [2, row.length] : [row.length];
    const attributes = {
      mode, min_gram_length: min, max_gram_length: max, max_skip_count: skips, ngram_counts: [0, 4, 12], ngram_indexes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      ...(words ? { pool_strings: pool.map(name) } : { pool_int64s: pool }), weights: [0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9.5],
    };
    await expectAsOrt({ opType: 'TfIdfVectorizer', opset: 9, inputs: [words ? strings(items.map(name), dims) : int64(items, dims)], attributes, outputs: ['float32'] });
  },
), { numRuns: RUNS, seed: 7, endOnFailure: true }));
