/** Tensors made from shapes or bounds: ConstantOfShape, Shape, Size, Range, EyeLike. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { dtypeAttribute } from '../../../src/ops/shape/forms.ts';
import { refuseShape, shapeRange } from '../../../src/ops/shape/geometry.ts';
import { Tensor, toInts, unpack } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute, convert, emitRaw, fillWith, mover, zeroOf } from '../support/index.ts';

export const constantOfShape = implement(contracts.constantOfShape, ({ attrs }) => {
  const value = attrs.has('value') ? attrs.tensor('value') : zeroOf('float32');
  if (value.size !== 1) fail('E_ATTRIBUTE', 'value must hold one element', { arg: { kind: 'attribute', name: 'value' }, found: String(value.size) });
  return ([shape]: [Tensor], ctx) => {
    const dims = toInts(shape);
    if (dims.some((d) => d < 0)) refuseShape('a dimension is negative', '0 or more', `[${dims.join(', ')}]`);
    const y = ctx.output(0, value.type, dims);
    fillWith(y, value);
    return [y];
  };
});

export const shape = implement(contracts.shape, ({ attrs, version }) => {
  const start = version.since < 15 ? 0 : attrs.int('start');
  const end = version.since < 15 || !attrs.has('end') ? undefined : attrs.int('end');
  return ([data]: [Tensor], ctx) => {
    const dims = data.dims.slice(...shapeRange(data.dims.length, start, end));
    return [emitRaw(ctx, 0, 'int64', dims.map(BigInt), [dims.length])];
  };
});

export const size = implement(contracts.size, () => ([data]: [Tensor], ctx) => [emitRaw(ctx, 0, 'int64', [BigInt(data.size)], [])]);

/**
 * start, start + delta, ...: ceil((limit - start) / delta) elements, each the one before plus delta in the type's own
 * arithmetic. Half-precision ranges are computed in float32 and rounded once.
 */
export const range = implement(contracts.range, () => ([start, limit, delta]: [Tensor, Tensor, Tensor], ctx) => {
  for (const t of [start, limit, delta]) if (t.size !== 1) refuseShape('a bound of the range is no scalar', 'one element', `${t.size}`);
  if (start.type === 'int64') {
    const [from, to, step] = [start, limit, delta].map((t) => (t.data as BigInt64Array)[0]);
    const y = ctx.output(0, 'int64', [longRangeLength(from, to, step)]);
    const values = y.data as BigInt64Array;
    for (let i = 0, v = from; i < values.length; i++, v += step) values[i] = v;
    return [y];
  }
  const [from, to, step] = [start, limit, delta].map((t) => unpack(t)[0]);
  if (step === 0) fail('E_VALUE', 'the range does not end', { found: `${from} to ${to} by 0` });
  const length = Math.max(0, Math.ceil((to - from) / step)); // in double precision for all types, as in onnxruntime
  if (!Number.isSafeInteger(length)) fail('E_VALUE', 'the range does not end', { found: `${from} to ${to} by ${step}` });
  return [compute(ctx, 0, start.type, [length], (y) => {
    // The value last stored is the value added to: that is where it rounds.
    if (length > 0) y[0] = from;
    for (let i = 1; i < length; i++) y[i] = y[i - 1] + step;
  })];
});

function longRangeLength(from: bigint, to: bigint, step: bigint): number {
  if (step === 0n) fail('E_VALUE', 'the range does not end', { found: `${from} to ${to} by 0` });
  const distance = step > 0n ? to - from : from - to;
  const stride = step > 0n ? step : -step;
  return distance <= 0n ? 0 : Number((distance + stride - 1n) / stride);
}

export const eyeLike = implement(contracts.eyeLike, ({ attrs }) => {
  const k = attrs.int('k');
  const type = attrs.has('dtype') ? dtypeAttribute(attrs.int('dtype'), 'dtype') : undefined;
  return ([x]: [Tensor], ctx) => {
    if (x.dims.length !== 2) refuseShape('the input is not a matrix', 'rank 2', `rank ${x.dims.length}`);
    const [rows, columns] = x.dims;
    const y = ctx.output(0, type ?? x.type, x.dims);
    fillWith(y, zeroOf(y.type));
    const one = zeroOf(y.type);
    convert(one, new Tensor('int32', [1], []));
    const move = mover(y, one);
    const first = Math.max(0, -k);
    const count = Math.max(0, Math.min(rows - first, columns - Math.max(0, k)));
    move(first * columns + first + k, columns + 1, 0, 0, count);
    return [y];
  };
});
