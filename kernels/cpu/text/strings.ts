/** StringConcat, StringSplit, StringNormalizer. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { broadcastDims, broadcastStrides, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, emitRaw, walk } from '../support/index.ts';

/** z = x followed by y, with broadcasting. */
export const stringConcat = implement(contracts.stringConcat, () => ([x, y]: [Tensor, Tensor], ctx) => {
  const dims = broadcastDims(x.dims, y.dims);
  const z = ctx.output(0, 'string', dims);
  const [a, b, out] = [x, y, z].map((t) => t.data as string[]);
  walk(dims, [broadcastStrides(x.dims, dims), broadcastStrides(y.dims, dims)], (i, p, q) => {
    out[i] = a[p] + b[q];
  });
  return [z];
});

/**
 * x: [...] -> the parts of each string [..., longest], short rows filled with '', and their number [...]. Without a
 * delimiter strings are split at runs of whitespace. `maxsplit` limits the cuts; what is left stays whole.
 */
export const stringSplit = implement(contracts.stringSplit, ({ attrs }) => {
  const delimiter = attrs.has('delimiter') ? attrs.string('delimiter') : '';
  const limit = attrs.has('maxsplit') ? attrs.int('maxsplit') : Infinity;
  const cuts = limit < 0 ? Infinity : limit;
  return ([x]: [Tensor], ctx) => {
    const rows = (x.data as string[]).map((text) => (delimiter === '' ? splitWords(text, cuts) : splitAtDelimiter(text, delimiter, cuts)));
    const longest = rows.reduce((n, row) => Math.max(n, row.length), 0);
    const parts = ctx.output(0, 'string', [...x.dims, longest]);
    const out = parts.data as string[];
    rows.forEach((row, i) => {
      for (let k = 0; k < longest; k++) out[i * longest + k] = row[k] ?? '';
    });
    return [parts, emitRaw(ctx, 1, 'int64', rows.map((row) => BigInt(row.length)), x.dims)];
  };
});

function splitAtDelimiter(text: string, delimiter: string, cuts: number): string[] {
  if (text === '') return [];
  const parts = text.split(delimiter);
  return parts.length <= cuts + 1 ? parts : [...parts.slice(0, cuts), parts.slice(cuts).join(delimiter)];
}

function splitWords(text: string, cuts: number): string[] {
  const words: string[] = [];
  let rest = text.trimStart(); // what is left after the last cut keeps its trailing whitespace
  while (rest !== '' && words.length < cuts) {
    const end = rest.search(/\s/);
    if (end < 0) break;
    words.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? words : [...words, rest];
}

/** x: [C] or [1, C] -> without the stopwords, in upper or lower case; one empty string when nothing is left. */
export const stringNormalizer = implement(contracts.stringNormalizer, ({ attrs }) => {
  // The locale names a C library locale (en_US); case mapping here is Unicode's, which differs in Turkish and Lithuanian only.
  const locale = attrs.has('locale') ? attrs.string('locale').replace(/[.@].*$/, '').replace('_', '-') : '';
  const mapping = /^(tr|az|lt)(-|$)/i.test(locale) ? locale : 'en';
  const lower = (text: string) => text.toLocaleLowerCase(mapping);
  const same = (text: string) => text;
  const upper = (text: string) => text.toLocaleUpperCase(mapping);
  const change = choose({ LOWER: lower, UPPER: upper, NONE: same }, attrs.string('case_change_action'), 'case_change_action');
  const key = attrs.int('is_case_sensitive') !== 0 ? same : lower;
  const stopwords = new Set((attrs.has('stopwords') ? attrs.strings('stopwords') : []).map(key));
  return ([x]: [Tensor], ctx) => {
    if (x.dims.length !== 1 && !(x.dims.length === 2 && x.dims[0] === 1)) {
      fail('E_SHAPE', 'the input has a shape that is not allowed', { expected: '[C] or [1, C]', found: `[${x.dims.join(', ')}]` });
    }
    const kept = (x.data as string[]).filter((text) => !stopwords.has(key(text))).map(change);
    if (kept.length === 0) kept.push('');
    return [emitRaw(ctx, 0, 'string', kept, x.dims.length === 1 ? [kept.length] : [1, kept.length])];
  };
});
