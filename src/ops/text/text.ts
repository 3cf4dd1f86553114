import { defineOp } from '../define.ts';

export const stringConcat = defineOp('StringConcat', {
  doc: 'TODO',
  versions: {
    20: { inputs: 'X:T Y:T', outputs: 'Z:T', types: { T: 'string' } },
  },
});

export const stringSplit = defineOp('StringSplit', {
  doc: 'TODO',
  versions: {
    20: {
      inputs: 'X:T1',
      outputs: 'Y:T2 Z:T3',
      types: { T1: 'string', T2: 'string', T3: 'int64' },
      attributes: { delimiter: 'string', maxsplit: 'int' },
    },
  },
});

export const stringNormalizer = defineOp('StringNormalizer', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'X:String',
      outputs: 'Y:String',
      types: { String: 'string' },
      attributes: { case_change_action: 'string=NONE', is_case_sensitive: 'int=0', locale: 'string', stopwords: 'strings' },
    },
  },
});

export const regexFullMatch = defineOp('RegexFullMatch', {
  doc: 'TODO',
  versions: {
    20: { inputs: 'X:T1', outputs: 'Y:T2', types: { T1: 'string', T2: 'bool' }, attributes: { pattern: 'string' } },
  },
});

export const tfIdfVectorizer = defineOp('TfIdfVectorizer', {
  doc: 'TODO',
  versions: {
    9: {
      inputs: 'X:T',
      outputs: 'Y:T1',
      types: { T: 'int32 int64 string', T1: 'float32' },
      attributes: { max_gram_length: 'int!', max_skip_count: 'int!', min_gram_length: 'int!', mode: 'string!', ngram_counts: 'ints!', ngram_indexes: 'ints!', pool_int64s: 'ints', pool_strings: 'strings', weights: 'floats' },
    },
  },
});
