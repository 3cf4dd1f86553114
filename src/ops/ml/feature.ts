import { defineOp } from '../define.ts';

export const arrayFeatureExtractor = defineOp('ArrayFeatureExtractor', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: { inputs: 'X:T Y:Int64', outputs: 'Z:T', types: { T: 'float32 float64 int32 int64 string', Int64: 'int64' } },
  },
});

export const binarizer = defineOp('Binarizer', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'float32 float64 int32 int64' }, attributes: { threshold: 'float=0' } },
  },
});

export const castMap = defineOp('CastMap', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2',
      types: { T1: 'map(int64, string) map(int64, float32)', T2: 'float32 int64 string' },
      attributes: { cast_to: 'string=TO_FLOAT', map_form: 'string=DENSE', max_map: 'int=1' },
    },
  },
});

export const categoryMapper = defineOp('CategoryMapper', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2',
      types: { T1: 'int64 string', T2: 'int64 string' },
      attributes: { cats_int64s: 'ints', cats_strings: 'strings', default_int64: 'int=-1', default_string: 'string=_Unused' },
    },
  },
});

export const dictVectorizer = defineOp('DictVectorizer', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2',
      types: { T1: 'map(string, int64) map(int64, string) map(int64, float32) map(int64, float64) map(string, float32) map(string, float64)', T2: 'float32 float64 int64 string' },
      attributes: { int64_vocabulary: 'ints', string_vocabulary: 'strings' },
    },
  },
});

export const featureVectorizer = defineOp('FeatureVectorizer', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X*:T1',
      outputs: 'Y:Float',
      types: { T1: 'float32 float64 int32 int64', Float: 'float32' },
      attributes: { inputdimensions: 'ints' },
    },
  },
});

export const imputer = defineOp('Imputer', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'float32 float64 int32 int64' },
      attributes: { imputed_value_floats: 'floats', imputed_value_int64s: 'ints', replaced_value_float: 'float=0', replaced_value_int64: 'int=0' },
    },
  },
});

export const labelEncoder = defineOp('LabelEncoder', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2',
      types: { T1: 'int64 string', T2: 'int64 string' },
      attributes: { classes_strings: 'strings', default_int64: 'int=-1', default_string: 'string=_Unused' },
    },
    2: {
      types: { T1: 'float32 int64 string', T2: 'float32 int64 string' },
      attributes: { default_float: 'float=0', keys_floats: 'floats', keys_int64s: 'ints', keys_strings: 'strings', values_floats: 'floats', values_int64s: 'ints', values_strings: 'strings' },
      without: ['classes_strings'],
    },
    4: {
      types: { T1: 'float32 float64 int16 int32 int64 string', T2: 'float32 float64 int16 int32 int64 string' },
      attributes: { default_tensor: 'tensor', keys_tensor: 'tensor', values_tensor: 'tensor' },
    },
  },
});

export const normalizer = defineOp('Normalizer', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:Float', types: { T: 'float32 float64 int32 int64', Float: 'float32' }, attributes: { norm: 'string=MAX' } },
  },
});

export const oneHotEncoder = defineOp('OneHotEncoder', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:Float',
      types: { T: 'float32 float64 int32 int64 string', Float: 'float32' },
      attributes: { cats_int64s: 'ints', cats_strings: 'strings', zeros: 'int=1' },
    },
  },
});

export const scaler = defineOp('Scaler', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:Float',
      types: { T: 'float32 float64 int32 int64', Float: 'float32' },
      attributes: { offset: 'floats', scale: 'floats' },
    },
  },
});

export const zipMap = defineOp('ZipMap', {
  doc: 'TODO',
  domain: 'ai.onnx.ml',
  versions: {
    1: {
      inputs: 'X:Float',
      outputs: 'Z:T',
      types: { T: 'seq(map(string, float32) map(int64, float32))', Float: 'float32' },
      attributes: { classlabels_int64s: 'ints', classlabels_strings: 'strings' },
    },
  },
});
