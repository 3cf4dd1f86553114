/** Draws for attention as exporters write it: with rotary positions and a cache, and over the rows of encoders. */
import type { Values } from '../expression.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';
import { f32, i64 } from '../random.ts';

const HEADS = 'Transpose{perm: [0, 2, 1, 3]}';

/** Causal attention of new tokens after others. Half of each head is turned: as two halves, or with doubled tables. */
function decoder(d: Draw): Drawn {
  const size = d.chance(0.93) ? 16 : 8;
  const groups = d.integer(1, 2), repeats = d.integer(1, 3), heads = groups * repeats;
  const [batch, tokens, past, width] = [d.integer(1, 2), d.integer(1, 3), d.integer(0, 3), d.integer(1, 5)];
  const total = past + tokens;
  const half = size / 2;
  const doubled = d.chance(0.4);
  const turned = (x: string): string => (doubled ? `Add(Mul(${x}, c), Mul(Concat{axis: -1}(Neg(${x}2), ${x}1), e))` : `Concat{axis: -1}(Sub(Mul(${x}1, c), Mul(${x}2, e)), Add(Mul(${x}2, c), Mul(${x}1, e)))`);
  const compared = d.pick([
    'Where(LessOrEqual(Unsqueeze(all, zero), Unsqueeze(p, one)), seen, hidden)', 'Where(GreaterOrEqual(Unsqueeze(p, one), all), seen, hidden)',
    'Where(Greater(Unsqueeze(all, zero), Unsqueeze(p, one)), hidden, seen)', ...(d.chance(0.2) ? ['Where(LessOrEqual(Unsqueeze(all, zero), Unsqueeze(Add(p, i1), one)), seen, hidden)'] : []),
  ]);
  const repeated = (x: string): string => (repeats === 1 && d.chance(0.5) ? x : `Reshape(Tile(Unsqueeze(${x}, two), times), joined)`);
  const scores = (x: string): string => d.pick([`Div(${x}, four)`, `Mul(${x}, quarter)`, x]);
  const text = [
    `t = Gather(Shape(mask), i1); n = Gather(Shape(x), i1); all = Range(i0, t, i1); p = Slice(all, Unsqueeze(Sub(t, n), zero), far, zero, one); m = ${compared}`,
    'c = Gather(cos, p); e = Gather(sin, p)',
    `q = ${HEADS}(Reshape(MatMul(x, wq), hq)); k = ${HEADS}(Reshape(MatMul(x, wk), hk)); v = ${HEADS}(Reshape(MatMul(x, wv), hk))`,
    ...['q', 'k'].map((x) => `${x}1 = Slice(${x}, zero, half, three, one); ${x}2 = Slice(${x}, half, far, three, one)`),
    `kk! = Concat{axis: 2}(pk, ${turned('k')}); vv! = Concat{axis: 2}(pv, v)`,
    `y = Reshape(${HEADS}(MatMul(Softmax(Add(${scores(`MatMul(${turned('q')}, Transpose{perm: [0, 1, 3, 2]}(${repeated('kk')}))`)}, m)), ${repeated('vv')})), rows)`,
  ].join('; ');
  const table = (): Values[string] => {
    const columns = d.between(-1, 1, total, half).data as Float32Array;
    return doubled ? f32(Float32Array.from({ length: total * size }, (_, i) => columns[Math.floor(i / size) * half + (i % half)]!), [total, size]) : f32(columns, [total, half]);
  };
  return drawn(text, {
    x: d.input('float32', [batch, tokens, width]), mask: d.input('int64', [batch, total]), pk: d.input('float32', [batch, groups, past, size]), pv: d.input('float32', [batch, groups, past, size]),
    wq: d.between(-0.3, 0.3, width, heads * size), wk: d.between(-0.3, 0.3, width, groups * size), wv: d.between(-0.3, 0.3, width, groups * size), cos: table(), sin: table(),
    i0: i64(0).reshape([]), i1: i64(1).reshape([]), zero: i64(0), one: i64(1), two: i64(2), three: i64(3), half: i64(half), far: i64(2 ** 53),
    seen: f32(0), hidden: f32(d.pick([-1e9, -1e9, -3.4e38, -1e4])), four: f32(Math.sqrt(size)), quarter: f32(0.25), hq: i64(0, d.pick([0, -1]), heads, size), hk: i64(0, -1, groups, size), times: i64(1, 1, repeats, 1, 1), joined: i64(0, heads, -1, size),
    rows: i64(0, -1, heads * size),
  }, { opset: d.pick([14, 17, 21]) });
}

function encoder(d: Draw): Drawn {
  const [batch, tokens, width, heads, size] = [d.integer(1, 2), d.integer(1, 4), d.integer(1, 5), d.integer(1, 3), d.integer(1, 6)];
  const all = heads * size;
  const linear = (name: string): string => (d.chance(0.8) ? `Add(MatMul(x, w${name}), b${name})` : `MatMul(x, w${name})`);
  const cut = (name: string, perm: string): string => `Transpose{perm: [${perm}]}(Reshape(${linear(name)}, h))`;
  const keys = d.chance(0.5) ? cut('k', '0, 2, 3, 1') : `Transpose{perm: [0, 1, 3, 2]}(${cut('k', '0, 2, 1, 3')})`;
  const queries = cut('q', '0, 2, 1, 3');
  const scores = d.pick([`Div(MatMul(${queries}, ${keys}), four)`, `Mul(MatMul(${queries}, ${keys}), quarter)`, `MatMul(Mul(${queries}, quarter), ${keys})`, `MatMul(${queries}, ${keys})`]);
  const masked = d.pick([scores, `Add(${scores}, m)`, `Add(padding, ${scores})`, `Add(${scores}, table)`]);
  return drawn(`y = Reshape(${HEADS}(MatMul(Softmax(${masked}), ${cut('v', '0, 2, 1, 3')})), rows)`, {
    x: d.input('float32', [batch, tokens, width]), ...Object.fromEntries(['q', 'k', 'v'].flatMap((n) => [[`w${n}`, d.between(-1, 1, width, all)], [`b${n}`, d.between(-1, 1, all)]])),
    h: i64(0, d.pick([0, tokens]), heads, size), rows: i64(0, d.pick([0, -1]), all), four: f32(d.pick([4, 1.7])), quarter: f32(0.25), m: d.input('float32', [d.pick([batch, 1]), 1, tokens, tokens]), padding: d.input('float32', [batch, 1, 1, tokens]),
    table: d.floats(heads, tokens, tokens),
  }, { opset: d.pick([13, 17, 21]) });
}

export const ATTENTION: Readonly<Record<string, Generator>> = {
  'group-query-attention-fusion': { draw: decoder },
  'multi-head-attention-fusion': { draw: encoder },
};
