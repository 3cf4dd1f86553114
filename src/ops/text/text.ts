import { defineOp } from '../define.ts';
import { broadcast, same } from '../infer.ts';

export const stringConcat = defineOp('StringConcat', {
  doc: 'z = x followed by y, elementwise with broadcasting.',
  versions: {
    20: { inputs: 'X:T Y:T', outputs: 'Z:T', types: { T: 'string' } },
  },
  infer: broadcast,
});

export const stringSplit = defineOp('StringSplit', {
  doc: 'Each string split at a delimiter (or at runs of whitespace), rows padded with empty strings, and the number of parts.',
  versions: {
    20: {
      inputs: 'X:T1',
      outputs: 'Y:T2 Z:T3',
      types: { T1: 'string', T2: 'string', T3: 'int64' },
      attributes: { delimiter: 'string', maxsplit: 'int' },
    },
  },
  infer: (c) => {
    const dims = c.shape(0);
    return [{ shape: dims && [...dims, undefined] }, { shape: dims }];
  },
});

export const stringNormalizer = defineOp('StringNormalizer', {
  doc: 'Removes stopwords and changes the case of the strings of [C] or [1, C].',
  versions: {
    10: {
      inputs: 'X:String',
      outputs: 'Y:String',
      types: { String: 'string' },
      attributes: { case_change_action: 'string=NONE', is_case_sensitive: 'int=0', locale: 'string', stopwords: 'strings' },
    },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    if (dims.length !== 1 && !(dims.length === 2 && (dims[0] === 1 || typeof dims[0] !== 'number'))) {
      c.fail('the input has a shape that is not allowed', '[C] or [1, C]', `[${dims.map((d) => d ?? '?').join(', ')}]`);
    }
    return [{ shape: dims.length === 1 ? [undefined] : [1, undefined] }];
  },
});

export const regexFullMatch = defineOp('RegexFullMatch', {
  doc: 'Whether the whole string matches a regular expression of RE2.',
  versions: {
    20: { inputs: 'X:T1', outputs: 'Y:T2', types: { T1: 'string', T2: 'bool' }, attributes: { pattern: 'string' } },
  },
  infer: same,
});

export const tfIdfVectorizer = defineOp('TfIdfVectorizer', {
  doc: 'Counts of the n-grams (with skips) of a pool in each row: as counts (TF), presence times weight (IDF), or their product (TFIDF).',
  versions: {
    9: {
      inputs: 'X:T',
      outputs: 'Y:T1',
      types: { T: 'int32 int64 string', T1: 'float32' },
      attributes: { max_gram_length: 'int!', max_skip_count: 'int!', min_gram_length: 'int!', mode: 'string!', ngram_counts: 'ints!', ngram_indexes: 'ints!', pool_int64s: 'ints', pool_strings: 'strings', weights: 'floats' },
    },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    if (dims.length > 2) c.fail('the input is neither a row nor a batch of rows', 'rank 0, 1 or 2', `rank ${dims.length}`);
    const width = c.attrs.ints('ngram_indexes').reduce((w, i) => Math.max(w, i + 1), 0);
    return [{ shape: dims.length === 2 ? [dims[0], width] : [width] }];
  },
});
