/** Draws for passes that requantize, find weights again, regroup pixels, or turn images. */
import { pack } from '../../../src/tensor/index.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';
import { f32, i64 } from '../random.ts';
import { shuffled } from './moves.ts';

const [TO, BACK] = ['Transpose{perm: [0, 2, 3, 1]}', 'Transpose{perm: [0, 3, 1, 2]}'];

/** A quantizer after another; of one scale, or the first `finer` times finer. */
const twice = (finer: (d: Draw) => number) => (d: Draw): Drawn => {
  const scale = d.scale();
  const wide = d.pick(['int16', 'uint16', 'uint8'] as const);
  const first = wide === 'uint8' ? pack('uint8', [d.integer(100, 140)], []) : pack(wide, [wide === 'int16' ? d.integer(-9, 9) : d.integer(32000, 33000)], []);
  const narrow = d.pick(['uint8', 'int8'] as const);
  const last = pack(narrow, [narrow === 'uint8' ? d.integer(100, 140) : d.integer(-28, 12)], []);
  return drawn('y = QuantizeLinear(DequantizeLinear(QuantizeLinear(x, s, z), s, z), t, u)', {
    x: d.input('float32', d.dims(2)), s: f32(scale / finer(d)), z: first, t: f32(scale), u: last,
  });
};

function weights(d: Draw): Drawn {
  const gemm = d.chance(0.5);
  const [channels, depth] = [d.integer(1, 4), d.integer(2, 6)];
  const transposed = gemm && d.chance(0.5);
  const dims = gemm ? (transposed ? [channels, depth] : [depth, channels]) : [channels, depth, 3, 3];
  const first = !gemm || transposed;
  const scales = Array.from({ length: channels }, () => Math.fround(0.001 + d.next() * 0.05));
  const codes = d.tensor('int8', ...dims).data as Int8Array;
  const inner = first ? codes.length / channels : 1;
  const w = f32(Float32Array.from(codes, (q, i) => Math.fround(Math.max(q, -127) * scales[Math.floor(i / inner) % channels]!)), dims);
  const f = gemm ? `Gemm${transposed ? '{transB: 1}' : ''}` : 'Conv{pads: [1, 1, 1, 1]}';
  const dtype = d.eight();
  return drawn(`y = QuantizeLinear(${f}(DequantizeLinear(x, sx, zx), w${d.maybe(0.5, ', b')}), sy, zy)`, {
    x: d.input(dtype, gemm ? [d.integer(1, 4), depth] : [1, depth, d.integer(2, 4), d.integer(2, 4)]), w, b: d.floats(channels), ...d.quantizer('x', dtype), ...d.quantizer('y', dtype),
  });
}

function blocked(d: Draw): Drawn {
  const [n, b, k] = [d.integer(1, 4), d.integer(1, 3), d.pick([16, 32])];
  const type = d.pick(['uint4', 'int4', 'uint8'] as const);
  return drawn(`y = Reshape(DequantizeLinear{axis: ${d.pick([2, 2, -1])}, block_size: ${k}}(w, s${d.maybe(0.5, ', z')}), n)`, {
    w: d.tensor(type, n, b, k), s: d.floats(n, b, 1), z: d.tensor(type, n, b, 1), n: i64(n, d.pick([b * k, -1])),
  });
}

function focus(d: Draw): Drawn {
  const block = d.pick([2, 2, 3]);
  const cuts = shuffled(d, block * block).map((i): string => {
    const [y, x] = [Math.floor(i / block), i % block];
    return d.chance(0.5) ? `Slice(Slice(x, n${y}, far, two, by), n${x}, far, three, by)` : `Slice(x, n${y}${x}, fars, axes, steps)`;
  });
  const starts = Array.from({ length: block }, (_, y) => Array.from({ length: block }, (_, x) => [`n${y}${x}`, i64(y, x)] as const)).flat();
  return drawn(`y = Concat{axis: ${d.pick([1, 1, 1, -3])}}(${(d.chance(0.3) ? [...cuts].sort() : cuts).join(', ')})`, {
    x: d.input(d.pick(['float32', 'uint8']), [d.integer(1, 2), d.integer(1, 3), block * d.integer(1, 3), block * d.integer(1, 3)]), far: i64(2 ** 53), fars: i64(2 ** 53, 2 ** 53),
    axes: i64(2, 3), two: i64(2), three: i64(3), by: i64(block), steps: i64(block, block), ...Object.fromEntries(Array.from({ length: block }, (_, i) => [`n${i}`, i64(i)])), ...Object.fromEntries(starts),
  });
}

function layout(d: Draw): Drawn {
  const dtype = d.eight();
  const [c, m] = [d.integer(1, 3), d.integer(1, 3)];
  const window = 'kernel_shape: [2, 2]';
  const f = d.pick([
    `QLinearConv{pads: [1, 0, 1, 0]${d.maybe(0.3, ', strides: [2, 2]')}}(x, sx, zx, w, sw, zw, sy, zy${d.maybe(0.5, ', b')})`, `MaxPool{${window}${d.maybe(0.3, ', pads: [1, 1, 0, 0]')}}(x)`,
    `ms.QLinearAveragePool{${window}${d.maybe(0.3, ', count_include_pad: 1')}}(x, sx, zx, sy, zy)`, 'ms.QLinearGlobalAveragePool(x, sx, zx, sy, zy)',
  ]);
  return drawn(`y = ${f}`, {
    x: d.input(dtype, [d.integer(1, 2), c, d.integer(2, 4), d.integer(2, 4)]), w: d.tensor('int8', m, c, 2, 2), sw: f32(0.01), zw: pack('int8', [0], []), b: d.tensor('int32', m),
    ...d.quantizer('x', dtype), ...d.quantizer('y', dtype),
  });
}

/** An image turned there and back, twice as often as needed. */
const turned = (d: Draw): Drawn => drawn(`a = ${TO}(x); y = ${BACK}(${d.pick(['a', 'Relu(a)', `${TO}(${BACK}(a))`])}); v = ${d.pick([`Neg(${TO}(x))`, 'Neg(a)'])}`, { x: d.input('float32', d.dims(4, 1, 3)) });

function residual(d: Draw): Drawn {
  const [n, c, m, h] = [d.integer(1, 2), d.integer(1, 3), d.integer(1, 3), d.integer(2, 4)];
  const sum = d.chance(0.5) ? `Add(Conv{pads: [1, 1, 1, 1]}(x, w${d.maybe(0.5, ', b')}), z)` : 'Add(z, Conv{pads: [1, 1, 1, 1]}(x, w))';
  return drawn(`y = ${d.pick([sum, `Relu(${sum})`])}`, { x: d.input('float32', [n, c, h, h]), z: d.input('float32', [n, m, h, h]), w: d.floats(m, c, 3, 3), b: d.floats(m) });
}

function preNorm(d: Draw): Drawn {
  const [b, s] = [d.integer(1, 2), d.integer(1, 3)];
  const past = d.integer(0, 3);
  const rows = (x: string, n: number): string => `Reshape(SimplifiedLayerNormalization{epsilon: 0.001}(Reshape(${x}, h${n}), g${x}), r${n})`;
  return drawn(`y, pk2, pv2 = ms.GroupQueryAttention{num_heads: 4, kv_num_heads: 2}(${rows('q', 4)}, ${rows('k', 2)}, v, pk, pv, last, total)`, {
    q: d.input('float32', [b, s, 32]), k: d.input('float32', [b, s, 16]), v: d.input('float32', [b, s, 16]), pk: d.input('float32', [b, 2, past, 8]), pv: d.input('float32', [b, 2, past, 8]),
    h4: i64(0, 0, 4, 8), h2: i64(0, 0, 2, 8), r4: i64(0, 0, 32), r2: i64(0, 0, 16), gq: d.between(0.5, 1.5, 8), gk: d.between(0.5, 1.5, 8),
    last: pack('int32', new Array<number>(b).fill(past + s - 1), [b]), total: pack('int32', [past + s], []),
  });
}

const pair = (d: Draw): Drawn => drawn('y = Neg(DequantizeLinear(QuantizeLinear(x, s, z), s, z))', { x: d.input('float32', d.dims(2)), s: f32(d.scale()), z: d.zero('int8') });

export const REWRITES: Readonly<Record<string, Generator>> = {
  'double-qdq-shift': { draw: twice(() => 1), applies: 0.25 },
  'double-qdq-narrowing': { draw: twice((d) => d.pick([64, 100, 128])), applies: 0.2 },
  'weight-bias-quantization': { draw: weights },
  'weight-rounding': { draw: weights },
  'dq-matmul-nbits-fusion-l1': { draw: blocked },
  'qdq-s8-to-u8-transformer': { draw: pair },
  'qdq-final-cleanup-transformer': { draw: pair },
  'slice-concat-to-space-to-depth-fusion': { draw: focus, applies: 0.4 },
  'nhwc-transformer': { draw: layout },
  'transpose-fusion-l3': { draw: turned, applies: 0.3 },
  'eliminate-transpose-l3': { draw: (d) => drawn(`y = Transpose{perm: [${d.chance(0.9) ? '0, 1, 2' : '0, 2, 1'}]}(x)`, { x: d.input('float32', d.dims(3)) }) },
  'transpose-optimizer-l3': { draw: turned, applies: 0.1 },
  'common-subexpression-elimination-l3': { draw: turned, applies: 0.2 },
  'conv-add-activation-fusion': { draw: residual },
  'group-query-attention-pre-norm-fusion': { draw: preNorm },
  'gelu-approximation': { draw: (d) => drawn(d.pick(['y = Gelu(x)', 'y = ms.Gelu(x)', 'y = ms.BiasGelu(x, b)']), { x: d.input('float32', [d.integer(1, 3), 5]), b: d.floats(5) }) },
  'matmul-bn-fusion': {
    draw: (d) => {
      const [m, k, n] = [d.integer(1, 4), d.integer(1, 4), d.integer(1, 4)];
      return drawn('y = BatchNormalization(MatMul(x, w), gamma, beta, mean, var)', {
        x: d.input('float32', [m, k]), w: d.floats(k, n), gamma: d.floats(n), beta: d.floats(n), mean: d.floats(n), var: d.between(0.5, 2, n),
      });
    },
  },
  'pre-shape-node-elimination': { draw: (d) => drawn(`n = Shape(${d.pick(['Relu(x)', 'Cast{to: 11}(x)', 'Softmax(x)', 'QuantizeLinear(x, s)'])})`, { x: d.input('float32', d.dims(2)), s: f32(d.scale()) }) },
};
