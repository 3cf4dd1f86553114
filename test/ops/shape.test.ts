/**
 * Operators that move, make and select elements, beside onnxruntime on random shapes (empty ones among them), axes,
 * steps and indices: every element must be equal. Inference must agree with what the kernels make.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelBuilder, sparse, type AttributeValue } from '../../src/model/builder.ts';
import { findOp, inferGraph } from '../../src/ops/index.ts';
import { dtypeInfo, int64, sizeOf, storageLength, Tensor, type DType } from '../../src/tensor/index.ts';
import { oneNode, runHere, runOrt, type OneNode } from '../../conformance/fuzz/beside-ort.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 25);
const check = (property: fc.IAsyncPropertyWithHooks<[OneNode]>) => fc.assert(property, { numRuns: RUNS, seed: 20, endOnFailure: true });

/** Elements 0, 1, 2, ... (or values) of a type; strings and bools made from them. */
function tensorOf(type: DType, dims: readonly number[], value: (i: number) => number = (i) => i): Tensor {
  const size = sizeOf(dims);
  const numbers = Array.from({ length: size }, (_, i) => value(i));
  if (type === 'string') return new Tensor(type, numbers.map((n) => `s${n}`), dims);
  if (type === 'bool') return new Tensor(type, Uint8Array.from(numbers, (n) => n & 1), dims);
  return new Tensor(type, type === 'int64' || type === 'uint64' ? numbers.map(BigInt) : numbers, dims);
}

const int = (min: number, max: number) => fc.integer({ min, max });
const shape = (min: number, max: number, longest = 4) => fc.array(fc.oneof({ weight: 9, arbitrary: int(1, longest) }, { weight: 1, arbitrary: fc.constant(0) }), { minLength: min, maxLength: max });
const typeOf = (...types: DType[]) => fc.constantFrom(...types);
const anyType = typeOf('float32', 'int64', 'string', 'bool', 'uint8', 'float64', 'int32');
const numberType = typeOf('float32', 'int64', 'bool', 'uint8', 'float64', 'int32');
const axisOf = (rank: number) => int(-rank, rank - 1);
const indicesFor = (length: number, count: number) => fc.array(int(-length, Math.max(0, length - 1)), { minLength: count, maxLength: count });
const permutationOf = (rank: number) => fc.shuffledSubarray(Array.from({ length: rank }, (_, i) => i), { minLength: rank, maxLength: rank });

/** A random tensor of a type and shape. */
const tensors = (type: fc.Arbitrary<DType>, dims: fc.Arbitrary<readonly number[]>) => fc.tuple(type, dims).map(([t, d]) => tensorOf(t, d));

/** Small numbers with many equal ones. */
const mixed = (type: fc.Arbitrary<DType>, dims: fc.Arbitrary<readonly number[]>) =>
  fc.tuple(type, dims, fc.infiniteStream(int(-3, 3))).map(([t, d, values]) => {
    const iterator = values[Symbol.iterator]();
    return tensorOf(t, d, () => iterator.next().value! + (t.startsWith('u') ? 3 : 0));
  });

const node = (opType: string, inputs: OneNode['inputs'], attributes: OneNode['attributes'] = {}, more: Partial<OneNode> = {}): OneNode =>
  ({ opType, inputs, attributes, outputs: [(inputs[0] as Tensor).type], ...more });

const DRAWS: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  Reshape: tensors(anyType, shape(0, 4)).chain((x) => {
    const { dims, size } = x;
    const targets: (readonly number[])[] = [dims, [...dims, 1], [...dims].reverse(), [size]];
    if (size > 0) targets.push([-1], [1, -1], [...dims.slice(0, 1).map(() => 0), -1]);
    return fc.constantFrom(...targets).map((t) => node('Reshape', [x, int64(t)], t.includes(0) && !t.includes(-1) ? { allowzero: 1 } : {}));
  }),
  Squeeze: tensors(anyType, shape(0, 4, 2)).chain((x) => {
    const ones = [...x.dims.keys()].filter((i) => x.dims[i] === 1);
    return fc.tuple(fc.subarray(ones), fc.constantFrom(11, 21)).map(([axes, opset]) => {
      const given = axes.map((a, i) => (i % 2 ? a - x.dims.length : a));
      if (axes.length === 0) return node('Squeeze', [x], {}, { opset });
      return opset < 13 ? node('Squeeze', [x], { axes: given }, { opset }) : node('Squeeze', [x, int64(given)], {}, { opset });
    });
  }),
  Unsqueeze: fc.tuple(tensors(anyType, shape(0, 3)), int(1, 3)).chain(([x, count]) => {
    const rank = x.dims.length + count;
    return fc.shuffledSubarray(Array.from({ length: rank }, (_, i) => i), { minLength: count, maxLength: count })
      .map((axes) => node('Unsqueeze', [x, int64(axes.map((a, i) => (i % 2 ? a - rank : a)))]));
  }),
  Flatten: tensors(anyType, shape(1, 4)).chain((x) => int(-x.dims.length, x.dims.length).map((axis) => node('Flatten', [x], { axis }))),
  Transpose: tensors(anyType, shape(0, 5)).chain((x) => permutationOf(x.dims.length).map((perm) => node('Transpose', [x], perm.length === 0 ? {} : { perm }))),
  Concat: fc.tuple(anyType, shape(1, 4), int(1, 4)).chain(([type, dims, count]) => fc.tuple(
    axisOf(dims.length), fc.array(int(0, 3), { minLength: count, maxLength: count }),
  ).map(([axis, lengths]) => {
    const parts = lengths.map((n, k) => tensorOf(type, dims.map((d, i) => (i === (axis + dims.length) % dims.length ? n : d)), (i) => i + 100 * k));
    return node('Concat', parts, { axis });
  })),
  Split: fc.tuple(anyType, shape(1, 3), fc.array(int(0, 3), { minLength: 1, maxLength: 4 }), fc.constantFrom('11', '13', '18', 'num')).chain(([type, dims, lengths, form]) =>
    axisOf(dims.length).map((axis) => {
      const total = lengths.reduce((a, b) => a + b, 0);
      const at = (axis + dims.length) % dims.length;
      const parts = form === 'num' ? Math.max(1, Math.min(lengths.length, total)) : lengths.length;
      const length = form === 'num' ? Math.max(total, 1) : total;
      const x = tensorOf(type, dims.map((d, i) => (i === at ? length : d)));
      const outputs = Array.from({ length: parts }, () => type);
      if (form === '11') return node('Split', [x], { axis, split: lengths }, { opset: 11, outputs });
      if (form === 'num') {
        // onnxruntime has another idea than the specification of a last part that would be empty
        const chunk = Math.ceil(length / parts);
        const fits = (parts - 1) * chunk < length ? parts : 1;
        return node('Split', [x], { axis, num_outputs: fits }, { outputs: outputs.slice(0, fits) });
      }
      return node('Split', [x, int64(lengths)], { axis }, { opset: Number(form), outputs });
    })),
  Slice: tensors(anyType, shape(1, 4, 5)).chain((x) => {
    const rank = x.dims.length;
    const bound = fc.oneof(int(-7, 7), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n - 1n).map(Number));
    return fc.tuple(fc.shuffledSubarray([...x.dims.keys()], { minLength: 1 }), fc.infiniteStream(bound), fc.infiniteStream(fc.constantFrom(1, 1, 2, -1, -2, 3, 9)), fc.boolean())
      .map(([axes, bounds, steps, old]) => {
        const next = bounds[Symbol.iterator]();
        const long = (n: number) => (n >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(n));
        const starts = axes.map(() => long(next.next().value!));
        let ends = axes.map(() => long(next.next().value!));
        if (old) return node('Slice', [x], { axes, starts, ends }, { opset: 9 });
        const stepSource = steps[Symbol.iterator]();
        const strides = axes.map(() => stepSource.next().value!);
        // Backwards to INT_MAX is nothing by the specification and everything for onnxruntime.
        ends = ends.map((end, i) => (strides[i]! < 0 && end >= 2n ** 31n - 1n ? -(2n ** 63n) : end));
        const vector = (values: readonly bigint[]) => new Tensor('int64', BigInt64Array.from(values), [values.length]);
        return node('Slice', [x, vector(starts), vector(ends), int64(axes.map((a, i) => (i % 2 ? a - rank : a))), int64(strides)]);
      });
  }),
  Pad: fc.tuple(tensors(typeOf('float32', 'int64', 'uint8', 'int32', 'float64', 'bool'), shape(1, 4)), fc.constantFrom('constant', 'edge', 'reflect', 'wrap')).filter(([x, mode]) => x.size > 0 || mode === 'constant').chain(([x, mode]) => {
    const amount = (d: number, other = 0) => {
      if (mode === 'constant') return int(-Math.max(0, Math.floor((d - 1 + other) / 2)), 3);
      return mode === 'edge' ? int(0, 3) : mode === 'wrap' ? int(0, d) : int(0, d - 1);
    };
    return fc.tuple(fc.tuple(...x.dims.map((d) => amount(d))), fc.tuple(...x.dims.map((d) => amount(d))), fc.boolean()).map(([begin, end, someAxes]) => {
      const axes = [...x.dims.keys()].filter((i) => !someAxes || i !== 0);
      const pads = int64([...axes.map((a) => begin[a]!), ...axes.map((a) => end[a]!)]);
      const value = mode === 'constant' ? tensorOf(x.type, [], () => 7) : undefined;
      return node('Pad', [x, pads, value, someAxes && axes.length > 0 ? int64(axes.map((a) => a - x.dims.length)) : undefined].slice(0, someAxes ? 4 : 3), { mode });
    }).filter((n) => n.inputs[1]!.size === 2 * (n.inputs[3]?.size ?? x.dims.length));
  }),
  Expand: fc.tuple(anyType, shape(0, 4), int(0, 2)).chain(([type, dims, more]) => fc.tuple(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })).map(([ones, target]) => {
    const x = tensorOf(type, dims.map((d, i) => (ones[i] ? 1 : d)));
    const shapeOut = [...Array.from({ length: more }, () => 2), ...dims.map((d, i) => (target[i] && !ones[i] ? 1 : d))];
    return node('Expand', [x, int64(shapeOut)]);
  })),
  Tile: tensors(typeOf('float32', 'int64', 'bool', 'uint8'), shape(1, 4)).chain((x) => fc.array(int(0, 3), { minLength: x.dims.length, maxLength: x.dims.length }).map((r) => node('Tile', [x, int64(r)]))),
  // Blocks of several strings are left out: onnxruntime 1.30 copies only the first string of each.
  Gather: fc.tuple(tensors(numberType, shape(1, 4)), shape(0, 2)).chain(([x, wanted]) => axisOf(x.dims.length).chain((axis) => {
    const length = x.dims.at(axis)!;
    const dims = length === 0 ? [0] : wanted;
    return fc.tuple(indicesFor(length, sizeOf(dims)), fc.boolean()).map(([at, wide]) => node('Gather', [x, wide ? int64(at, dims) : new Tensor('int32', at, dims)], { axis }));
  })),
  GatherElements: tensors(anyType, shape(1, 3)).chain((x) => axisOf(x.dims.length).chain((axis) => {
    const at = (axis + x.dims.length) % x.dims.length;
    const dims = x.dims.map((d, i) => (i === at ? (d === 0 ? 0 : 3) : Math.ceil(d / 2)));
    return indicesFor(x.dims[at]!, sizeOf(dims)).map((values) => node('GatherElements', [x, int64(values, dims)], { axis }));
  })),
  GatherND: fc.tuple(anyType, fc.array(int(1, 4), { minLength: 1, maxLength: 4 }), int(0, 1), int(1, 3), int(1, 3)).chain(([type, dims, batch, depth, count]) => {
    const batchDims = Math.min(batch, dims.length - 1);
    const r = Math.min(depth, dims.length - batchDims);
    const tuple = fc.tuple(...dims.slice(batchDims, batchDims + r).map((d) => int(-d, d - 1)));
    const rows = sizeOf(dims.slice(0, batchDims)) * count;
    return fc.array(tuple, { minLength: rows, maxLength: rows }).map((tuples) =>
      node('GatherND', [tensorOf(type, dims), int64(tuples.flat() as number[], [...dims.slice(0, batchDims), count, r])], { batch_dims: batchDims }));
  }),
  ScatterElements: fc.tuple(mixed(typeOf('float32', 'int64', 'int32', 'uint8', 'float64'), fc.array(int(1, 4), { minLength: 1, maxLength: 3 })), fc.constantFrom('none', 'add', 'mul', 'max', 'min')).chain(([x, reduction]) =>
    axisOf(x.dims.length).chain((axis) => {
      const at = (axis + x.dims.length) % x.dims.length;
      const dims = x.dims.map((d, i) => (i === at ? 3 : d));
      return fc.tuple(indicesFor(x.dims[at]!, sizeOf(dims)), mixed(fc.constant(x.type), fc.constant(dims)))
        .map(([values, updates]) => node('ScatterElements', [x, int64(values, dims), updates], { axis, reduction }));
    })),
  ScatterND: fc.tuple(mixed(typeOf('float32', 'int64', 'int32', 'uint8', 'float64'), fc.array(int(1, 4), { minLength: 1, maxLength: 3 })), fc.constantFrom('none', 'add', 'mul', 'max', 'min'), int(1, 3)).chain(([x, reduction, depth]) => {
    const r = Math.min(depth, x.dims.length);
    const count = reduction === 'none' ? 1 : 3; // the order of updates to one place is not defined without a reduction
    const tuple = fc.tuple(...x.dims.slice(0, r).map((d) => int(-d, d - 1)));
    return fc.tuple(fc.array(tuple, { minLength: count, maxLength: count }), mixed(fc.constant(x.type), fc.constant([count, ...x.dims.slice(r)])))
      .map(([tuples, updates]) => node('ScatterND', [x, int64(tuples.flat() as number[], [count, r]), updates], { reduction }));
  }),
  Compress: tensors(anyType, shape(1, 3)).chain((x) => fc.tuple(fc.option(axisOf(x.dims.length), { nil: undefined }), fc.array(fc.boolean(), { maxLength: 6 })).map(([axis, flags]) => {
    const length = axis === undefined ? x.size : x.dims.at(axis)!;
    const condition = new Tensor('bool', Uint8Array.from(flags.slice(0, length), Number), [Math.min(flags.length, length)]);
    return node('Compress', [x, condition], axis === undefined ? {} : { axis });
  })),
  ReverseSequence: fc.tuple(tensors(anyType, fc.array(int(1, 4), { minLength: 2, maxLength: 4 })), fc.boolean()).chain(([x, timeFirst]) => {
    const [times, batch] = timeFirst ? [x.dims[0]!, x.dims[1]!] : [x.dims[1]!, x.dims[0]!];
    return fc.array(int(1, times), { minLength: batch, maxLength: batch })
      .map((lengths) => node('ReverseSequence', [x, int64(lengths)], { time_axis: timeFirst ? 0 : 1, batch_axis: timeFirst ? 1 : 0 }));
  }),
  DepthToSpace: fc.tuple(int(1, 2), int(1, 2), int(1, 3), int(1, 3), int(1, 3), fc.constantFrom('DCR', 'CRD')).map(([n, c, h, w, b, mode]) =>
    node('DepthToSpace', [tensorOf('float32', [n, c * b * b, h, w])], { blocksize: b, mode })),
  SpaceToDepth: fc.tuple(int(1, 2), int(1, 3), int(1, 3), int(1, 3), int(1, 3)).map(([n, c, h, w, b]) =>
    node('SpaceToDepth', [tensorOf('float32', [n, c, h * b, w * b])], { blocksize: b })),
  Trilu: fc.tuple(tensors(typeOf('float32', 'int64', 'float64'), shape(2, 4)), int(-5, 5), int(0, 1)).map(([x, k, upper]) => node('Trilu', [x, int64([k], [])], { upper })),
  CenterCropPad: tensors(typeOf('float32', 'int64'), fc.array(int(1, 4), { minLength: 1, maxLength: 3 })).chain((x) =>
    fc.array(int(1, 6), { minLength: x.dims.length, maxLength: x.dims.length }).map((lengths) => node('CenterCropPad', [x, int64(lengths)]))),
  ConstantOfShape: fc.tuple(typeOf('float32', 'int64', 'bool', 'uint8'), shape(0, 4)).map(([type, dims]) =>
    node('ConstantOfShape', [int64(dims)], { value: tensorOf(type, [1], () => 3) }, { outputs: [type] })),
  Shape: fc.tuple(tensors(anyType, shape(0, 4)), int(-5, 5), int(-5, 5)).map(([x, start, end]) => node('Shape', [x], { start, end }, { outputs: ['int64'] })),
  Size: tensors(anyType, shape(0, 4)).map((x) => node('Size', [x], {}, { outputs: ['int64'] })),
  Range: fc.tuple(typeOf('float32', 'float64', 'int64', 'int32', 'int16'), int(-20, 20), int(-20, 20), fc.constantFrom(1, 2, -1, -3, 7), fc.constantFrom(1, 3, 10)).map(([type, start, limit, delta, divisor]) => {
    const divide = type.startsWith('float') ? divisor : 1;
    return node('Range', [start, limit, delta].map((v) => tensorOf(type, [], () => v / divide)));
  }),
  EyeLike: fc.tuple(typeOf('float32', 'int64', 'int32', 'float64'), shape(2, 2, 5), int(-5, 5)).map(([type, dims, k]) => node('EyeLike', [tensorOf(type, dims)], { k })),
  OneHot: fc.tuple(typeOf('float32', 'int64'), shape(1, 3), int(1, 4), fc.infiniteStream(int(-6, 6))).chain(([type, dims, depth, values]) => {
    const next = values[Symbol.iterator]();
    const indices = tensorOf('int64', dims, () => next.next().value!);
    return int(-dims.length - 1, dims.length).map((axis) => node('OneHot', [indices, int64([depth], [1]), tensorOf(type, [2], (i) => 5 + i)], { axis }, { outputs: [type] }));
  }),
  NonZero: mixed(typeOf('float32', 'int64', 'int32', 'bool', 'uint8'), shape(1, 4)).map((x) => node('NonZero', [x], {}, { outputs: ['int64'] })),
  // Empty tensors are left out: onnxruntime 1.30 divides by zero.
  TopK: fc.tuple(mixed(typeOf('float32', 'int64', 'int32', 'float64'), fc.array(int(1, 9), { minLength: 1, maxLength: 3 })), int(0, 1)).chain(([x, largest]) => axisOf(x.dims.length).chain((axis) =>
    int(0, x.dims.at(axis)!).map((k) => node('TopK', [x, int64([k])], { axis, largest }, { outputs: [x.type, 'int64'] })))),
  Unique: fc.tuple(mixed(typeOf('float32', 'int64', 'string', 'float64', 'int8'), fc.array(int(1, 5), { minLength: 1, maxLength: 3 })), int(0, 1)).chain(([x, sorted]) =>
    fc.option(axisOf(x.dims.length), { nil: undefined }).map((axis) =>
      node('Unique', [x], axis === undefined ? { sorted } : { sorted, axis }, { outputs: [x.type, 'int64', 'int64', 'int64'] }))),
};

/** Equal types, dimensions and bits. */
function expectEqual(found: Readonly<Record<string, Tensor>>, expected: Readonly<Record<string, Tensor>>): void {
  const bits = ({ data }: Tensor) => (Array.isArray(data) ? data : [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
  const plain = (results: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(results).map(([name, t]) => [name, { type: t.type, dims: [...t.dims], bits: bits(t) }]));
  expect(plain(found)).toEqual(plain(expected));
}

describe('beside onnxruntime', () => {
  for (const [opType, draw] of Object.entries(DRAWS)) {
    test(opType, () => check(fc.asyncProperty(draw, async (drawn) => {
      const { bytes, feeds } = oneNode(drawn);
      expectEqual(await runHere(bytes, feeds), await runOrt(bytes, feeds));
    })));
  }
});

describe('inference agrees with the kernels', () => {
  for (const [opType, draw] of Object.entries(DRAWS)) {
    test(opType, () => check(fc.asyncProperty(draw, async (drawn) => {
      const { bytes, feeds } = oneNode(drawn);
      const made = await runHere(bytes, feeds);
      const b = new ModelBuilder({ opset: drawn.opset ?? 21 });
      const names = drawn.outputs.map((_, i) => `y${i}`);
      const inputs = drawn.inputs.map((t, i) => (t === undefined ? undefined : i === 0 ? b.input('x0', t.type, t.dims) : b.constant(`x${i}`, t)));
      const edges = b.node(drawn.opType, inputs, drawn.attributes ?? {}, { outputs: names });
      inferGraph(b.graph);
      edges.forEach((edge, i) => {
        const { type } = edge;
        if (type?.kind !== 'tensor') throw new Error(`no type for ${names[i]}`);
        expect(type.dtype).toBe(made[`y${i}`]!.type);
        type.shape?.forEach((d, axis) => d !== undefined && expect(d).toBe(made[`y${i}`]!.dims[axis]));
        if (type.shape !== undefined) expect(type.shape.length).toBe(made[`y${i}`]!.dims.length);
      });
    })));
  }
});

/** Elements whose bits are made from the given numbers: equal numbers, equal bits. */
function bitsOf(type: DType, values: ArrayLike<number>, dims: readonly number[]): Tensor {
  const { array, bits } = dtypeInfo(type);
  const size = sizeOf(dims);
  if (array === undefined) return new Tensor(type, Array.from(values, (v) => `s${v}`), dims);
  const data = new array(storageLength(type, size));
  const bytes = new Uint8Array(data.buffer);
  const mixed = (v: number, byte: number) => (Math.imul(v + 1, 0x9e3779b1) >>> ((byte % 4) * 8)) & 255;
  for (let i = 0; i < size; i++) {
    if (bits < 8) bytes[Math.floor((i * bits) / 8)]! |= (mixed(values[i]!, 3) & ((1 << bits) - 1)) << ((i * bits) % 8);
    else for (let b = 0; b < bits / 8; b++) bytes[(i * bits) / 8 + b] = type === 'bool' ? values[i]! & 1 : mixed(values[i]!, b);
  }
  return new Tensor(type, data, dims);
}

const MOVES = [
  'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Transpose', 'Concat', 'Split', 'Slice', 'Pad', 'Expand', 'Tile', 'Gather', 'GatherElements',
  'GatherND', 'Compress', 'ReverseSequence', 'DepthToSpace', 'SpaceToDepth', 'Trilu', 'CenterCropPad',
];

describe('every element type is moved as int32 is, bit by bit', () => {
  for (const opType of MOVES) {
    const version = findOp('', opType)!.at(28)!;
    const types = [...version.types.get(version.inputs[0]!.type)!.tensors];
    const moved = DRAWS[opType]!.filter((n) => (n.opset ?? 21) >= 13 && (opType !== 'Pad' || n.attributes!['mode'] !== 'constant'));
    test(`${opType}: ${types.length} types`, () => fc.assert(fc.asyncProperty(moved, fc.constantFrom(...types), async (drawn, type) => {
      const zero = opType === 'Trilu' || opType === 'CenterCropPad'; // -1 + 1 = 0: the number whose bits are zero
      const isData = (i: number) => i === 0 || opType === 'Concat';
      const asType = (t: DType) => drawn.inputs.map((x, i) => (x === undefined || !isData(i) ? x : bitsOf(t, Int32Array.from({ length: x.size }, (_, k) => k + 50 * i), x.dims)));
      const numbers = drawn.inputs.map((x, i) => (x === undefined || !isData(i) ? x : new Tensor('int32', Int32Array.from({ length: x.size }, (_, k) => k + 50 * i + (zero ? 1 : 0)), x.dims)));
      const run = async (inputs: OneNode['inputs'], dtype: DType) => {
        const { bytes, feeds } = oneNode({ ...drawn, inputs, outputs: drawn.outputs.map(() => dtype), opset: 28 });
        return runHere(bytes, feeds);
      };
      const [typed, plain] = [await run(asType(type), type), await run(numbers, 'int32')];
      expectEqual(typed, Object.fromEntries(Object.entries(plain).map(([name, t]) => {
        const values = Int32Array.from(t.data as Int32Array, (v) => v - (zero ? 1 : 0));
        const expected = bitsOf(type, values, t.dims);
        if (type === 'string') values.forEach((v, i) => v < 0 && ((expected.data as string[])[i] = ''));
        if (type === 'bool') values.forEach((v, i) => v < 0 && ((expected.data as Uint8Array)[i] = 0));
        return [name, expected];
      })));
    }), { numRuns: RUNS * 2, seed: 20, endOnFailure: true }));
  }
});

describe('by the specification, where onnxruntime 1.30 goes another way', () => {
  const run = async (drawn: OneNode) => {
    const { bytes, feeds } = oneNode(drawn);
    const y = (await runHere(bytes, feeds))['y0']!;
    return { dims: [...y.dims], data: Array.from(y.data as ArrayLike<unknown>) };
  };

  test('NonZero of a scalar has no index rows', async () => {
    expect(await run(node('NonZero', [tensorOf('float32', [], () => 5)], {}, { outputs: ['int64'] }))).toEqual({ dims: [0, 1], data: [] });
  });

  test('a backward slice to INT_MAX is empty', async () => {
    const x = tensorOf('int32', [4]);
    expect(await run(node('Slice', [x, int64([-1]), new Tensor('int64', [2n ** 63n - 1n], [1]), int64([0]), int64([-1])]))).toEqual({ dims: [0], data: [] });
  });

  test('Gather copies all strings of a block', async () => {
    expect((await run(node('Gather', [tensorOf('string', [2, 3]), int64([1])]))).data).toEqual(['s3', 's4', 's5']);
  });

  test('Reshape gives the rest of an empty tensor to -1', async () => {
    expect((await run(node('Reshape', [tensorOf('float32', [0, 3]), int64([0, -1])]))).dims).toEqual([0, 3]);
  });

  test('OneHot cuts off the fraction of an index', async () => {
    const half = new Tensor('float32', [0.5, 1.9, -0.5], [3]);
    expect((await run(node('OneHot', [half, int64([2], [1]), tensorOf('int32', [2])], {}, { outputs: ['int32'] }))).data).toEqual([1, 0, 0, 1, 1, 0]);
  });

  test('Pad wraps around as often as it must, and reflects to and fro', async () => {
    const x = tensorOf('int32', [3]);
    expect((await run(node('Pad', [x, int64([7, 0])], { mode: 'wrap' }))).data).toEqual([2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect((await run(node('Pad', [x, int64([5, 0])], { mode: 'reflect' }))).data).toEqual([1, 0, 1, 2, 1, 0, 1, 2]);
  });

  test('TopK of an empty tensor is empty', async () => {
    expect((await run(node('TopK', [tensorOf('float32', [0, 3]), int64([2])], {}, { outputs: ['float32', 'int64'] }))).dims).toEqual([0, 2]);
  });
});

test('Constant in all its forms', async () => {
  const indices = int64([0, 2, 1, 0], [2, 2]);
  const forms: readonly (readonly [string, AttributeValue, DType, readonly number[], readonly unknown[]])[] = [
    ['value', tensorOf('int32', [2]), 'int32', [2], [0, 1]],
    ['value_int', 2n ** 63n - 1n, 'int64', [], [2n ** 63n - 1n]],
    ['value_ints', [-1n, 2n ** 62n + 1n], 'int64', [2], [-1n, 2n ** 62n + 1n]],
    ['value_float', 0.5, 'float32', [], [0.5]],
    ['value_floats', [0.5, 2.5], 'float32', [2], [0.5, 2.5]],
    ['value_string', 'é', 'string', [], ['é']],
    ['value_strings', ['a', ''], 'string', [2], ['a', '']],
    ['sparse_value', sparse({ values: tensorOf('float32', [2], (i) => 5 + i), indices, dims: [2, 3] }), 'float32', [2, 3], [0, 0, 5, 6, 0, 0]],
    ['sparse_value', sparse({ values: tensorOf('int64', [2], (i) => 5 + i), indices: int64([1, 3]), dims: [4] }), 'int64', [4], [0n, 5n, 0n, 6n]],
  ];
  for (const [name, value, dtype, dims, data] of forms) {
    const b = new ModelBuilder({ opset: 21 });
    b.output(b.node('Constant', [], { [name]: value }), 'y', { kind: 'tensor', dtype, shape: dims });
    const { y } = await runHere(b.bytes(), {});
    expect([y!.type, y!.dims, Array.from(y!.data as ArrayLike<unknown>)], name).toEqual([dtype, dims, data]);
  }
});

describe('old versions', () => {
  const x = tensorOf('float32', [2, 3]);
  const asBefore: readonly OneNode[] = [
    node('TopK', [x], { axis: 1, k: 2 }, { opset: 9, outputs: ['float32', 'int64'] }),
    node('Pad', [x], { mode: 'constant', pads: [0, 1, 1, -1], value: 2.5 }, { opset: 10 }),
    node('Pad', [x], { mode: 'reflect', pads: [1, 2, 0, 0] }, { opset: 10 }),
    node('Scatter', [x, int64([0, 2], [1, 2]), tensorOf('float32', [1, 2], () => 9)], { axis: 1 }, { opset: 10 }),
    node('Unsqueeze', [x], { axes: [0, 3] }, { opset: 11 }),
    node('Squeeze', [tensorOf('float32', [1, 3, 1])], { axes: [0] }, { opset: 11 }),
    node('Split', [x], { axis: 1 }, { opset: 7, outputs: ['float32', 'float32', 'float32'] }),
    node('DepthToSpace', [tensorOf('float32', [1, 8, 1, 2])], { blocksize: 2 }, { opset: 10 }),
    node('Cast', [x], { to: 7 }, { opset: 7, outputs: ['int64'] }),
  ];
  test.each(asBefore.map((n) => [`${n.opType} of opset ${n.opset}`, n] as const))('%s: as onnxruntime', async (_, old) => {
    const { bytes, feeds } = oneNode(old);
    expectEqual(await runHere(bytes, feeds), await runOrt(bytes, feeds));
  });

  const older: readonly (readonly [OneNode, readonly number[], readonly number[]])[] = [
    [node('Reshape', [x], { shape: [3, -1] }, { opset: 1 }), [3, 2], [0, 1, 2, 3, 4, 5]],
    [node('Tile', [x, tensorOf('float32', [], () => 2), tensorOf('float32', [], () => 1)], {}, { opset: 1 }), [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]],
    [node('Pad', [x], { paddings: [0, 1, 0, 0] }, { opset: 1 }), [2, 4], [0, 0, 1, 2, 0, 3, 4, 5]],
    [node('Split', [x, tensorOf('float32', [2], (i) => 1 + i)], { axis: 1 }, { opset: 1, outputs: ['float32', 'float32'] }), [2, 1], [0, 3]],
    [node('Concat', [x, x], {}, { opset: 1 }), [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]],
    [node('Cast', [x], { to: 'INT32' }, { opset: 1, outputs: ['int32'] }), [2, 3], [0, 1, 2, 3, 4, 5]],
    [node('Flatten', [x], {}, { opset: 1 }), [2, 3], [0, 1, 2, 3, 4, 5]],
  ];
  test.each(older.map((row) => [row[0].opType, ...row] as const))('%s of opset 1', async (_, old, dims, data) => {
    const { bytes, feeds } = oneNode(old);
    const y = (await runHere(bytes, feeds))['y0']!;
    expect([[...y.dims], Array.from(y.data as ArrayLike<unknown>)]).toEqual([dims, data]);
  });
});
