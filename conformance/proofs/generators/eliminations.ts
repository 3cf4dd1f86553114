/** Draws for passes that remove what does nothing, and that fold and share what is constant. */
import type { DType } from '../../../src/tensor/index.ts';
import { pack } from '../../../src/tensor/index.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';
import { f32, i64 } from '../random.ts';
import { shuffled } from './moves.ts';


/** A type and one that a Cast may go to. */
const CASTS: readonly DType[] = ['float32', 'float16', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'bool'];
const NUMBERS: Readonly<Record<string, number>> = { float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 };

function sharing(d: Draw): Drawn {
  const c = d.floats(4);
  const other = d.chance(0.8) ? c : d.floats(4);
  return drawn('y = Concat{axis: 0}(Mul(x, a), Mul(x, b), Add(x, k), Sub(x, h))', { x: d.input('float32', [d.integer(1, 3), 4]), a: c, b: other, k: d.scalar(0.5), h: d.scalar(0.5) });
}

function subexpressions(d: Draw): Drawn {
  const f = d.pick(['Relu(a)', 'Add(a, b)', 'Clip(a, lo, hi)', 'Transpose{perm: [1, 0]}(a)', 'MatMul(a, b)', 'Softmax{axis: 0}(a)', 'LeakyRelu{alpha: 0.1}(a)']);
  const again = d.chance(0.3) ? f.replace('(a, b)', '(b, a)') : d.chance(0.15) ? f.replace('0.1', '0.2').replace('axis: 0', 'axis: 1') : f;
  return drawn(d.pick([`y = Sub(Neg(${f}), ${again})`, `t = ${f}; u = ${again}; y = Neg(t); z = Abs(u)`, `t! = ${f}; u! = ${again}`]), {
    a: d.input('float32', [3, 3]), b: d.input('float32', [3, 3]), lo: f32(-1), hi: f32(1),
  });
}

function slices(d: Draw): Drawn {
  const rank = d.integer(1, 3), axis = d.integer(0, rank - 1);
  const dims = d.dims(rank, 1, 3);
  const cuts = [0, d.integer(1, 2), d.integer(3, 4), 6];
  dims[axis] = 6;
  const end = d.pick([6, 2 ** 31 - 1, 2 ** 40]);
  const at = (i: number): number => (i === 3 ? end : d.chance(0.2) ? cuts[i]! - 6 : cuts[i]!);
  const parts = [0, 1, 2].filter(() => d.chance(0.97));
  if (parts.length < 2) parts.splice(0, parts.length, 0, 1, 2);
  const opset = d.pick([9, 11, 13, 21]);
  const slice = (i: number): string => (opset < 10 ? `Slice{starts: [${i === 0 ? 0 : at(i)}], ends: [${at(i + 1)}], axes: [${axis}]}(x)` : `Slice(x, s${i}, e${i}, a)`);
  const bounds = Object.fromEntries(parts.flatMap((i) => [[`s${i}`, i64(i === 0 ? 0 : at(i))], [`e${i}`, i64(at(i + 1))]]));
  return drawn(parts.map((i) => `y${i} = Neg(${slice(i)})`).join('; '), { x: d.input('float32', dims), a: i64(d.chance(0.3) ? axis - rank : axis), ...bounds }, { opset });
}

function shapes(d: Draw): Drawn {
  const [b, s] = [d.integer(1, 3), d.integer(1, 4)];
  const from = (i: number): string => d.pick([`Slice(Shape(x), n${i}, n${i + 1})`, `Unsqueeze(Gather(Shape(x), g${i}), n0)`, `Shape{start: ${i}, end: ${i + 1}}(x)`]);
  const forms = [
    `Concat{axis: 0}(${from(0)}, ${from(1)}, k)`, `Concat{axis: 0}(${from(0)}, m, k)`, `Concat{axis: 0}(${from(0)}, ${from(1)}, h, q)`,
    `Concat{axis: 0}(Mul(${from(0)}, ${from(1)}), k)`, `Concat{axis: 0}(m, Mul(${from(0)}, ${from(1)}))`,
  ];
  return drawn(`y = Reshape${d.maybe(0.1, '{allowzero: 1}')}(x, ${d.pick(forms)})`, {
    x: d.input('float32', [d.pick(['b', b]), d.pick(['s', s]), 8].map((v, i) => (typeof v === 'string' ? v : [b, s, 8][i]!))),
    n0: i64(0), n1: i64(1), n2: i64(2), g0: i64(0).reshape([]), g1: i64(1).reshape([]), k: i64(8), m: i64(-1), h: i64(2), q: i64(4),
  });
}

export const ELIMINATIONS: Readonly<Record<string, Generator>> = {
  'eliminate-unused': {
    draw: (d) => drawn(`y = Relu(x); _u = ${d.pick(['Neg(x)', 'Exp(Neg(x))', 'Add(x, x)'])}${d.maybe(0.5, '; _v, _w = Split{num_outputs: 2, axis: 0}(Concat{axis: 0}(x, x))')}`, {
      x: d.input('float32', d.dims(d.integer(1, 3))),
    }),
  },
  'constant-folding': {
    draw: (d) => drawn(d.pick([
      'y = Add(x, Neg(c))', 'y = MatMul(x, Transpose(Mul(c, Exp(k))))', 'y = Add(x, Cast{to: 1}(Round(c)))', 'y = Reshape(x, Concat{axis: 0}(m, Shape(c)))',
      'y = Add(x, Gather(c, Mod(i, two)))', 'y = Mul(x, DequantizeLinear(q, s))', 'y = Add(x, Softmax(Add(c, k)))', 'a, b = Split{num_outputs: 3}(c); y = Add(Neg(x), Pad(Concat{axis: 1}(b, a), p))',
      'y = Add(x, Where(Greater(c, k), c, k))', 'y = Add(x, RandomNormalLike(c))', 'y = Mul(x, Slice(Reshape(c, m), zero, two))',
    ].map((t) => t.replace('a, b =', 'a, b, _d ='))), {
      x: d.input('float32', [3, 3]), c: d.floats(3, 3), k: d.between(-1, 1), m: i64(-1), i: i64(2, 1, 0), two: d.pick([i64(2), i64(3)]), zero: i64(0), q: d.tensor('int8', 3, 3), s: f32(0.1),
      p: i64(0, 0, 0, 1),
    }),
    applies: 0.45,
  },
  'eliminate-identity': { draw: (d) => drawn(d.pick(['y = Identity(x)', 'y = Neg(Identity(x))', 't = Identity(x); y = Neg(t); z = Abs(Identity(t))']), { x: d.input(d.pick(['float32', 'int32']), d.dims(2)) }) },
  'eliminate-dropout': {
    draw: (d) => {
      const opset = d.pick([6, 7, 10, 12, 13, 21]);
      const is = opset < 7 ? `{is_test: ${d.pick([1, 1, 1, 0])}}` : opset < 12 ? '{ratio: 0.3}' : '';
      return drawn(`y${d.maybe(0.15, ', m')} = Dropout${is}(Neg(x)${opset >= 12 ? d.pick(['', '', ', r', ', r, t', ', r, f']) : ''})`, {
        x: d.input('float32', d.dims(d.integer(1, 3))), r: f32(0), f: pack('bool', [0], []), t: pack('bool', [d.integer(0, 1)], []),
      }, { opset });
    },
  },
  'cast-elimination': {
    draw: (d) => {
      const type = d.pick(CASTS);
      return drawn(d.pick([`y = Cast{to: ${NUMBERS[d.chance(0.8) ? type : d.pick(CASTS)]}}(x)`, 'y = CastLike(x, l)']), { x: d.input(type, d.dims(2)), l: d.input(d.chance(0.8) ? type : 'float32', [2]) });
    },
  },
  'cast-chain-elimination': {
    draw: (d) => {
      const from = d.pick(CASTS);
      return drawn(`y = Cast{to: ${NUMBERS[d.pick(CASTS)]}}(Cast{to: ${NUMBERS[d.pick(['float32', 'float64', 'int32', ...CASTS])]}}(x))`, { x: d.input(from, d.dims(2)) });
    },
    applies: 0.4,
  },
  'eliminate-slice': {
    draw: (d) => {
      const rank = d.integer(1, 3), dims = d.dims(rank), axis = d.integer(0, rank - 1);
      const opset = d.pick([9, 10, 13, 21]);
      const start = d.pick([0, 0, 0, 0, 1, -dims[axis]!]), end = d.pick([dims[axis]!, dims[axis]! + 3, 2 ** 31 - 1, 2 ** 40, dims[axis]! - 1]);
      const form = opset < 10 ? `Slice{starts: [${start}], ends: [${end}]${d.maybe(0.7, `, axes: [${axis}]`)}}(x)` : `Slice(x, s, e, ${d.pick(['a', 'a, t'])})`;
      return drawn(`y = Neg(${form})`, { x: d.input('float32', dims), s: i64(start), e: i64(end), a: i64(d.pick([axis, axis - rank])), t: i64(d.pick([1, 1, 1, 1, 2])) }, { opset });
    },
  },
  'expand-elimination': {
    draw: (d) => {
      const dims = d.dims(d.integer(1, 3));
      const counts = d.chance(0.8) ? dims.map(() => 1) : dims.map(() => d.integer(1, 2));
      return drawn(d.pick(['y = Neg(Expand(x, s))', 'y = Tile(x, t)', 'y = Expand(x, t)', 'y = Abs(Expand(x, Shape(x)))']), { x: d.input(d.pick(['float32', 'int32']), dims), s: i64(...dims), t: i64(...counts) });
    },
  },
  'eliminate-single': { draw: (d) => drawn(`y = ${d.pick(['Concat{axis: 0}', 'Sum', 'Max', 'Min', 'Mean'])}(${d.chance(0.9) ? 'x' : 'x, x'})`, { x: d.input('float32', d.dims(d.integer(1, 3))) }) },
  'eliminate-pad': {
    draw: (d) => {
      const rank = d.integer(1, 3);
      const pads = Array.from({ length: 2 * rank }, () => (d.chance(0.97) ? 0 : 1));
      const opset = d.pick([2, 10, 11, 13, 18, 21]);
      const mode = `mode: "${d.pick(['constant', 'constant', 'reflect', 'edge'])}"`;
      const form = opset < 11 ? `Pad{${mode}, pads: [${pads.join()}]}(x)` : `Pad{${mode}}(x, p${d.maybe(0.3, ', v')})`;
      return drawn(`y = Neg(${form})`, { x: d.input('float32', d.dims(rank, 2)), p: i64(...pads), v: f32(d.pick([0, 1])) }, { opset });
    },
  },
  'eliminate-split': {
    draw: (d) => {
      const opset = d.pick([2, 11, 13, 18, 21]);
      const n = d.integer(2, 4);
      const sizes = opset < 13 ? `{axis: 0${d.maybe(0.5, `, split: [${n}]`)}}(x)` : opset < 18 ? d.pick(['{axis: 0}(x)', '(x, n)']) : d.pick(['{num_outputs: 1}(x)', '(x, n)']);
      const two = d.chance(0.1) && opset >= 18;
      return drawn(two ? 'a, b = Split{num_outputs: 2}(x); y = Neg(a)' : `y${d.maybe(0.1, '!')} = Split${sizes}`, { x: d.input('float32', [n, 3]), n: i64(n) }, { opset });
    },
  },
  'noop-elimination': {
    draw: (d) => {
      const [f, neutral] = d.pick([['Mul', 1], ['Div', 1], ['Add', 0], ['Sub', 0], ['Add', -0], ['Sub', -0], ['Mul', 0], ['Div', 2]] as const);
      const type = d.pick(['float32', 'float32', 'float16', 'float64', 'int32', 'int64'] as const);
      const x = d.input(type, d.dims(d.integer(0, 3)));
      const c = pack(type, [neutral], d.pick([[], [], [1], [1, 1]]));
      return drawn(f === 'Mul' || f === 'Add' ? d.pick([`y = ${f}(x, c)`, `y = ${f}(c, x)`]) : `y = ${f}(x, c)`, { x, c });
    },
    applies: 0.2,
  },
  'add-zero-elimination': {
    draw: (d) => {
      const type = d.pick(['float32', 'float32', 'float16', 'float64'] as const);
      return drawn(d.pick(['y = Add(x, c)', 'y = Add(c, x)', 'y = Sub(x, n)', 'y = Relu(Add(Neg(x), c))']), {
        x: d.input(type, d.dims(d.integer(0, 3))), c: pack(type, [0], d.pick([[], [1], [1, 1]])), n: pack(type, [-0], []),
      });
    },
    applies: 0.4,
  },
  'view-elimination': {
    draw: (d) => {
      const [a, b] = [d.integer(1, 4), d.integer(1, 4)];
      return drawn(d.pick([
        'y = Neg(Reshape(x, s))', 'y = Squeeze(Unsqueeze(x, z), z)', 'y = Reshape(Reshape(x, m), s)', 'y = Flatten(x)', 'y = Flatten{axis: 1}(Unsqueeze(x, two))', 'y = Reshape(Neg(x), Shape(x))',
        'u = Unsqueeze(x, z); y = Neg(u); v = Squeeze(u, z)', 'y = Unsqueeze(Squeeze(Unsqueeze(x, z), z), two)', 'y = Reshape(x, keep)', 'y = Reshape(Reshape(x, m), swapped)',
      ]), { x: d.input(d.pick(['float32', 'int8']), [a, b]), s: i64(a, b), m: i64(-1), z: i64(0), two: i64(2), keep: i64(0, -1), swapped: i64(b, a) });
    },
  },
  'reshape-chain-elimination': {
    draw: (d) => {
      const [a, b] = [d.integer(1, 4), 2 * d.integer(1, 3)];
      return drawn(`${d.maybe(0.2, 'z = Neg(v); ')}y = Reshape(v, ${d.pick(['s', 's', 't', 'k'])})`.replace(/^/, `v = ${d.pick(['Reshape(x, m)', 'Flatten{axis: 0}(x)', 'Unsqueeze(x, z0)', 'Reshape(x, r)'])}; `), {
        x: d.input('float32', [a, b]), m: i64(-1), r: i64(b, a), s: i64(2, a, b / 2), t: i64(-1, 2), k: i64(0, -1), z0: i64(0),
      });
    },
    applies: 0.4,
  },
  'eliminate-transpose': {
    draw: (d) => {
      const rank = d.integer(1, 4);
      const perm = [...Array(rank).keys()];
      if (d.chance(0.1)) perm.reverse();
      return drawn(`y = Neg(Transpose${rank === 1 && d.chance(0.5) ? '' : `{perm: [${perm.join()}]}`}(x))`, { x: d.input('float32', d.dims(rank)) });
    },
  },
  'transpose-fusion': {
    draw: (d) => {
      const rank = d.integer(2, 4);
      const perm = (): string => (d.chance(0.2) ? '' : `{perm: [${shuffled(d, rank).join()}]}`);
      return drawn(`t = Transpose${perm()}(x); ${d.maybe(0.2, 'z = Neg(t); ')}y = Transpose${perm()}(t)`, { x: d.input(d.pick(['float32', 'uint8', 'int32']), d.dims(rank)) }, {});
    },
  },
  'constant-sharing': { draw: sharing },
  'constant-sharing-l2': { draw: sharing },
  'common-subexpression-elimination': { draw: subexpressions },
  'common-subexpression-elimination-l2': { draw: subexpressions },
  'gather-slice-to-split-fusion': { draw: slices },
  'reshape-fusion': { draw: shapes, applies: 0.3 },
  'div-mul-fusion': {
    draw: (d) => {
      const type = d.pick(['float32', 'float32', 'float32', 'float16', 'float64', 'int32'] as const);
      const dims = d.dims(d.integer(1, 3));
      return drawn(d.pick(['y = Mul(Div(one, x), v)', 'y = Mul(v, Div(one, x))']), { x: d.input(type, dims), v: d.input(type, d.pick([dims, [1], dims.slice(1)])), one: pack(type, [1], d.pick([[], [1], [1, 1]])) });
    },
    applies: 0.45,
  },
  'fuse-relu-clip': {
    draw: (d) => {
      const opset = d.pick([6, 11, 12, 13, 21]);
      const lo = d.pick([-1, 0, -0, 0.25, 2, -128]), hi = d.pick([6, 0.5, 3]);
      const type = opset < 12 ? 'float32' : d.pick(['float32', 'float32', 'float16', 'float64'] as const);
      const clip = opset < 11 ? `Clip{${[d.maybe(0.7, `min: ${lo}`), d.maybe(0.7, `max: ${hi}`)].filter(Boolean).join(', ')}}`.replace('{}', '') : 'Clip';
      return drawn(`y = ${clip}(Relu(x)${opset < 11 ? '' : d.pick([', lo, hi', ', lo', ', _, hi', ''])})`, { x: d.input(type, d.dims(2)), lo: pack(type, [lo], []), hi: pack(type, [hi], []) }, { opset });
    },
  },
  'not-where-fusion': {
    draw: (d) => drawn(`n = Not(c); y = Where(n, a, b)${d.maybe(0.2, '; m = Not(n)')}`, { c: d.input('bool', d.pick([[2, 3], [3], [2, 1]])), a: d.input('float32', [2, 3]), b: d.chance(0.5) ? d.floats(3) : d.input('float32', [1, 3]) }),
  },
};
