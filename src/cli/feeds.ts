/** Inputs of a run: from files, JSON, a test data set, or random numbers. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fail } from '../errors.ts';
import { decodeTensor, decodeValue } from '../model/index.ts';
import { describeType, dtypeInfo, pack, sizeOf, Tensor, type DType, type Value, type ValueType } from '../tensor/index.ts';
import { integerRange } from '../numeric/index.ts';
import { mulberry32 } from '../runtime/random.ts';
import type { Feeds, InferenceSession } from '../index.ts';
import { decodeNpy, decodeNpz } from './npy.ts';

export interface FeedFlags {
  /** `name=file`, `name=json`, a data set folder, or an .npz file. */
  readonly input?: readonly string[];
  /** Seed of random values for inputs not given. */
  readonly random?: number;
  /** Sizes of free dimensions by name. */
  readonly dims: ReadonlyMap<string, number>;
}

type Inputs = InferenceSession['inputMetadata'];

/** Values for the inputs of a model. Inputs neither given nor to be drawn are left out. */
export function readFeeds(inputs: Inputs, flags: FeedFlags): Feeds {
  const feeds: Record<string, Value> = {};
  for (const text of flags.input ?? []) Object.assign(feeds, readArgument(text, inputs));
  if (flags.random !== undefined) {
    const uniform = mulberry32(flags.random);
    for (const { name, valueType } of inputs) feeds[name] ??= randomValue(name, valueType, flags.dims, uniform);
  }
  return feeds;
}

function readArgument(text: string, inputs: Inputs): Record<string, Value> {
  if (existsSync(text)) return statSync(text).isDirectory() ? readDataSet(text, inputs) : readNpz(text);
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  const input = inputs.find((i) => i.name === name);
  if (at < 0 || input === undefined) {
    fail('E_INPUT', `cannot read the input ${JSON.stringify(text)}`, {
      expected: `NAME=FILE with NAME one of ${inputs.map((i) => i.name).join(', ')}; or an existing folder or .npz file`,
    });
  }
  return { [name]: readValue(text.slice(at + 1), input.valueType, name) };
}

/** `input_J.pb` of a backend-test data set. */
function readDataSet(dir: string, inputs: Inputs): Record<string, Value> {
  if (!readdirSync(dir).some((f) => /^input_\d+\.pb$/.test(f))) fail('E_INPUT', `the folder ${dir} holds no input_0.pb`);
  const values: Record<string, Value> = {};
  inputs.forEach(({ name, valueType }, j) => {
    const file = join(dir, `input_${j}.pb`);
    if (existsSync(file)) values[name] = decodeValue(readFileSync(file), valueType ?? { kind: 'tensor', dtype: 'float32' });
  });
  return values;
}

function readNpz(file: string): Record<string, Value> {
  if (extname(file) !== '.npz') fail('E_INPUT', `say which input ${file} is for`, { expected: `NAME=${file}` });
  return Object.fromEntries(decodeNpz(readFileSync(file)));
}

/** A value from a .pb, .npy or .json file, or from JSON itself. */
export function readValue(text: string, type: ValueType | undefined, name: string): Value {
  if (existsSync(text)) {
    switch (extname(text)) {
      case '.pb': return type === undefined ? decodeTensor(readFileSync(text)).tensor : decodeValue(readFileSync(text), type);
      case '.npy': return decodeNpy(readFileSync(text));
      case '.json': return fromJson(readFileSync(text, 'utf8'), type, name);
      default: return fail('E_INPUT', `cannot tell the format of ${text}`, { expected: '.pb, .npy or .json' });
    }
  }
  if (/^[[\d"tf-]/.test(text) && !/\.(pb|npy|json)$/.test(text)) return fromJson(text, type, name);
  return fail('E_INPUT', `there is no file ${text}`, { arg: { kind: 'feed', name } });
}

/** Nested arrays of numbers, booleans or strings; 64-bit integers beyond 2^53 may be given as strings. */
function fromJson(text: string, type: ValueType | undefined, name: string): Tensor {
  if (type?.kind !== 'tensor') {
    return fail('E_INPUT', 'JSON describes tensors only', { arg: { kind: 'feed', name }, expected: describeType(type), hint: 'use a .pb file' });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return fail('E_INPUT', 'not JSON', { arg: { kind: 'feed', name }, found: (cause as Error).message, cause });
  }
  const dims: number[] = [];
  for (let level: unknown = json; Array.isArray(level); level = level[0]) dims.push(level.length);
  const flat = (Array.isArray(json) ? json.flat(Infinity) : [json]) as (number | string | boolean)[];
  if (flat.length !== sizeOf(dims)) fail('E_INPUT', 'nested arrays of unequal lengths', { arg: { kind: 'feed', name } });
  const { class: cls, bits } = dtypeInfo(type.dtype);
  if (cls === 'string' || cls === 'complex' || bits === 64) return new Tensor(type.dtype, flat, dims);
  return pack(type.dtype, flat.map(Number), dims);
}

/** A tensor with the dimensions an input declares; free ones as `dims` says, else 1. */
export function randomValue(name: string, type: ValueType | undefined, dims: ReadonlyMap<string, number>, uniform: () => number): Value {
  if (type?.kind === 'sequence') return { kind: 'sequence', elem: type.elem, items: [] };
  if (type?.kind === 'optional') return { kind: 'optional', elem: type.elem, value: undefined };
  if (type?.kind !== 'tensor') return fail('E_INPUT', 'no random values for this type', { arg: { kind: 'feed', name }, found: describeType(type) });
  const shape = (type.shape ?? []).map((d) => (typeof d === 'number' ? d : (d === undefined ? undefined : dims.get(d)) ?? 1));
  return randomTensor(type.dtype, shape, uniform);
}

/** Floats in [-1, 1), 8-bit and narrower integers over their whole range, wider ones (often indices) 0 or 1. */
function randomTensor(dtype: DType, dims: readonly number[], uniform: () => number): Tensor {
  const size = sizeOf(dims);
  const { class: cls, bits } = dtypeInfo(dtype);
  if (cls === 'string') return new Tensor(dtype, Array.from({ length: size }, () => `s${Math.floor(uniform() * 100)}`), dims);
  if (cls === 'complex') return new Tensor(dtype, Array.from({ length: 2 * size }, () => 2 * uniform() - 1), dims);
  const [low, high] = cls === 'float' || cls === 'bool' || bits > 8 ? [0, 1] : integerRange(dtype);
  const draw = cls === 'float' ? () => 2 * uniform() - 1 : () => low + Math.floor(uniform() * (high - low + 1));
  return pack(dtype, Array.from({ length: size }, draw), dims);
}

/** `batch=1` */
export function parseDim(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const [, name, size] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined) fail('E_INPUT', 'a dimension is given as NAME=SIZE', { found: text });
  return new Map([...before, [name, Number(size)]]);
}
