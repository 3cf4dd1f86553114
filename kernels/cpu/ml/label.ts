/** Operators that look elements up in a table, and those between maps and tensors. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, isTensor, Tensor, type DType, type OnnxMap, type Sequence, type Value, type ValueType } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, emitRaw } from '../support/index.ts';
import { bigInt, bigInts, floatsOf, labelsOf, stringsOf } from './inputs.ts';

type Entry = string | bigint | number;

/** A list of one element type. */
interface Column {
  readonly dtype: DType;
  readonly entries: readonly Entry[];
}

/** Output 0: each element of x looked up in the table. */
function lookUp(ctx: KernelContext, x: Tensor, table: ReadonlyMap<Entry, Entry>, dtype: DType, otherwise: Entry): Tensor {
  const source = x.data as ArrayLike<Entry>;
  const found = new Array<Entry>(x.size);
  for (let i = 0; i < x.size; i++) found[i] = table.get(source[i]) ?? otherwise;
  return emitRaw(ctx, 0, dtype, found as number[], x.dims);
}

/** A table in which a repeated key keeps its last value. JavaScript's maps treat all NaNs as one key and both zeros too. */
function tableOf(keys: readonly Entry[], values: readonly Entry[]): Map<Entry, Entry> {
  if (keys.length !== values.length) {
    fail('E_ATTRIBUTE', 'keys and values differ in number', { expected: String(keys.length), found: String(values.length) });
  }
  return new Map(keys.map((key, i) => [key, values[i]]));
}

function column(placed: PlacedNode, prefix: 'keys' | 'values'): Column {
  const { attrs } = placed;
  const name = (suffix: string) => `${prefix}_${suffix}`;
  if (attrs.has(name('tensor'))) {
    const tensor = attrs.tensor(name('tensor'));
    return { dtype: tensor.type, entries: Array.from(tensor.data as ArrayLike<Entry>) };
  }
  if (attrs.has(name('strings'))) return { dtype: 'string', entries: stringsOf(placed, name('strings')) };
  if (attrs.has(name('int64s'))) return { dtype: 'int64', entries: bigInts(placed, name('int64s')) };
  if (attrs.has(name('floats'))) return { dtype: 'float32', entries: floatsOf(placed, name('floats')).map(f32) };
  return fail('E_ATTRIBUTE', `LabelEncoder needs ${prefix}`);
}

/** What an unknown key is mapped to, for values of a type. */
function defaultEntry(placed: PlacedNode, dtype: DType): Entry {
  const { attrs } = placed;
  if (attrs.has('default_tensor')) return (attrs.tensor('default_tensor').data as ArrayLike<Entry>)[0];
  if (dtype === 'string') return attrs.string('default_string');
  if (dtype === 'int64') return bigInt(placed, 'default_int64', BigInt(attrs.int('default_int64')));
  return dtype === 'float32' || dtype === 'float64' ? f32(attrs.float('default_float')) : -1;
}

/** y = the value that belongs to the key x. The first version maps strings to their places in `classes_strings`, and back. */
export const labelEncoder = implement(contracts.labelEncoder, (placed) => {
  if (placed.version.since === 1) return between(placed, stringsOf(placed, 'classes_strings'), undefined);
  const keys = column(placed, 'keys'), values = column(placed, 'values');
  const table = tableOf(keys.entries, values.entries);
  const otherwise = defaultEntry(placed, values.dtype);
  return ([x]: [Tensor], ctx: KernelContext) => {
    if (x.type !== keys.dtype) fail('E_TYPE', 'the input must have the type of the keys', { expected: keys.dtype, found: x.type });
    return [lookUp(ctx, x, table, values.dtype, otherwise)];
  };
});

/** Strings to integers and integers to strings, by position unless `ints` are given. */
function between(placed: PlacedNode, strings: readonly string[], ints: readonly bigint[] | undefined) {
  const numbers = ints ?? strings.map((_, i) => BigInt(i));
  const toInt = tableOf(strings, numbers), toString = tableOf(numbers, strings);
  const otherInt = bigInt(placed, 'default_int64', -1n), otherString = placed.attrs.string('default_string');
  return ([x]: [Tensor], ctx: KernelContext) =>
    [x.type === 'string' ? lookUp(ctx, x, toInt, 'int64', otherInt) : lookUp(ctx, x, toString, 'string', otherString)];
}

/** y = the integer beside the string x, or the string beside the integer. */
export const categoryMapper = implement(contracts.categoryMapper, (placed) =>
  between(placed, stringsOf(placed, 'cats_strings'), bigInts(placed, 'cats_int64s')));

/** The single element of a value of a map. */
function elementOf(value: Value | undefined): Entry | undefined {
  return isTensor(value) ? (value.data as ArrayLike<Entry>)[0] : undefined;
}

/** y [1, n] = the values of a map in the order of a vocabulary; zero or '' where the map has no such key. */
export const dictVectorizer = implement(contracts.dictVectorizer, (placed) => {
  const vocabulary: readonly (string | bigint)[] = labelsOf(placed, 'int64_vocabulary', 'string_vocabulary');
  return ([x]: [OnnxMap], ctx) => {
    if (x.value.kind !== 'tensor') fail('E_TYPE', 'the map must hold single elements');
    const { dtype } = x.value;
    const nothing = dtype === 'string' ? '' : dtype === 'int64' ? 0n : 0;
    return [emitRaw(ctx, 0, dtype, vocabulary.map((key) => elementOf(x.entries.get(key)) ?? nothing) as number[], [1, vocabulary.length])];
  };
});

const CASTS: Readonly<Record<string, { readonly dtype: DType; readonly pad: Entry; readonly cast: (v: Entry) => Entry }>> = {
  TO_FLOAT: { dtype: 'float32', pad: 0, cast: Number },
  TO_INT64: { dtype: 'int64', pad: 0n, cast: (v) => BigInt(Math.trunc(Number(v))) },
  TO_STRING: { dtype: 'string', pad: '0.f', cast: String },
};

/**
 * y [1, n] = the values of a map in the order of their keys: DENSE packs them, SPARSE puts each at the place its key names
 * among `max_map` entries.
 */
export const castMap = implement(contracts.castMap, ({ attrs }) => {
  const rule = choose(CASTS, attrs.string('cast_to'), 'cast_to');
  const dense = choose({ DENSE: true, SPARSE: false }, attrs.string('map_form'), 'map_form');
  const room = attrs.int('max_map');
  return ([x]: [OnnxMap], ctx) => {
    const entries = [...x.entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const count = dense ? entries.length : room;
    const y = ctx.output(0, rule.dtype, [1, count]);
    const out = y.data as unknown as Entry[];
    for (let i = 0; i < count; i++) out[i] = rule.pad;
    entries.forEach(([key, value], i) => {
      const at = dense ? i : Number(key);
      if (at < 0 || at >= count) fail('E_VALUE', 'a key is out of range', { expected: `[0, ${count - 1}]`, found: String(key) });
      out[at] = rule.cast(elementOf(value)!);
    });
    return [y];
  };
});

/** A sequence of maps from class label to score, one a row of x. */
export const zipMap = implement(contracts.zipMap, (placed) => {
  const labels: readonly (string | bigint)[] = labelsOf(placed, 'classlabels_int64s', 'classlabels_strings');
  const key: DType = typeof labels[0] === 'string' ? 'string' : 'int64';
  const value: ValueType = { kind: 'tensor', dtype: 'float32', shape: [] };
  return ([x]: [Tensor]) => {
    const width = x.dims.at(-1) ?? 1; // x: [N, C] or [C]
    if (width !== labels.length) {
      fail('E_SHAPE', 'there must be a label a column', { expected: `${labels.length} columns`, found: describeShape(x.dims) });
    }
    const scores = x.data as Float32Array;
    const items: OnnxMap[] = [];
    for (let row = 0; row < x.size / width; row++) {
      const entries = new Map(labels.map((label, c) => [label, new Tensor('float32', Float32Array.of(scores[row * width + c]), [])]));
      items.push({ kind: 'map', key, value, entries });
    }
    const sequence: Sequence = { kind: 'sequence', elem: { kind: 'map', key, value }, items };
    return [sequence];
  };
});
