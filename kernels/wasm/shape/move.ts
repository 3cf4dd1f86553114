/** Operators that only move elements, of any type of whole bytes. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { divisionOf, joined } from '../../../src/ops/shape/division.ts';
import { axisIn, permutation, refuseShape, sliceLayout } from '../../../src/ops/shape/geometry.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { splitAt, stridesOf, toInts, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { planRuns } from '../math/runs.ts';
import { align } from '../runtime.ts';
import { copyStrided, COPY_SCRATCH, movable, rankFits, widthOf } from './strided.ts';

const movesFirst = (node: PlacedNode): true | string => all(movable(node), rankFits(node.inputShape(0)?.length));
const bytesOf = (t: Tensor): number => (t.data as TypedArray).byteLength;
const product = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);

/** y[i_perm(0), i_perm(1), ...] = x[i_0, i_1, ...] */
export const transpose = adapt(contracts.transpose, movesFirst, ({ attrs }, wasm) => {
  const given = attrs.has('perm') ? attrs.ints('perm') : undefined;
  return ([x]: [Tensor], ctx) => {
    const perm = permutation(given, x.dims.length, refuseShape);
    const strides = stridesOf(x.dims);
    const dims = perm.map((p) => x.dims[p]);
    wasm.begin(wasm.outside(x) + align(bytesOf(x)) + COPY_SCRATCH);
    const y = wasm.output(ctx, 0, x.type, dims);
    copyStrided(wasm, widthOf(x.type), dims, y.ptr, stridesOf(dims), wasm.input(x), perm.map((p) => strides[p]));
    return [y.done()];
  };
});

/** y[i, j, ...] = x[start_0 + i step_0, start_1 + j step_1, ...] */
export const slice = adapt(contracts.slice, movesFirst, ({ attrs, version }, wasm) => {
  const fixed = version.since < 10
    ? { starts: attrs.ints('starts'), ends: attrs.ints('ends'), axes: attrs.has('axes') ? attrs.ints('axes') : undefined }
    : undefined;
  return ([x, ...inputs]: [Tensor, Tensor?, Tensor?, Tensor?, Tensor?], ctx) => {
    const [givenStarts, givenEnds, givenAxes, steps] = inputs.map((t) => t && toInts(t));
    const starts = fixed?.starts ?? givenStarts!, ends = fixed?.ends ?? givenEnds!, axes = fixed?.axes ?? givenAxes;
    const { dims, offset, strides } = sliceLayout(x.dims, starts, ends, axes, steps);
    const width = widthOf(x.type);
    wasm.begin(wasm.outside(x) + align(width * product(dims)) + COPY_SCRATCH);
    const y = wasm.output(ctx, 0, x.type, dims);
    copyStrided(wasm, width, dims, y.ptr, stridesOf(dims), wasm.input(x) + offset * width, strides);
    return [y.done()];
  };
});

/** x repeated along axes of length 1 */
export const expand = adapt(contracts.expand, movesFirst, (_, wasm) => ([x, shape]: [Tensor, Tensor], ctx) => {
  const target = toInts(shape);
  if (target.some((d) => d < 0)) refuseShape('a dimension is negative', '0 or more', `[${target.join(', ')}]`);
  const { dims } = planRuns(x.dims, target);
  const own = stridesOf(x.dims);
  const strides = dims.map((_d, i) => {
    const at = i - dims.length + x.dims.length;
    return at < 0 || x.dims[at] === 1 ? 0 : own[at];
  });
  const width = widthOf(x.type);
  wasm.begin(wasm.outside(x) + align(width * product(dims)) + COPY_SCRATCH);
  const y = wasm.output(ctx, 0, x.type, dims);
  copyStrided(wasm, width, dims, y.ptr, stridesOf(dims), wasm.input(x), strides);
  return [y.done()];
});

/** The inputs one after another along `axis` */
export const concat = adapt(contracts.concat, movesFirst, ({ attrs }, wasm) => {
  const axis = attrs.has('axis') ? attrs.int('axis') : 1; // opset 1 may leave it out
  return (parts: readonly Tensor[], ctx) => {
    const { axis: at, dims } = joined(parts, axis);
    const [{ type }] = parts;
    const width = widthOf(type);
    const { outer, length, inner } = splitAt(dims, at);
    wasm.begin(parts.reduce((sum, p) => sum + wasm.outside(p), 0) + align(width * product(dims)));
    const y = wasm.output(ctx, 0, type, dims);
    const { simd } = wasm.kernels;
    let start = 0;
    for (const part of parts) {
      const run = part.dims[at] * inner;
      simd.copy_rows(wasm.input(part), run * width, y.ptr + start * width, length * inner * width, outer, run * width);
      start += run;
    }
    return [y.done()];
  };
});

/** The parts of x along `axis` */
export const split = adapt(
  contracts.split, (node) => all(movesFirst(node), node.version.since >= 2 || 'sizes as floats'),
  (placed, wasm) => {
    const divide = divisionOf(placed);
    return ([x, sizes]: [Tensor, Tensor?], ctx) => {
      const { axis, parts } = divide(x, sizes);
      const { outer, length: whole, inner } = splitAt(x.dims, axis), bytes = widthOf(x.type) * inner;
      wasm.begin(wasm.outside(x) + align(bytesOf(x)) + 64 * parts.length);
      const from = wasm.input(x);
      return parts.map(({ start, length, dims }, i) => {
        if (!ctx.wants(i)) return undefined;
        const part = wasm.output(ctx, i, x.type, dims);
        wasm.kernels.simd.copy_rows(from + start * bytes, whole * bytes, part.ptr, length * bytes, outer, length * bytes);
        return part.done();
      });
    };
  },
);

/** Rows of a constant table are fetched one by one, which pays from this many bytes on. */
const FETCHED_BYTES = 64;

function tableFits(node: PlacedNode): true | string {
  const table = node.constant(0);
  if (table === undefined) return true;
  const axis = node.attrs.int('axis');
  return widthOf(table.type) * product(table.dims.slice(axis < 0 ? axis + table.dims.length + 1 : axis + 1)) >= FETCHED_BYTES || 'short rows of a constant table';
}

/** data [outer, length, inner] at indices [count] -> [outer, count, inner]. A constant table stays where it is: only what is asked for comes over. */
export const gather = adapt(
  contracts.gather, (node) => all(movesFirst(node), onlyTypes(node, 1, 'int32', 'int64'), tableFits(node)),
  ({ attrs, constant }, wasm) => {
    const isConstant = constant(0) !== undefined;
    return ([data, indices]: [Tensor, Tensor], ctx) => {
      const axis = axisIn(attrs.int('axis'), data.dims.length, refuseShape);
      const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
      const width = widthOf(data.type);
      const outer = product(data.dims.slice(0, axis)), length = data.dims[axis], bytes = width * product(data.dims.slice(axis + 1));
      wasm.begin((isConstant ? 0 : wasm.outside(data)) + wasm.outside(indices) + align(width * product(dims)));
      const y = wasm.output(ctx, 0, data.type, dims);
      const wrong = isConstant
        ? fetchRows(data.data as TypedArray, indices, outer, length, bytes, wasm.memory, y.ptr)
        : wasm.kernels.simd.gather_rows(wasm.input(data), wasm.input(indices), indices.type === 'int64' ? 1 : 0, outer, length, indices.size, bytes, y.ptr);
      if (wrong >= 0) {
        fail('E_VALUE', 'an index is out of range', {
          expected: length === 0 ? 'no index: the axis is empty' : `[${-length}, ${length - 1}]`, found: String((indices.data as Int32Array)[wrong]),
        });
      }
      return [y.done()];
    };
  },
);

/** As `gather_rows`, from an array outside of linear memory. */
function fetchRows(table: TypedArray, indices: Tensor, outer: number, length: number, bytes: number, memory: Uint8Array, y: number): number {
  const from = new Uint8Array(table.buffer, table.byteOffset, table.byteLength), at = toInts(indices);
  for (let i = 0; i < at.length; i++) {
    const row = at[i] < 0 ? at[i] + length : at[i];
    if (row < 0 || row >= length) return i;
    for (let o = 0; o < outer; o++) {
      const begin = (o * length + row) * bytes;
      memory.set(from.subarray(begin, begin + bytes), y + (o * at.length + i) * bytes);
    }
  }
  return -1;
}
