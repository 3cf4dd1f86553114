/** Draws for integer and block-quantized products. */
import { dtypeInfo, pack, Tensor, type DType } from '../../../src/tensor/index.ts';
import type { Values } from '../expression.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';

const swap = (d: Draw, f: string, a: string, b: string): string => (d.chance(0.5) ? `${f}(${a}, ${b})` : `${f}(${b}, ${a})`);

function integers(d: Draw): Values {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 9), d.integer(1, 5)];
  const batch = d.dims(d.integer(0, 1), 1, 2);
  const [a, b] = [d.eight(), d.eight()];
  return {
    a: d.input(a, [...batch, m, k]), x: d.input('float32', [...batch, m, k]), b: d.tensor(b, k, n), za: d.zero(a), zb: d.chance(0.5) ? d.zero(b) : d.zero(b, n), sa: d.input('float32', d.pick([[], [1]])),
    sb: d.between(0.001, 0.1, ...d.pick([[], [1], [n]])), bias: d.chance(0.9) ? d.floats(n) : d.input('float32', [...batch, m, n]),
  };
}

function integerProduct(d: Draw): Drawn {
  const scaled = swap(d, 'Mul', `Cast{to: 1}(MatMulInteger(a, b${d.pick(['', ', za', ', za, zb', ', _, zb'])}))`, swap(d, 'Mul', 'sa', 'sb'));
  return drawn(`y = ${d.chance(0.5) ? scaled : swap(d, 'Add', scaled, 'bias')}`, integers(d));
}

function dynamicProduct(d: Draw): Drawn {
  const values = integers(d);
  const scaled = swap(d, 'Mul', `Cast{to: 1}(MatMulInteger(q, b, z${d.pick(['', ', zb'])}))`, swap(d, 'Mul', 's', 'sb'));
  return drawn(`q, s, z = DynamicQuantizeLinear(x); y = ${d.chance(0.5) ? scaled : swap(d, 'Add', scaled, 'bias')}`, values);
}

function blocks(d: Draw): Drawn {
  const dtype = d.pick(['int4', 'uint4', 'int4', 'uint4', 'int8', 'uint8', 'int2', 'uint2', ...(d.chance(0.1) ? ['int16'] : [])] as const) as DType;
  const [k, n, block] = [d.integer(1, 40), d.integer(1, 5), d.pick([16, 16, 32])];
  const count = Math.ceil(k / block);
  const transposed = d.chance(0.3);
  const shape = (rows: number): [number, number] => (transposed ? [n, rows] : [rows, n]);
  const opset = dtypeInfo(dtype).bits === 2 ? 25 : d.pick([21, 23, 25]);
  const rank = transposed ? 2 : d.integer(2, 3);
  const weight = `DequantizeLinear{axis: ${transposed ? d.pick([1, -1]) : 0}, block_size: ${block}}(w, s${d.maybe(0.5, ', z')})`;
  const text = transposed ? `Gemm{transB: 1}(x, ${weight}${d.maybe(0.5, ', bias')})` : rank === 2 && d.chance(0.3) ? `Gemm(x, ${weight}${d.maybe(0.5, ', bias')})` : `MatMul(x, ${weight})`;
  return drawn(`y = ${text}`, {
    x: d.input('float32', [...d.dims(rank - 1, 1, 3), k]), w: d.tensor(dtype, ...shape(k)), s: d.floats(...shape(count)), z: d.tensor(dtype, ...shape(count)), bias: d.chance(0.9) ? d.floats(n) : d.floats(1, n),
  }, { opset });
}

interface Packed {
  readonly text: string;
  readonly values: Values;
}

/** MatMulNBits of x [.., k] with n columns, its parameters under names that end in `suffix`. */
export function packed(d: Draw, k: number, n: number, suffix: string, form: { bits: number; zeros: boolean; bias: boolean; level: number }): Packed {
  const { bits, zeros, bias, level } = form;
  const count = Math.ceil(k / 16);
  const inputs = ['x', `w${suffix}`, `s${suffix}`, zeros ? `z${suffix}` : '_', '_', bias ? `b${suffix}` : '_'].join(', ').replace(/(, _)+$/, '');
  return {
    text: `ms.MatMulNBits{K: ${k}, N: ${n}, bits: ${bits}, block_size: 16${level === 0 ? '' : `, accuracy_level: ${level}`}}(${inputs})`,
    values: {
      [`w${suffix}`]: d.tensor('uint8', n, count, 2 * bits), [`s${suffix}`]: d.between(-1, 1, n, count), [`z${suffix}`]: d.tensor('uint8', n, Math.ceil((count * bits) / 8)), [`b${suffix}`]: d.floats(n),
    },
  };
}

const formOf = (d: Draw) => ({ bits: d.pick([4, 4, 8]), zeros: d.chance(0.4), bias: d.chance(0.3), level: d.pick([0, 0, 0, 4]) });

function parallel(d: Draw): Drawn {
  const form = formOf(d), k = d.integer(1, 40);
  const parts = Array.from({ length: d.integer(2, 4) }, (_, i) => packed(d, k, d.integer(1, 5), String(i), d.chance(0.95) ? form : formOf(d)));
  const x = d.input('float32', [...d.dims(d.integer(1, 2), 1, 3), k]);
  return drawn(parts.map((p, i) => `y${i} = ${d.chance(0.5) ? p.text : `Neg(${p.text})`}`).join('; '), Object.assign({ x }, ...parts.map((p) => p.values)) as Values);
}

function projections(d: Draw): Drawn {
  const form = { ...formOf(d), bias: false }, k = d.integer(1, 40);
  const size = 8, groups = d.integer(1, 2), heads = groups * d.integer(1, 2);
  const [batch, tokens, past] = [d.integer(1, 2), d.integer(1, 3), d.integer(0, 3)];
  const [q, kk, v] = [heads, groups, groups].map((n, i) => packed(d, k, n * size, String(i), d.chance(0.97) ? form : formOf(d)));
  const count = (values: number[]) => new Tensor('int32', Int32Array.from(values), [values.length]);
  return drawn(`y, pk2, pv2 = ms.GroupQueryAttention{num_heads: ${heads}, kv_num_heads: ${groups}${d.maybe(0.5, ', scale: 0.3')}}(${q!.text}, ${kk!.text}, ${v!.text}, pk, pv, n, t)`, {
    x: d.input('float32', [batch, tokens, k]), ...q!.values, ...kk!.values, ...v!.values, pk: d.input('float32', [batch, groups, past, size]), pv: d.input('float32', [batch, groups, past, size]),
    n: count(Array<number>(batch).fill(past + tokens - 1)), t: count([past + tokens]),
  });
}

function biased(d: Draw): Drawn {
  const k = d.integer(1, 40), n = d.integer(1, 5);
  const p = packed(d, k, n, '0', { ...formOf(d), bias: false });
  return drawn(`y = ${swap(d, 'Add', p.text, 'bias')}`, { x: d.input('float32', [...d.dims(d.integer(1, 2), 1, 3), k]), ...p.values, bias: d.chance(0.9) ? d.floats(n) : pack('float32', [0.5], []) });
}

export const PRODUCTS: Readonly<Record<string, Generator>> = {
  'matmul-integer-to-float-fusion': { draw: integerProduct },
  'dynamic-quantize-matmul-fusion': { draw: dynamicProduct },
  'dq-matmul-nbits-fusion': { draw: blocks },
  'matmul-nbits-fusion': { draw: biased },
  'parallel-matmul-nbits-merge': { draw: parallel },
  'qkv-matmul-nbits-merge': { draw: projections },
};
