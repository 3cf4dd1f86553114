/**
 * Random nodes of the quantized operators. Scales are mostly powers of two and zero points arbitrary, so that about half of
 * the results lie on rounding ties; lengths run past the widths of vector registers, and dimensions may be 0.
 *
 * fast-check draws types, shapes, attributes and scales, and shrinks them; codes come from a seed that it draws too.
 * What onnxruntime refuses, or computes otherwise than specified (see the known divergences), is not drawn.
 */
import fc from 'fast-check';
import { f16FromF32, f32, integerRange } from '../../src/numeric/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { dtypeInfo, sizeOf, Tensor, unpack, type DType } from '../../src/tensor/index.ts';
import type { OneNode } from './beside-ort.ts';
import { flag, int } from './draw.ts';

const MS = 'com.microsoft';
const pick = fc.constantFrom;
const BYTES: readonly DType[] = ['uint8', 'int8'];

// ---- elements

const fill = (seed: number, size: number, element: (random: () => number) => number): number[] => {
  const random = mulberry32(seed);
  return Array.from({ length: size }, () => element(random));
};

const seed = fc.nat();

/** Codes over the whole range of an integer type. */
const codes = (type: DType, dims: readonly number[]): fc.Arbitrary<Tensor> => seed.map((s) => {
  const [lo, hi] = integerRange(type);
  return new Tensor(type, fill(s, sizeOf(dims), (random) => lo + Math.floor(random() * (hi - lo + 1))), dims);
});

const ints32 = (dims: readonly number[], limit: number): fc.Arbitrary<Tensor> =>
  seed.map((s) => new Tensor('int32', fill(s, sizeOf(dims), (random) => Math.floor((random() * 2 - 1) * limit)), dims));

const floats = (dims: readonly number[], limit: number): fc.Arbitrary<Tensor> =>
  seed.map((s) => new Tensor('float32', fill(s, sizeOf(dims), (random) => f32((random() * 2 - 1) * limit)), dims));

const scaleValue = fc.oneof(
  { weight: 3, arbitrary: pick(1 / 128, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2) },
  { weight: 1, arbitrary: pick(0.02, 0.1, 0.3, 1.5, 3) },
);

/** Scales of some shape, positive. */
const scales = (dims: readonly number[], factor = 1): fc.Arbitrary<Tensor> =>
  fc.array(scaleValue, { minLength: sizeOf(dims), maxLength: sizeOf(dims) }).map((values) => new Tensor('float32', values.map((v) => f32(v * factor)), dims));

const scale = scales([]);
/** A scale that brings sums of products back into the range of 8 bits. */
const outputScale = pick(1, 64, 256).chain((factor) => scales([], factor));
const zero = (type: DType): fc.Arbitrary<Tensor> => pick([], [1]).chain((dims) => codes(type, dims));

/** Floats of which half lie half way between two steps of `step`, and some are special. */
const ties = (dims: readonly number[], step: number, half: boolean, specials: boolean): fc.Arbitrary<Tensor> => seed.map((s) => {
  const values = fill(s, sizeOf(dims), (random) => {
    const kind = random();
    if (kind < 0.5) return (Math.floor(random() * 300 - 150) + 0.5) * step;
    if (kind < 0.97) return (random() * 2 - 1) * 200 * step;
    return [0, -0, 1e-40, NaN, Infinity, -Infinity][Math.floor(random() * (specials ? 6 : 3))];
  });
  return half ? new Tensor('float16', values.map(f16FromF32), dims) : new Tensor('float32', values.map(f32), dims);
});

// ---- shapes

const length = fc.oneof({ weight: 8, arbitrary: int(1, 20) }, { weight: 2, arbitrary: pick(31, 32, 33, 63, 64, 67) }, { weight: 1, arbitrary: fc.constant(0) });
const shape = fc.array(length, { minLength: 0, maxLength: 3 }).filter((dims) => sizeOf(dims) < 5000);
const nonEmpty = fc.array(int(1, 12), { minLength: 1, maxLength: 3 });

/** Two shapes that broadcast, neither of them empty. */
const pair = fc.tuple(fc.array(int(1, 8), { minLength: 0, maxLength: 2 }), pick(1, 7, 16, 33, 67), int(0, 7)).map(([outer, inner, cut]): [number[], number[]] => {
  const full = [...outer, inner];
  switch (cut) {
    case 0: return [full, [inner]];
    case 1: return [[inner], full];
    case 2: return [full, full.map((d, i) => (i === full.length - 1 ? 1 : d))];
    case 3: return [full.map((d, i) => (i === full.length - 1 ? 1 : d)), full];
    case 4: return [[], full];
    case 5: return [full, [1]];
    default: return [full, full];
  }
});

/** Sizes of [batch..., M, K] times [K, N] or [batch..., K, N]. onnxruntime leaves memory unset for K = 0. */
const product = fc.record({
  batch: pick<number[][]>([], [], [2], [2, 3]), M: fc.oneof({ weight: 9, arbitrary: int(1, 9) }, { weight: 1, arbitrary: fc.constant(0) }),
  K: fc.oneof(int(1, 20), pick(32, 64, 67)), N: fc.oneof(int(1, 20), pick(33, 64)), shared: fc.boolean(),
}).map(({ batch, M, K, N, shared }) => ({ a: [...batch, M, K], b: shared ? [K, N] : [...batch, K, N], M, K, N }));

/** Types of both operands of a product that onnxruntime takes. */
const signs = pick<[DType, DType][]>(['uint8', 'uint8'], ['uint8', 'int8'], ['int8', 'int8']);
const constants = (...indices: number[]): fc.Arbitrary<readonly number[]> => pick<number[][]>([], indices);

// ---- operators

const quantizeLinear = fc.record({ type: pick<DType[]>('uint8', 'int8', 'uint16', 'int16'), dims: shape, step: scaleValue, half: fc.boolean(), way: int(0, 2), axis: int(0, 2), block: int(1, 5) })
  .chain(({ type, dims, step, half, way, axis: drawn, block }) => {
    const axis = dims.length === 0 ? 0 : drawn % dims.length;
    // In blocks, onnxruntime lets infinities wrap, dies of an empty tensor, and takes the block of a vector for a scalar; what
    // it makes of float16 infinities and NaN depends on where they stand.
    const blocked = way === 2 && dims.length > 1 && sizeOf(dims) > 0;
    const parameters = way === 0 || dims.length === 0 ? [] : blocked ? dims.map((d, i) => (i === axis ? Math.ceil(d / block) : d)) : [dims[axis]];
    const scaled = fc.array(pick(0.5, 1, 1, 2), { minLength: sizeOf(parameters), maxLength: sizeOf(parameters) })
      .map((factors) => new Tensor('float32', factors.map((f) => f32(f * step)), parameters));
    return fc.tuple(ties(dims, step, half, !half && !blocked), scaled, codes(type, parameters)).map(([x, s, z]): OneNode => ({
      opType: 'QuantizeLinear', opset: 21, outputs: [type],
      attributes: { ...(parameters.length > 0 && { axis: axis - (block % 2) * dims.length }), ...(blocked && { block_size: block }) },
      inputs: [x, half ? new Tensor('float16', Array.from(s.data as Float32Array, f16FromF32), s.dims) : s, z],
    }));
  });

const dequantizeLinear = fc.record({ type: pick<DType[]>('uint8', 'int8', 'uint16', 'int16', 'int32'), dims: shape, way: int(0, 2), axis: int(0, 2), block: int(1, 5), ms: fc.boolean() })
  .chain(({ type, dims, way, axis: drawn, block, ms }) => {
    const axis = dims.length === 0 ? 0 : drawn % dims.length;
    const blocked = way === 2 && dims.length > 1 && sizeOf(dims) > 0 && type !== 'int32' && !ms;
    const parameters = way === 0 || dims.length === 0 ? [] : blocked ? dims.map((d, i) => (i === axis ? Math.ceil(d / block) : d)) : [dims[axis]];
    return fc.tuple(codes(type, dims), scales(parameters), codes(type, parameters)).map(([x, s, z]): OneNode => ({
      opType: 'DequantizeLinear', domain: ms ? MS : '', opset: 21, outputs: ['float32'],
      attributes: { ...(parameters.length > 0 && { axis }), ...(blocked && { block_size: block }) }, inputs: [x, s, type === 'int32' ? undefined : z],
    }));
  });

/** The ends of the range are set so that the scale is a power of two and all other elements are ties. */
const dynamicQuantizeLinear = fc.record({ dims: nonEmpty, step: pick(1 / 8, 1 / 2, 1, 4), s: seed, sign: pick(1, 1, -1, 0), spread: pick(127.5, 100.25, 3) })
  .map(({ dims, step, s, sign, spread }): OneNode => {
    const values = fill(s, sizeOf(dims), (random) => (Math.floor(random() * 2 * spread - spread) + 0.5) * step * sign);
    values[0] = spread * step * sign;
    values[values.length - 1] = -spread * step * sign;
    return { opType: 'DynamicQuantizeLinear', opset: 11, inputs: [new Tensor('float32', values.map(f32), dims)], outputs: ['uint8', 'float32', 'uint8'] };
  });

const matMulInteger = fc.tuple(product, pick(...BYTES), pick(...BYTES), fc.boolean(), fc.boolean(), constants(1)).chain(([{ a, b }, ta, tb, za, zb, fixed]) =>
  fc.tuple(codes(ta, a), codes(tb, b), zero(ta), zero(tb)).map(([x, w, xz, wz]): OneNode => ({
    opType: 'MatMulInteger', opset: 10, inputs: [x, w, za ? xz : undefined, zb ? wz : undefined], constants: fixed, outputs: ['int32'],
  })));

// Columns have parameters of their own only where b is one matrix: onnxruntime refuses vectors for more.
const qLinearMatMul = fc.tuple(product, signs, fc.boolean(), constants(3, 4, 5), pick(10, 21)).chain(([{ a, b, N }, [ta, tb], columns, fixed, opset]) => {
  const parameters = columns && b.length === 2 ? [N] : [];
  return fc.tuple(codes(ta, a), scale, zero(ta), codes(tb, b), scales(parameters), codes(tb, parameters), outputScale, zero(ta))
    .map((inputs): OneNode => ({ opType: 'QLinearMatMul', opset, inputs, constants: fixed, outputs: [ta] }));
});

const qGemm = fc.record({
  M: int(1, 9), K: fc.oneof(int(1, 20), pick(64, 67)), N: fc.oneof(int(1, 20), pick(33, 64)), types: signs, transA: flag, transB: flag, alpha: pick(1, 0.5, 0.1),
  columns: fc.boolean(), toFloat: fc.boolean(), bias: int(0, 5), fixed: constants(3, 4, 5),
}).chain(({ M, K, N, types: [ta, tb], transA, transB, alpha, columns, toFloat, bias, fixed }) => {
  const parameters = columns ? [N] : [];
  const biasDims = [undefined, [N], [1, N], [M, N], [M, 1], [1]][bias];
  return fc.tuple(
    codes(ta, transA ? [K, M] : [M, K]), scale, zero(ta), codes(tb, transB ? [N, K] : [K, N]), scales(parameters), codes(tb, parameters),
    biasDims === undefined ? fc.constant(undefined) : ints32(biasDims, 5000), outputScale, zero(ta),
  ).map((inputs): OneNode => ({
    opType: 'QGemm', domain: MS, attributes: { transA, transB, alpha }, inputs: toFloat ? inputs.slice(0, 7) : inputs, constants: fixed,
    outputs: [toFloat ? 'float32' : ta],
  }));
});

const biasOf = (N: number): fc.Arbitrary<Tensor | undefined> => fc.option(floats([N], 10), { nil: undefined });

const dynamicQuantizeMatMul = fc.tuple(product, pick(...BYTES), fc.boolean(), fc.boolean(), constants(1, 2)).chain(([{ a, b, N }, tb, columns, hasZero, fixed]) => {
  const parameters = columns && b.length === 2 ? [N] : [];
  return fc.tuple(floats(a, 3), codes(tb, b), scales(parameters), codes(tb, parameters), biasOf(N)).map(([x, w, s, z, bias]): OneNode => ({
    opType: 'DynamicQuantizeMatMul', domain: MS, inputs: [x, w, s, hasZero ? z : undefined, bias], constants: fixed, outputs: ['float32'],
  }));
});

const matMulIntegerToFloat = fc.tuple(product, signs, fc.boolean(), fc.boolean(), constants(1, 3)).chain(([{ a, b, N }, [ta, tb], columns, hasZero, fixed]) => {
  const parameters = columns && b.length === 2 ? [N] : [];
  return fc.tuple(codes(ta, a), codes(tb, b), scale, scales(parameters), zero(ta), codes(tb, parameters), biasOf(N)).map(([x, w, xs, ws, xz, wz, bias]): OneNode => ({
    opType: 'MatMulIntegerToFloat', domain: MS, inputs: [x, w, xs, ws, hasZero ? xz : undefined, hasZero ? wz : undefined, bias], constants: fixed, outputs: ['float32'],
  }));
});

interface Geometry {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes: { readonly [name: string]: number | number[] | string };
}

/** A convolution over 1 to 3 axes: grouped, depthwise, dilated, padded; onnxruntime takes SAME_* without dilation only. */
const geometry = (channelsLast: boolean): fc.Arbitrary<Geometry> => fc.integer({ min: 1, max: 3 }).chain((rank) => {
  const list = (min: number, max: number, size = rank) => fc.array(int(min, max), { minLength: size, maxLength: size });
  return fc.record({
    spatial: list(3, rank === 3 ? 5 : 9), kernel: list(1, 3), strides: list(1, 2), dilations: list(1, 2), pads: list(0, 2, 2 * rank), batch: int(1, 2),
    group: pick(1, 1, 2, 3), inputs: int(1, 4), outputs: int(1, 4), auto: pick('NOTSET', 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'),
  }).map(({ spatial, kernel, strides, dilations, pads, batch, group, inputs, outputs, auto }): Geometry => {
    const reach = (i: number) => (kernel[i] - 1) * dilations[i] + 1;
    const fits = spatial.map((s, i) => (auto.startsWith('SAME') || reach(i) > s ? 1 : dilations[i]));
    const channels = group * inputs;
    return {
      x: channelsLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial], w: [group * outputs, inputs, ...kernel],
      attributes: { group, kernel_shape: kernel, strides, dilations: fits, auto_pad: auto, ...(auto === 'NOTSET' && { pads }) },
    };
  });
});

const qLinearConv = fc.record({ types: signs, last: fc.boolean(), channels: fc.boolean(), fixed: constants(3, 4, 5, 8), bias: fc.boolean() })
  .chain(({ types: [tx, tw], last, channels, fixed, bias }) => geometry(last).chain(({ x, w, attributes }) => {
    const parameters = channels ? [w[0]] : [];
    // onnxruntime wants the zero points of all channels to be equal.
    const wZero = codes(tw, []).map((z) => new Tensor(tw, new Array(sizeOf(parameters)).fill((z.data as Uint8Array)[0]), parameters));
    return fc.tuple(codes(tx, x), scale, zero(tx), codes(tw, w), scales(parameters), wZero, outputScale, zero(tx), ints32([w[0]], 3000))
      .map((inputs): OneNode => ({
        opType: 'QLinearConv', domain: last ? MS : '', opset: 10, inputs: bias ? inputs : inputs.slice(0, 8), constants: fixed.filter((i) => bias || i !== 8),
        attributes: last ? { ...attributes, channels_last: 1 } : attributes, outputs: [tx],
      }));
  }));

const convInteger = fc.tuple(geometry(false), pick(...BYTES), pick(...BYTES), fc.boolean(), constants(1)).chain(([{ x, w, attributes }, tx, tw, hasZero, fixed]) =>
  fc.tuple(codes(tx, x), codes(tw, w), zero(tx), zero(tw)).map(([a, b, az, bz]): OneNode => ({
    opType: 'ConvInteger', opset: 10, attributes, inputs: hasZero ? [a, b, az, bz] : [a, b], constants: fixed, outputs: ['int32'],
  })));

const binary = (opType: string) => fc.tuple(pair, pick(...BYTES)).chain(([[a, b], type]) =>
  fc.tuple(codes(type, a), scale, codes(type, []), codes(type, b), scale, codes(type, []), outputScale, codes(type, []))
    .map((inputs): OneNode => ({ opType, domain: MS, inputs, outputs: [type] })));

/** All 256 codes. */
const everyCode = (type: DType): Tensor => new Tensor(type, Array.from({ length: 256 }, (_, i) => integerRange(type)[0] + i), [256]);

const unary = (opType: string, outputs: fc.Arbitrary<Tensor>, attributes: fc.Arbitrary<Record<string, number>> = fc.constant({})) =>
  fc.tuple(pick(...BYTES), attributes, fc.boolean()).chain(([type, attrs, hasZero]) => fc.tuple(scale, zero(type), outputs, zero(type))
    .map(([xs, xz, ys, yz]): OneNode => ({
      opType, domain: MS, attributes: attrs, inputs: [everyCode(type), xs, hasZero ? xz : undefined, ys, hasZero ? yz : undefined], outputs: [type],
    })));

const fraction = pick(1 / 256, 1 / 255, 1 / 128, 0.01, 0.003).map((v) => new Tensor('float32', [f32(v)], []));

// onnxruntime overflows where 1 / y_scale exceeds about 148 times the length of a row, and loses the row.
const qLinearSoftmax = fc.record({ type: pick(...BYTES), dims: fc.array(int(2, 12), { minLength: 1, maxLength: 3 }), wide: fc.boolean(), axis: int(-3, 2), opset: pick(12, 13), ys: pick(1 / 256, 1 / 255, 1 / 128, 0.01).map((v) => new Tensor('float32', [f32(v)], [])) })
  .chain(({ type, dims, wide, axis: drawn, opset, ys }) => {
    const shaped = wide ? [...dims.slice(1), 67] : dims;
    const axis = ((drawn % shaped.length) + shaped.length) % shaped.length;
    return fc.tuple(codes(type, shaped), pick(1 / 32, 0.02, 0.1).map((v) => new Tensor('float32', [f32(v)], [])), zero(type)).map(([x, xs, xz]): OneNode => ({
      opType: 'QLinearSoftmax', domain: MS, attributes: { axis, opset }, inputs: [x, xs, xz, ys, new Tensor(type, [integerRange(type)[0]], [])], outputs: [type],
    }));
  });

const qLinearConcat = fc.record({ type: pick(...BYTES), dims: nonEmpty, axis: int(-3, 2), lengths: fc.array(int(1, 9), { minLength: 1, maxLength: 4 }) })
  .chain(({ type, dims, axis: drawn, lengths }) => {
    const axis = ((drawn % dims.length) + dims.length) % dims.length;
    const triples = lengths.map((l) => fc.tuple(codes(type, dims.map((d, i) => (i === axis ? l : d))), scale, zero(type)));
    return fc.tuple(scale, zero(type), ...triples).map(([s, z, ...rest]): OneNode => ({
      opType: 'QLinearConcat', domain: MS, attributes: { axis }, inputs: [s, z, ...(rest as Tensor[][]).flat()], outputs: [type],
    }));
  });

const qLinearWhere = fc.tuple(pair, pick(...BYTES), seed).chain(([[a, b], type, s]) =>
  fc.tuple(codes(type, a), scale, zero(type), codes(type, b), scale, zero(type), scale, zero(type)).map((inputs): OneNode => ({
    opType: 'QLinearWhere', domain: MS, inputs: [new Tensor('bool', fill(s, sizeOf(a), (random) => Math.floor(random() * 2)), a), ...inputs], outputs: [type],
  })));

const qLinearAveragePool = fc.tuple(fc.boolean(), pick(...BYTES), flag, flag).chain(([last, type, countPadding, ceil]) => geometry(last).chain(({ x, attributes: a }) => {
  const kernel = a['kernel_shape'] as number[];
  const pads = (a['pads'] as number[] | undefined)?.map((p, i) => Math.min(p, kernel[i % kernel.length] - 1));
  return fc.tuple(codes(type, x), scale, codes(type, []), scale, codes(type, [])).map((inputs): OneNode => ({
    opType: 'QLinearAveragePool', domain: MS, inputs, outputs: [type],
    attributes: { kernel_shape: kernel, strides: a['strides'], auto_pad: a['auto_pad'], ...(pads && { pads }), channels_last: Number(last), count_include_pad: countPadding, ceil_mode: ceil },
  }));
}));

// onnxruntime refuses ratios of scales of 256 and more.
const qLinearGlobalAveragePool = fc.record({ type: pick(...BYTES), last: fc.boolean(), channels: int(1, 20), spatial: fc.array(int(1, 8), { minLength: 1, maxLength: 3 }), batch: int(1, 2) })
  .chain(({ type, last, channels, spatial, batch }) => fc.tuple(
    codes(type, last ? [batch, ...spatial, channels] : [batch, channels, ...spatial]), scale, zero(type), pick(1 / 16, 1 / 4, 1, 0.3).map((v) => new Tensor('float32', [f32(v)], [])), zero(type),
  ).map((inputs): OneNode => ({ opType: 'QLinearGlobalAveragePool', domain: MS, attributes: { channels_last: Number(last) }, inputs, outputs: [type] })));

/** Operators whose results must be equal to the bit. */
export const EXACT: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  MatMulInteger: matMulInteger,
  QLinearMatMul: qLinearMatMul,
  QGemm: qGemm,
  DynamicQuantizeMatMul: dynamicQuantizeMatMul,
  MatMulIntegerToFloat: matMulIntegerToFloat,
  QLinearConv: qLinearConv,
  ConvInteger: convInteger,
  QLinearAdd: binary('QLinearAdd'),
  QLinearMul: binary('QLinearMul'),
  QLinearSigmoid: unary('QLinearSigmoid', fraction),
  QLinearLeakyRelu: unary('QLinearLeakyRelu', scale, pick(0.01, 0.1, 0.25, 0.5).map((alpha) => ({ alpha }))),
  QLinearSoftmax: qLinearSoftmax,
  QLinearConcat: qLinearConcat,
  QLinearWhere: qLinearWhere,
  QLinearAveragePool: qLinearAveragePool,
  QLinearGlobalAveragePool: qLinearGlobalAveragePool,
};

// ---- operators with float sums

const bytes = (dims: readonly number[]) => codes('uint8', dims);
const asHalf = (t: Tensor): Tensor => new Tensor('float16', Array.from(t.data as Float32Array, f16FromF32), t.dims);
const positive = (dims: readonly number[]): fc.Arbitrary<Tensor> => seed.map((s) => new Tensor('float32', fill(s, sizeOf(dims), (random) => f32(random() * 0.1 + 0.01)), dims));

// Not drawn: packed zero points together with g_idx, which onnxruntime ignores, and float ones of 8-bit codes, which it refuses.
const matMulNBits = fc.record({
  bits: pick(2, 4, 8), block: pick(16, 32, 64, 128, 256), K: fc.oneof(int(1, 70), pick(128, 200, 256)), N: int(1, 20), batch: pick<number[][]>([], [1], [3], [2, 2]),
  zeros: pick('none', 'packed', 'float'), groups: fc.boolean(), bias: fc.boolean(), level: int(0, 4), half: fc.boolean(), fixed: fc.boolean(), flat: fc.boolean(),
}).chain(({ bits, block, K, N, batch, zeros, groups: wanted, bias, level, half, fixed, flat }) => {
  const count = Math.ceil(K / block), zeroBytes = Math.ceil((count * bits) / 8);
  const kind = zeros === 'float' && bits === 8 ? 'none' : zeros;
  const groups = wanted && bits === 4 && kind !== 'packed';
  const rows = (size: number) => (flat ? [N * size] : [N, size]);
  return fc.tuple(
    floats([...batch, K], 2), bytes([N, count, (block * bits) / 8]), positive(rows(count)), bytes(rows(zeroBytes)),
    positive(rows(count)), seed, floats([N], 5),
  ).map(([a, b, s, packed, plain, order, added]): OneNode => {
    const as = (t: Tensor) => (half ? asHalf(t) : t);
    return {
      opType: 'MatMulNBits', domain: MS, attributes: { K, N, bits, block_size: block, accuracy_level: level }, outputs: [half ? 'float16' : 'float32'],
      inputs: [
        as(a), b, as(s), kind === 'none' ? undefined : kind === 'packed' ? packed : as(plain),
        groups ? new Tensor('int32', fill(order, K, (random) => Math.floor(random() * count)), [K]) : undefined, bias ? as(added) : undefined,
      ],
      constants: fixed ? [1, 2, 3, 4, 5] : [5],
    };
  });
});

const matMulBnb4 = fc.record({ K: int(1, 100), N: int(1, 20), block: pick(16, 32, 64), type: flag, M: int(1, 5) }).chain(({ K, N, block, type, M }) =>
  fc.tuple(floats([M, K], 2), bytes([Math.ceil((N * K) / 2)]), positive([Math.ceil((N * K) / block)])).map((inputs): OneNode => ({
    opType: 'MatMulBnb4', domain: MS, attributes: { K, N, block_size: block, quant_type: type }, inputs, constants: [1, 2], outputs: ['float32'],
  })));

const matMulFpQ4 = fc.record({ K: int(1, 100), N: int(1, 12), M: int(1, 5), type: flag, s: seed }).chain(({ K, N, M, type, s }) => floats([M, K], 2).map((a): OneNode => {
  const count = N * Math.ceil(K / 32), size = 20 + type;
  const packed = Uint8Array.from(fill(s, count * size, (random) => random() * 256));
  const view = new DataView(packed.buffer);
  for (let i = 0; i < count; i++) {
    view.setFloat32(i * size, ((s % 7) + 1 + (i % 5)) / 64, true);
    if (type === 1) packed[i * size + 4] &= 15;
  }
  return {
    opType: 'MatMulFpQ4', domain: MS, attributes: { blk_quant_type: type }, constants: [1, 2], outputs: ['float32'],
    inputs: [a, new Tensor('uint8', packed, [packed.length]), new Tensor('int64', [K, N].map(BigInt), [2])],
  };
}));

const gatherBlockQuantized = fc.record({
  type: pick<DType[]>('uint8', 'uint4', 'int4'), bits: pick(2, 4, 8), rows: int(1, 9), width: pick(8, 16, 40, 64), block: pick(16, 32), zeros: fc.boolean(), half: fc.boolean(),
  indices: fc.array(int(0, 1000), { minLength: 0, maxLength: 6 }), negative: fc.boolean(),
}).chain(({ type, bits, rows, width, block, zeros, half, indices, negative }) => {
  const perByte = type === 'uint8' ? 8 / bits : 1;
  const count = Math.ceil(width / block);
  const own = type === 'uint8' ? 'uint8' : type;
  const zeroDims = [rows, Math.ceil(count / perByte)];
  return fc.tuple(packedCodes(own, [rows, width / perByte]), positive([rows, count]), packedCodes(own, zeroDims)).map(([data, s, z]): OneNode => ({
    opType: 'GatherBlockQuantized', domain: MS, attributes: { block_size: block, gather_axis: 0, quantize_axis: 1, bits: type === 'uint8' ? bits : 4 },
    inputs: [data, new Tensor('int64', indices.map((i) => BigInt((i % rows) - (negative ? rows : 0))), [indices.length]), half ? asHalf(s) : s, zeros ? z : undefined],
    constants: [0, 2, 3], outputs: [half ? 'float16' : 'float32'],
  }));
});

/** Random storage of a packed type. */
const packedCodes = (type: DType, dims: readonly number[]): fc.Arbitrary<Tensor> => seed.map((s) => {
  const length = Math.ceil((sizeOf(dims) * dtypeInfo(type).bits) / 8);
  const raw = Uint8Array.from(fill(s, length, (random) => random() * 256));
  return new Tensor(type, type === 'int4' ? new Int8Array(raw.buffer) : raw, dims);
});

const qAttention = fc.record({
  batch: int(1, 3), rows: int(1, 5), heads: pick(1, 2, 4), size: pick(4, 8), depth: pick(8, 16), type: pick(...BYTES), columns: fc.boolean(), past: int(0, 3), causal: flag, mask: int(0, 3), s: seed,
}).chain(({ batch, rows, heads, size, depth, type, columns, past, causal, mask: kind, s }) => {
  const hidden = heads * size, keys = past + rows;
  const mask = [undefined, [batch], [2 * batch], [batch, keys]][kind];
  const entry = (random: () => number): number => (kind === 3 ? Math.floor(random() * 2) : 1 + Math.floor(random() * keys));
  return fc.tuple(
    codes('uint8', [batch, rows, depth]), codes(type, [depth, 3 * hidden]), floats([3 * hidden], 1), positive(columns ? [3 * hidden] : []), codes('uint8', []), codes(type, []),
    floats([2, batch, heads, past, size], 1),
  ).map(([x, w, b, ws, xz, wz, cache]): OneNode => {
    const values = mask && fill(s, sizeOf(mask), entry);
    if (kind === 2) values!.fill(0, batch); // starts
    return {
      opType: 'QAttention', domain: MS, attributes: { num_heads: heads, unidirectional: causal }, constants: [1, 2, 3, 4, 6, 7],
      inputs: [x, w, b, new Tensor('float32', [0.004], []), ws, mask && new Tensor('int32', values!, mask), xz, wz, past > 0 ? cache : undefined],
      outputs: past > 0 ? ['float32', 'float32'] : ['float32'],
    };
  });
});

const qEmbedLayerNormalization = fc.record({ batch: int(1, 3), rows: int(1, 5), hidden: pick(4, 8, 12), type: pick(...BYTES), segments: fc.boolean(), s: seed })
  .chain(({ batch, rows, hidden, type, segments, s }) => {
    const ids = (limit: number, salt: number) => new Tensor('int32', fill(s + salt, batch * rows, (random) => Math.floor(random() * limit)), [batch, rows]);
    const table = (count: number) => codes(type, [count, hidden]);
    const some = <T>(arbitrary: fc.Arbitrary<T>) => (segments ? arbitrary : fc.constant(undefined));
    const one = positive([]), z = codes(type, []);
    return fc.tuple(table(7), table(9), some(table(2)), codes(type, [hidden]), codes(type, [hidden]), one, one, some(one), one, one, z, z, some(z), z, z)
      .map(([word, position, segment, gamma, beta, ...parameters]): OneNode => ({
        opType: 'QEmbedLayerNormalization', domain: MS, attributes: { epsilon: 1e-5 }, constants: Array.from({ length: 16 }, (_, i) => 2 + i).filter((i) => i !== 7), outputs: ['float32', 'int32'],
        inputs: [ids(7, 0), segments ? ids(2, 1) : undefined, word, position, segment, gamma, beta, ids(2, 2), ...parameters],
      }));
  });

const dynamicQuantizeLSTM = (steps: fc.Arbitrary<number>) => fc.record({
  steps, batch: int(1, 3), input: int(1, 9), hidden: int(1, 9), direction: pick('forward', 'reverse', 'bidirectional'), type: pick(...BYTES), columns: fc.boolean(),
  lengths: fc.boolean(), peepholes: fc.boolean(), initial: fc.boolean(), bias: fc.boolean(), clip: fc.boolean(), coupled: flag, s: seed,
}).chain(({ steps: T, batch, input, hidden, direction, type, columns, lengths, peepholes, initial, bias, clip, coupled, s }) => {
  const D = direction === 'bidirectional' ? 2 : 1;
  const parameters = columns ? [D, 4 * hidden] : [D];
  const zeros = new Tensor(type, new Array(sizeOf(parameters)).fill(type === 'int8' ? 0 : 128), parameters);
  const some = (wanted: boolean, arbitrary: fc.Arbitrary<Tensor>) => (wanted ? arbitrary : fc.constant(undefined));
  const small = seed.map((r) => new Tensor('float32', fill(r, sizeOf(parameters), (random) => f32(random() * 0.01 + 0.002)), parameters));
  return fc.tuple(
    floats([T, batch, input], 2), codes(type, [D, input, 4 * hidden]), codes(type, [D, hidden, 4 * hidden]), some(bias, floats([D, 8 * hidden], 0.5)),
    some(initial, floats([D, batch, hidden], 1)), some(initial, floats([D, batch, hidden], 1)), some(peepholes, floats([D, 3 * hidden], 0.3)), small, small,
  ).map(([x, w, r, b, h, c, p, ws, rs]): OneNode => ({
    opType: 'DynamicQuantizeLSTM', domain: MS, attributes: { hidden_size: hidden, direction, input_forget: coupled, ...(clip && { clip: 0.5 }) }, constants: [1, 2, 3, 7, 8, 9, 10, 11],
    inputs: [x, w, r, b, lengths ? new Tensor('int32', fill(s, batch, (random) => 1 + Math.floor(random() * T)), [batch]) : undefined, h, c, p, ws, zeros, rs, zeros],
    outputs: ['float32', 'float32', 'float32'],
  }));
});

const experts = fc.record({
  count: int(1, 5), k: int(1, 5), hidden: pick(32, 64), inter: pick(32, 64), tokens: int(1, 6), activation: pick('relu', 'gelu', 'silu', 'identity', 'swiglu'),
  normalize: flag, limit: fc.boolean(), biases: fc.boolean(),
}).map((e) => ({
  ...e, k: Math.min(e.k, e.count), wide: e.activation === 'swiglu' ? 2 * e.inter : e.inter,
  attributes: {
    k: Math.min(e.k, e.count), activation_type: e.activation, normalize_routing_weights: e.normalize,
    ...(e.activation === 'swiglu' && { swiglu_fusion: 1, activation_alpha: 1.702, activation_beta: 1, ...(e.limit && { swiglu_limit: 7 }) }),
  },
}));

const moE = experts.chain(({ count, hidden, inter, tokens, wide, biases, attributes }) => fc.tuple(
  floats([tokens, hidden], 1), floats([tokens, count], 3), floats([count, wide, hidden], 0.3), floats([count, wide], 0.3), floats([count, hidden, inter], 0.3), floats([count, hidden], 0.3),
).map(([x, router, w1, b1, w2, b2]): OneNode => ({
  opType: 'MoE', domain: MS, attributes, inputs: [x, router, w1, biases ? b1 : undefined, w2, biases ? b2 : undefined], constants: [2, 4], outputs: ['float32'],
})));

// Not drawn: 2 bits in blocks, which onnxruntime computes through tables of 8-bit activations, and zero points of one block.
const qMoE = fc.tuple(experts, pick(4, 8, 2), pick(0, 0, 16), fc.boolean(), fc.boolean()).chain(([e, bits, drawn, zeros, weighed]) => {
  const { count, hidden, inter, tokens, wide, biases, attributes } = e;
  const block = bits === 2 ? 0 : drawn, perByte = 8 / bits;
  const blocks = (K: number) => (block === 0 ? 1 : K / block);
  const scaled = (N: number, K: number) => positive(block === 0 ? [count, N] : [count, N, blocks(K)]);
  const zeroBytes = (N: number, K: number) => bytes(block === 0 ? [count, Math.ceil(N / perByte)] : [count, N, Math.ceil(blocks(K) / perByte)]);
  return fc.tuple(
    floats([tokens, hidden], 1), floats([tokens, count], 3), bytes([count, wide, hidden / perByte]), scaled(wide, hidden), floats([count, wide], 0.3),
    bytes([count, hidden, inter / perByte]), scaled(hidden, inter), floats([count, hidden], 0.3), zeroBytes(wide, hidden), zeroBytes(hidden, inter), positive([tokens, count]),
  ).map(([x, router, w1, s1, b1, w2, s2, b2, z1, z2, weights]): OneNode => ({
    opType: 'QMoE', domain: MS, attributes: { ...attributes, expert_weight_bits: bits, ...(block !== 0 && { block_size: block }) }, outputs: ['float32'],
    inputs: [
      x, router, w1, s1, biases ? b1 : undefined, w2, s2, biases ? b2 : undefined, undefined, undefined, undefined, zeros ? z1 : undefined, zeros ? z2 : undefined, undefined,
      weighed ? weights : undefined,
    ],
    constants: [2, 3, 4, 5, 6, 7, 11, 12],
  }));
});

/**
 * What the order of a float32 sum of K products may change: half a unit of the last place, K times over, of the largest product.
 * It counts where terms cancel and the result is small.
 */
function sumError({ inputs, attributes }: OneNode): number {
  const largest = (t: Tensor | undefined): number => (t === undefined ? 0 : Array.from(unpack(t)).reduce((most, v) => Math.max(most, Math.abs(v)), 0));
  const { K, bits } = attributes as { readonly K: number; readonly bits: number };
  return 2 ** -24 * K * largest(inputs[0]) * largest(inputs[2]) * 2 ** bits;
}

/** Operators with sums of floats, and how far results may differ, relative to the largest one or to 1. */
export const CLOSE: Readonly<Record<string, readonly [fc.Arbitrary<OneNode>, tolerance: number, error?: (node: OneNode) => number]>> = {
  MatMulNBits: [matMulNBits, 3e-6, sumError],
  MatMulBnb4: [matMulBnb4, 3e-6],
  MatMulFpQ4: [matMulFpQ4, 3e-6],
  GatherBlockQuantized: [gatherBlockQuantized, 0],
  // Scores of hundreds stand in the exponent: 2^-24 of a score is what a weight may be off by.
  QAttention: [qAttention, 1e-4],
  QEmbedLayerNormalization: [qEmbedLayerNormalization, 1e-6],
  DynamicQuantizeLSTM: [dynamicQuantizeLSTM(fc.constant(1)), 2e-6],
  // The last bit of an activation may move a hidden state to the next code.
  'DynamicQuantizeLSTM over time': [dynamicQuantizeLSTM(int(2, 6)), 5e-3],
  MoE: [moE, 3e-6],
  QMoE: [qMoE, 3e-6],
};
