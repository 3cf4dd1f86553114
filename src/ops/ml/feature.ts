import { defineOp } from '../define.ts';
import { same } from '../infer.ts';
import {
  inferCastMap, inferDictVectorizer, inferExtractor, inferFeatureVectorizer, inferLabelEncoder, inferOneHot, inferTurned, inferZipMap,
} from './infer.ts';

export const arrayFeatureExtractor = defineOp('ArrayFeatureExtractor', {
  doc: 'Z[..., j] = X[..., Y[j]]: picks entries of the last axis.',
  domain: 'ai.onnx.ml',
  infer: inferExtractor,
  versions: {
    1: { inputs: 'X:T Y:Int64', outputs: 'Z:T', types: { T: 'float32 float64 int32 int64 string', Int64: 'int64' } },
  },
});

export const binarizer = defineOp('Binarizer', {
  doc: 'y = 1 where x > threshold, 0 elsewhere.',
  domain: 'ai.onnx.ml',
  infer: same,
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'float32 float64 int32 int64' }, attributes: { threshold: 'float=0' } },
  },
});

export const castMap = defineOp('CastMap', {
  doc: 'y = the values of a map as a row, in the order of their keys, converted by `cast_to`.',
  domain: 'ai.onnx.ml',
  infer: inferCastMap,
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
  doc: 'y = the integer beside a string, or the string beside an integer, in two parallel lists.',
  domain: 'ai.onnx.ml',
  infer: inferTurned,
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
  doc: "y[j] = the map's value for entry j of a vocabulary, 0 where it has none.",
  domain: 'ai.onnx.ml',
  infer: inferDictVectorizer,
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
  doc: 'y = the columns of all inputs side by side.',
  domain: 'ai.onnx.ml',
  infer: inferFeatureVectorizer,
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
  doc: 'y = x with a given value (NaN among them) replaced, column by column.',
  domain: 'ai.onnx.ml',
  infer: same,
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
  doc: 'y = the value that stands beside the key x in two parallel lists.',
  domain: 'ai.onnx.ml',
  infer: inferLabelEncoder,
  versions: {
    1: {
      inputs: 'X:T1',
      outputs: 'Y:T2',
      types: { T1: 'int64 string', T2: 'int64 string' },
      attributes: { classes_strings: 'strings', default_int64: 'int=-1', default_string: 'string=_Unused' },
    },
    2: {
      types: { T1: 'float32 int64 string', T2: 'float32 int64 string' },
      attributes: { default_float: 'float=-0', keys_floats: 'floats', keys_int64s: 'ints', keys_strings: 'strings', values_floats: 'floats', values_int64s: 'ints', values_strings: 'strings' },
      without: ['classes_strings'],
    },
    4: {
      types: { T1: 'float32 float64 int16 int32 int64 string', T2: 'float32 float64 int16 int32 int64 string' },
      attributes: { default_tensor: 'tensor', keys_tensor: 'tensor', values_tensor: 'tensor' },
    },
  },
});

export const normalizer = defineOp('Normalizer', {
  doc: 'y = x / norm of its row, where norm is MAX, L1 or L2.',
  domain: 'ai.onnx.ml',
  infer: same,
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:Float', types: { T: 'float32 float64 int32 int64', Float: 'float32' }, attributes: { norm: 'string=MAX' } },
  },
});

export const oneHotEncoder = defineOp('OneHotEncoder', {
  doc: 'y[..., j] = 1 where x equals category j, 0 elsewhere.',
  domain: 'ai.onnx.ml',
  infer: inferOneHot,
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
  doc: 'y = (x - offset) * scale, column by column.',
  domain: 'ai.onnx.ml',
  infer: same,
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
  doc: 'Z[n] = a map from class label to score x[n, label].',
  domain: 'ai.onnx.ml',
  infer: inferZipMap,
  versions: {
    1: {
      inputs: 'X:Float',
      outputs: 'Z:T',
      types: { T: 'seq(map(string, float32) map(int64, float32))', Float: 'float32' },
      attributes: { classlabels_int64s: 'ints', classlabels_strings: 'strings' },
    },
  },
});
