/** Is a value what a case expects? Integers, booleans and strings exactly, floats within a tolerance. */
import { describeType, dtypeInfo, Tensor, typeOf, unpack, type Value } from './index.ts';

/** Elements pass when |found - expected| <= atol + rtol * |expected|; NaN equals NaN, infinities equal themselves. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** The official suite's own. */
export const DEFAULT_TOLERANCE: Tolerance = { rtol: 1e-3, atol: 1e-7 };

/** The first element that differs, and how many do. */
export interface Difference {
  /** What was compared: `y`, or `y.items[2]` inside a sequence. */
  readonly where: string;
  /** Index of the first differing element; absent when types or shapes differ. */
  readonly index?: readonly number[];
  readonly expected: string;
  readonly found: string;
  readonly count?: number;
  readonly of?: number;
  /** Largest absolute difference. */
  readonly maxDifference?: number;
  /** Integers that differ by no more than one step. */
  readonly offByOne?: true;
}

/** The first difference between two values, or undefined when they agree. An optional stands for its content. */
export function compareValues(where: string, expected: Value, found: Value | undefined, tolerance: Tolerance): Difference | undefined {
  const e = unwrap(expected), f = unwrap(found);
  if (e === undefined || f === undefined) return e === f ? undefined : { where, expected: describe(e), found: describe(f) };
  if (e instanceof Tensor) {
    return f instanceof Tensor ? compareTensors(where, e, f, tolerance) : { where, expected: describe(e), found: describe(f) };
  }
  if (f instanceof Tensor || e.kind !== f.kind) return { where, expected: describe(e), found: describe(f) };
  if (e.kind === 'sequence' && f.kind === 'sequence') {
    if (e.items.length !== f.items.length) return { where, expected: `${e.items.length} items`, found: `${f.items.length} items` };
    return firstOf(e.items, (item, i) => compareValues(`${where}.items[${i}]`, item, f.items[i], tolerance));
  }
  if (e.kind === 'map' && f.kind === 'map') {
    if (e.entries.size !== f.entries.size) return { where, expected: `${e.entries.size} entries`, found: `${f.entries.size} entries` };
    return firstOf([...e.entries], ([key, value]) => compareValues(`${where}[${JSON.stringify(String(key))}]`, value, f.entries.get(key), tolerance));
  }
  return undefined;
}

function firstOf<T>(items: readonly T[], compare: (item: T, i: number) => Difference | undefined): Difference | undefined {
  for (const [i, item] of items.entries()) {
    const difference = compare(item, i);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function unwrap(value: Value | undefined): Exclude<Value, { kind: 'optional' }> | undefined {
  while (value !== undefined && !(value instanceof Tensor) && value.kind === 'optional') value = value.value;
  return value as Exclude<Value, { kind: 'optional' }> | undefined;
}

const describe = (value: Value | undefined): string => (value === undefined ? 'nothing' : describeType(typeOf(value)));

/** Two numbers, bigints or strings of one element type agree. */
type Agree = (i: number) => boolean;

function compareTensors(where: string, e: Tensor, f: Tensor, tolerance: Tolerance): Difference | undefined {
  if (e.type !== f.type || e.dims.length !== f.dims.length || e.dims.some((d, i) => d !== f.dims[i])) {
    return { where, expected: describe(e), found: describe(f) };
  }
  const { expected, found, perElement, agree } = elementwise(e, f, tolerance);
  let first = -1, count = 0, maxDifference = 0;
  for (let i = 0; i < e.size; i++) {
    if (agree(i)) continue;
    if (first < 0) first = i;
    count++;
    for (let k = 0; k < perElement; k++) {
      const distance = distanceOf(expected[i * perElement + k], found[i * perElement + k]);
      if (!(distance <= maxDifference)) maxDifference = distance; // NaN stays
    }
  }
  if (first < 0) return undefined;
  const show = (values: ArrayLike<unknown>): string =>
    perElement === 2 ? `${showElement(values[2 * first])} + ${showElement(values[2 * first + 1])}i` : showElement(values[first]);
  const integer = ['int', 'uint'].includes(dtypeInfo(e.type).class);
  return {
    where, index: unravel(first, e.dims), expected: show(expected), found: show(found), count, of: e.size, maxDifference,
    ...(integer && maxDifference === 1 && { offByOne: true }),
  };
}

function elementwise(e: Tensor, f: Tensor, { rtol, atol }: Tolerance): {
  expected: ArrayLike<unknown>; found: ArrayLike<unknown>; perElement: number; agree: Agree;
} {
  const info = dtypeInfo(e.type);
  if (info.class === 'complex') {
    const a = e.data as Float64Array, b = f.data as Float64Array;
    const agree: Agree = (i) => (same(a[2 * i]!, b[2 * i]!) && same(a[2 * i + 1]!, b[2 * i + 1]!))
      || Math.hypot(b[2 * i]! - a[2 * i]!, b[2 * i + 1]! - a[2 * i + 1]!) <= atol + rtol * Math.hypot(a[2 * i]!, a[2 * i + 1]!);
    return { expected: a, found: b, perElement: 2, agree };
  }
  if (info.class === 'float') {
    const a = unpack(e), b = unpack(f);
    const agree: Agree = (i) => same(a[i]!, b[i]!)
      || (Number.isFinite(a[i]!) && Number.isFinite(b[i]!) && Math.abs(b[i]! - a[i]!) <= atol + rtol * Math.abs(a[i]!));
    return { expected: a, found: b, perElement: 1, agree };
  }
  const plain = (t: Tensor): ArrayLike<unknown> => (info.class === 'string' || info.bits === 64 ? t.data : unpack(t));
  const a = plain(e), b = plain(f);
  return { expected: a, found: b, perElement: 1, agree: (i) => a[i] === b[i] };
}

// Equal, infinities of one sign and NaN with NaN included; -0 equals 0.
const same = (a: number, b: number): boolean => a === b || (a !== a && b !== b);

function distanceOf(a: unknown, b: unknown): number {
  if (typeof a === 'string') return a === b ? 0 : NaN;
  return Math.abs(Number(a) - Number(b));
}

/** `-0`, `1.5`, `"text"` */
export function showElement(x: unknown): string {
  if (typeof x === 'string') return JSON.stringify(x);
  return Object.is(x, -0) ? '-0' : String(x);
}

/** Flat index to an index an axis. */
export function unravel(flat: number, dims: readonly number[]): number[] {
  const index = new Array<number>(dims.length);
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    index[axis] = flat % dims[axis]!;
    flat = Math.floor(flat / dims[axis]!);
  }
  return index;
}

/** `y[0, 3]: expected 1.5, found 1.75; 4 of 12 elements differ, by at most 0.25` */
export function describeDifference(d: Difference): string {
  const at = d.index === undefined ? '' : `[${d.index.join(', ')}]`;
  const extent = d.count === undefined ? '' : `; ${d.count} of ${d.of} elements differ, by at most ${Number(d.maxDifference!.toPrecision(4))}`;
  return `${d.where}${at}: expected ${d.expected}, found ${d.found}${extent}`;
}
