/**
 * Key and value caches: how a row is stored, and the step from past to present.
 *
 * A cache tensor is [batch, heads, capacity, width]: `capacity` rows a head, of which the first ones hold tokens. A row
 * holds the elements themselves (float64, float32, float16, bfloat16), or codes q of x = q * scale: int8, fp8, or two 4-bit codes
 * a byte, biased by 8, the even element in the low half.
 */
import { fail } from '../../../src/errors.ts';
import {
  bf16FromF32, bf16ToF32, decodeTable, encodeFloat, f16FromF32, f16ToF32, f32, rint, saturate,
} from '../../../src/numeric/index.ts';
import { dtypeInfo, toInts, type DType, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { byHead, offsetOf, type Heads } from './heads.ts';

export interface CacheFormat {
  readonly dtype: DType;
  /** Elements of a row. */
  readonly size: number;
  /** Entries of the backing array a row takes. */
  readonly width: number;
  /** Encodes the row of `x` at `from` into the cache row at `at`. */
  readonly write: (cache: TypedArray, at: number, x: ArrayLike<number>, from: number, head: number) => void;
  /** Decodes the cache row at `at` into `x` at `to`. */
  readonly read: (x: Float32Array, to: number, cache: TypedArray, at: number, head: number) => void;
}

/** Rows of elements as they are. */
export function plainCache(dtype: DType, size: number): CacheFormat {
  if (dtype === 'float16') return codedCache(dtype, size, (x) => f16FromF32(x), (q) => f16ToF32(q));
  if (dtype === 'bfloat16') return codedCache(dtype, size, (x) => bf16FromF32(x), (q) => bf16ToF32(q));
  return codedCache(dtype, size, (x) => x, (x) => x);
}

export interface CacheScale {
  readonly values: ArrayLike<number>;
  /** True when each element of each head has a scale of its own: [heads, size]. */
  readonly perChannel: boolean;
}

/** Rows of codes: q = saturate(rint(x / scale)), where dividing is multiplying by the float32 inverse of the scale. */
export function quantizedCache(dtype: DType, size: number, bits: number, scale: CacheScale): CacheFormat {
  const at = (head: number, i: number) => (scale.perChannel ? head * size + i : 0);
  const scales = Float32Array.from(scale.values);
  const inverse = scales.map((s) => (s === 0 ? 1 : f32(1 / s))); // a scale of zero only rounds
  const scaled: Encode = (x, head, i) => f32(x * inverse[at(head, i)]);
  const code = (low: number, high: number): Encode => (x, head, i) => saturate(rint(scaled(x, head, i)), low, high);
  const decode: Decode = (q, head, i) => f32(q * scales[at(head, i)]);
  if (dtype === 'uint8' && bits === 4) return packedCache(size, code(-8, 7), decode);
  if (dtype === 'int8' && bits === 8) return codedCache(dtype, size, code(-128, 127), decode);
  if (dtype === 'float8e4m3fn' && bits === 8) {
    const table = decodeTable(dtype);
    return codedCache(dtype, size, (x, head, i) => encodeFloat(dtype, scaled(x, head, i)), (q, head, i) => decode(table[q], head, i));
  }
  return fail('E_TYPE', 'the cache cannot hold codes of this width', {
    expected: 'int8 or float8e4m3fn for 8 bits, uint8 for 4 bits', found: `${dtype} for ${bits} bits`,
  });
}

type Encode = (x: number, head: number, i: number) => number;
type Decode = (code: number, head: number, i: number) => number;

function codedCache(dtype: DType, size: number, encode: Encode, decode: Decode): CacheFormat {
  return {
    dtype, size, width: size,
    write(cache, at, x, from, head) {
      for (let i = 0; i < size; i++) cache[at + i] = encode(x[from + i], head, i);
    },
    read(x, to, cache, at, head) {
      for (let i = 0; i < size; i++) x[to + i] = decode(cache[at + i] as number, head, i);
    },
  };
}

const BIAS = 8;

function packedCache(size: number, encode: Encode, decode: Decode): CacheFormat {
  return {
    dtype: 'uint8', size, width: Math.ceil(size / 2),
    write(cache, at, x, from, head) {
      for (let i = 0; i < size; i += 2) {
        const low = encode(x[from + i], head, i) + BIAS;
        const high = (i + 1 < size ? encode(x[from + i + 1], head, i + 1) : 0) + BIAS;
        cache[at + i / 2] = low | (high << 4);
      }
    },
    read(x, to, cache, at, head) {
      for (let i = 0; i < size; i++) {
        const byte = cache[at + (i >> 1)] as number;
        x[to + i] = decode(((i & 1) === 0 ? byte & 15 : byte >> 4) - BIAS, head, i);
      }
    },
  };
}

/** How many rows of a past hold tokens: all, or as many as the length says that comes with a buffer. `axis` counts its rows. */
export function rowsInPast(past: Tensor | undefined, axis: number, length: Tensor | undefined): number {
  const room = past?.dims[axis] ?? 0;
  if (past === undefined || length === undefined) return room;
  const [rows] = toInts(length);
  if (!(rows >= 0 && rows <= room)) fail('E_VALUE', 'the length of the past is out of range', { expected: `[0, ${room}]`, found: String(rows) });
  return rows;
}

/** A cache tensor together with how its rows are stored. */
export interface Cache {
  readonly format: CacheFormat;
  readonly data: TypedArray;
  readonly batch: number;
  readonly heads: number;
  /** Rows a head has room for. */
  readonly capacity: number;
}

/** tensor: [batch, heads, capacity, width] */
export function cacheOf(tensor: Tensor, format: CacheFormat): Cache {
  const [batch, heads, capacity] = tensor.dims;
  return { format, data: tensor.data as TypedArray, batch, heads, capacity };
}

/** A cache of its own memory, shaped as `like` but with another capacity. */
export function newCache(like: Cache, capacity: number): Cache {
  const { array } = dtypeInfo(like.format.dtype);
  return { ...like, capacity, data: new array!(like.batch * like.heads * capacity * like.format.width) };
}

/** Copies `count` rows of each head of sample `b`, from row `from` of one cache to row `to` of another. */
export function copyRows(target: Cache, to: number, source: Cache, from: number, b: number, count: number): void {
  const { width } = target.format;
  for (let n = 0; n < target.heads; n++) {
    const start = ((b * source.heads + n) * source.capacity + from) * width;
    const rows = source.data.subarray(start, start + count * width);
    (target.data as Uint8Array).set(rows as Uint8Array, ((b * target.heads + n) * target.capacity + to) * width);
  }
}

/** Zeroes the rows of sample `b` from row `from` on. */
export function clearRows(cache: Cache, from: number, b: number): void {
  const { width } = cache.format;
  for (let n = 0; n < cache.heads; n++) {
    const head = (b * cache.heads + n) * cache.capacity;
    (cache.data as Uint8Array).fill(0, (head + from) * width, (head + cache.capacity) * width);
  }
}

/** Encodes `count` rows of `x` as the rows of sample `b` from row `to` on. */
export function writeRows(cache: Cache, to: number, x: Heads, b: number, count: number): void {
  const { format, data } = cache;
  for (let n = 0; n < cache.heads; n++) {
    const head = (b * cache.heads + n) * cache.capacity + to;
    for (let r = 0; r < count; r++) format.write(data, (head + r) * format.width, x.data, offsetOf(x, b, n, r), n);
  }
}

/** True when both are the same memory. */
export function sharesMemory(a: Cache, b: Cache): boolean {
  return a.data.buffer === b.data.buffer && a.data.byteOffset === b.data.byteOffset;
}

/**
 * One step of sample `b`: the first `kept` rows of past, then `count` rows of `x`, then zeros. Where the target is past's
 * own memory, only the new rows are written.
 */
export function extendCache(target: Cache, past: Cache | undefined, kept: number, x: Heads, b: number, count: number): void {
  const inPlace = past !== undefined && sharesMemory(past, target);
  if (past !== undefined && !inPlace) copyRows(target, 0, past, 0, b, kept);
  writeRows(target, kept, x, b, count);
  if (!inPlace) clearRows(target, kept + count, b);
}

/** The first `rows(b)` rows of each head as numbers: the cache's own memory where it holds plain floats, a decoded copy elsewhere. */
export function readCache(cache: Cache, rows: (b: number) => number): Heads {
  const { format, data, batch, heads, capacity } = cache;
  if (data instanceof Float32Array || data instanceof Float64Array) return byHead(data, heads, capacity, format.size);
  let most = 0;
  for (let b = 0; b < batch; b++) most = Math.max(most, rows(b));
  const decoded = byHead(new Float32Array(batch * heads * most * format.size), heads, most, format.size);
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      const head = (b * heads + n) * capacity;
      for (let r = 0; r < rows(b); r++) {
        format.read(decoded.data as Float32Array, offsetOf(decoded, b, n, r), data, (head + r) * format.width, n);
      }
    }
  }
  return decoded;
}
