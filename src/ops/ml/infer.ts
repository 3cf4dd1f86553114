/** Shape and type inference of ai.onnx.ml. Many outputs have the type that an attribute's presence chooses. */
import type { Dim, DType, ValueType } from '../../tensor/index.ts';
import type { InferContext, Inferred, InferFunction } from '../define.ts';

/** Entries of a list attribute that may be missing. */
function count(c: InferContext, name: string): number {
  if (!c.attrs.has(name)) return 0;
  const kind = c.version.attributes.get(name)?.kind;
  return kind === 'strings' ? c.attrs.strings(name).length : kind === 'floats' ? c.attrs.floats(name).length : c.attrs.ints(name).length;
}

/** Rows of [N, C]; a vector [C] is a single row. */
function rows(c: InferContext, i = 0): Dim {
  const x = c.shape(i);
  if (x === undefined) return undefined;
  if (x.length > 2 || x.length === 0) return c.fail('the input must be [N, C] or [C]', 'rank 1 or 2', `rank ${x.length}`);
  return x.length === 1 ? 1 : x[0];
}

const labelType = (c: InferContext, strings: string): DType => (count(c, strings) > 0 ? 'string' : 'int64');

/** A label a row, and `columns` scores a row. */
function classifier(c: InferContext, strings: string, columns: Dim): Inferred[] {
  const n = rows(c);
  const known = c.shape(0) !== undefined;
  return [{ dtype: labelType(c, strings), shape: known ? [n] : undefined }, { shape: known ? [n, columns] : undefined }];
}

const regressor = (c: InferContext, targets: Dim): Inferred[] => [{ shape: c.shape(0) && [rows(c), targets] }];

export const inferLinearRegressor: InferFunction = (c) => regressor(c, c.attrs.int('targets'));
export const inferSvmRegressor: InferFunction = (c) => regressor(c, 1);
export const inferTreeRegressor: InferFunction = (c) => regressor(c, c.attrs.has('n_targets') ? c.attrs.int('n_targets') : 1);

export const inferLinearClassifier: InferFunction = (c) => {
  const labels = Math.max(count(c, 'classlabels_ints'), count(c, 'classlabels_strings'));
  const targets = count(c, 'intercepts') || Math.max(labels, 1);
  return classifier(c, 'classlabels_strings', targets === 1 && labels === 2 ? 2 : targets);
};

export const inferSvmClassifier: InferFunction = (c) => {
  const classes = Math.max(count(c, 'classlabels_ints'), count(c, 'classlabels_strings'), 1);
  const paired = count(c, 'vectors_per_class') > 0 && count(c, 'prob_a') === 0 && classes > 2;
  return classifier(c, 'classlabels_strings', paired ? (classes * (classes - 1)) / 2 : classes);
};

export const inferTreeClassifier: InferFunction = (c) =>
  classifier(c, 'classlabels_strings', Math.max(count(c, 'classlabels_int64s'), count(c, 'classlabels_strings'), 1));

export const inferTreeEnsemble: InferFunction = (c) => {
  const targets = c.attrs.has('n_targets') ? c.attrs.int('n_targets') : Math.max(...c.attrs.ints('leaf_targetids').map((t) => t + 1), 1);
  return regressor(c, targets);
};

export const inferExtractor: InferFunction = (c) => {
  const x = c.shape(0), y = c.shape(1);
  if (x === undefined || y === undefined) return [];
  const picks = y.every((d) => typeof d === 'number') ? (y as number[]).reduce((a, b) => a * b, 1) : y.length === 1 ? y[0] : undefined;
  return [{ shape: x.length <= 1 ? [1, picks] : [...x.slice(0, -1), picks] }];
};

export const inferFeatureVectorizer: InferFunction = (c) => {
  const given = c.attrs.has('inputdimensions') ? c.attrs.ints('inputdimensions') : [];
  let width: Dim = 0;
  for (let i = 0; i < c.inputCount; i++) {
    const own = given[i] ?? c.shape(i)?.at(-1);
    width = typeof width === 'number' && typeof own === 'number' ? width + own : undefined;
  }
  return [{ shape: c.shape(0) && [rows(c), width] }];
};

export const inferOneHot: InferFunction = (c) => {
  const x = c.shape(0);
  return [{ shape: x && [...x, Math.max(count(c, 'cats_int64s'), count(c, 'cats_strings'))] }];
};

/** Strings become integers, and integers strings. */
const turned = (c: InferContext): DType | undefined => (c.dtype(0) === undefined ? undefined : c.dtype(0) === 'string' ? 'int64' : 'string');

export const inferTurned: InferFunction = (c) => [{ dtype: turned(c), shape: c.shape(0) }];

export const inferLabelEncoder: InferFunction = (c) => {
  const { attrs } = c;
  const dtype = c.version.since === 1 ? turned(c)
    : attrs.has('values_tensor') ? attrs.tensor('values_tensor').type
    : attrs.has('values_strings') ? 'string' : attrs.has('values_int64s') ? 'int64' : attrs.has('values_floats') ? 'float32' : undefined;
  return [{ dtype, shape: c.shape(0) }];
};

const CASTS: Readonly<Record<string, DType>> = { TO_FLOAT: 'float32', TO_INT64: 'int64', TO_STRING: 'string' };

export const inferCastMap: InferFunction = (c) => [
  { dtype: CASTS[c.attrs.string('cast_to')], shape: [1, c.attrs.string('map_form') === 'SPARSE' ? c.attrs.int('max_map') : undefined] },
];

export const inferDictVectorizer: InferFunction = (c) => {
  const map = c.input(0);
  const dtype = map?.kind === 'map' && map.value.kind === 'tensor' ? map.value.dtype : undefined;
  return [{ dtype, shape: [1, Math.max(count(c, 'int64_vocabulary'), count(c, 'string_vocabulary'))] }];
};

export const inferZipMap: InferFunction = (c) => {
  const type: ValueType = {
    kind: 'sequence', elem: { kind: 'map', key: labelType(c, 'classlabels_strings'), value: { kind: 'tensor', dtype: 'float32', shape: [] } },
  };
  return [{ type }];
};
