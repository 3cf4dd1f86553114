/** Draws for passes that move transposes, and for types that the session fixes. */
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Values } from '../expression.ts';
import type { Generator } from '../prove.ts';
import { f32, i64 } from '../random.ts';

export function shuffled(d: Draw, length: number): number[] {
  const order = [...Array(length).keys()];
  for (let i = length - 1; i > 0; i--) {
    const j = d.integer(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

const inverse = (p: readonly number[]): number[] => p.map((_, i) => p.indexOf(i));

/** Nodes that do not mind the order of axes, between transposes there and back. */
function region(d: Draw): Drawn {
  const rank = d.integer(2, 4), dims = d.dims(rank, 1, 4);
  let p = shuffled(d, rank);
  if (d.chance(0.9) && p.every((v, i) => v === i)) p = p.reverse();
  const turned = p.map((axis) => dims[axis]!);
  const values: Record<string, Values[string]> = { x: d.input('float32', dims), w: d.input('float32', dims), s: f32(d.scale()), z: d.zero('uint8') };
  const opset = d.pick([11, 13, 18, 21]);
  const statements = [`t0 = Transpose{perm: [${p.join()}]}(x)`];
  const last = () => `t${statements.length - 1}`;
  const count = d.integer(1, 4);
  for (let i = 0; i < count; i++) {
    const a = last(), axis = d.integer(0, rank - 1), name = `c${i}`;
    values[name] = d.floats(...d.pick([turned, turned.map((n, k) => (k === axis ? n : 1)), [], turned.slice(1)]));
    values[`p${i}`] = i64(...Array.from({ length: 2 * rank }, () => d.integer(0, 1)));
    values[`b${i}`] = i64(0);
    values[`e${i}`] = i64(turned[axis]!);
    values[`a${i}`] = i64(d.pick([axis, axis - rank]));
    const keeps = ['Relu(A)', 'Sigmoid(A)', 'Add(A, C)', 'Mul(C, A)', 'Sub(A, B)', 'Max(A, B, C)', 'DequantizeLinear(QuantizeLinear(A, s, z), s, z)', 'Where(Greater(A, C), A, B)', 'LeakyRelu{alpha: 0.1}(A)'];
    if (opset >= 13) keeps.push(`Softmax{axis: ${d.pick([axis, axis - rank])}}(A)`, 'Slice(A, B0, E0, A0)');
    let text = d.pick(keeps);
    if (i === count - 1) text = d.pick([text, text, 'Pad(A, P)', `Concat{axis: ${axis}}(A, B, A)`, opset >= 18 ? 'ReduceMax(A, A0)' : `ReduceMean{axes: [${axis}]}(A)`]);
    const other = d.chance(0.8) ? `Transpose{perm: [${p.join()}]}(w)` : a;
    statements.push(`t${i + 1} = ${text.replace('B0', `b${i}`).replace('E0', `e${i}`).replace('A0', `a${i}`).replace(/\bA\b/g, a).replace(/\bB\b/g, other).replace(/\bC\b/g, name).replace(/\bP\b/g, `p${i}`)}`);
  }
  const back = d.chance(0.85) ? inverse(p) : shuffled(d, rank);
  statements.push(`y = Transpose{perm: [${back.join()}]}(${last()})`);
  if (d.chance(0.2)) statements.push(`v = Neg(t${d.integer(0, count)})`);
  if (d.chance(0.2)) statements.push(`u = Transpose{perm: [${back.join()}]}(t${count})`);
  return drawn(statements.join('; '), values, { opset });
}

function reduced(d: Draw): Drawn {
  const rank = d.integer(2, 4), p = shuffled(d, rank);
  const dims = d.dims(rank, 1, 4);
  const opset = d.pick([11, 13, 18, 21]);
  const f = d.pick(['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceSum', 'Squeeze']);
  const count = d.pick([1, 1, 2]);
  const axes = shuffled(d, rank).slice(0, Math.min(count, rank - 1)).map((a) => (d.chance(0.3) ? a - rank : a));
  if (f === 'Squeeze') for (const a of axes) dims[p[a < 0 ? a + rank : a]!] = 1;
  const input = f === 'Squeeze' || f === 'ReduceSum' ? opset >= 13 : opset >= 18;
  const keep = f === 'Squeeze' ? '' : `keepdims: ${d.chance(0.95) ? 0 : 1}`;
  const attributes = [keep, input ? '' : `axes: [${axes.join()}]`].filter(Boolean).join(', ');
  return drawn(`y = ${f}{${attributes}}(Transpose{perm: [${p.join()}]}(x)${input ? ', a' : ''})`.replace('{}', ''), { x: d.input('float32', dims), a: i64(...axes) }, { opset });
}

function viewed(d: Draw): Drawn {
  const rank = d.integer(2, 5);
  const dims = d.dims(rank).map((n) => (d.chance(0.6) ? 1 : n));
  return drawn(`y = Transpose{perm: [${shuffled(d, rank).join()}]}(x)`, { x: d.input(d.pick(['float32', 'uint8']), dims) });
}

export const MOVES: Readonly<Record<string, Generator>> = {
  'transpose-optimizer': { draw: region, applies: 0.4 },
  'transpose-reduce-fusion': { draw: reduced, applies: 0.4 },
  'transpose-to-reshape': { draw: viewed },
  'free-dimension-override-transformer': {
    draw: (d) => {
      const [n, m] = [d.integer(1, 3), d.integer(1, 4)];
      return drawn(d.pick(['y = Relu(x)', 'y = Reshape(x, Concat{axis: 0}(Shape(x), one))', 'y = Expand(x, Shape(x))', 'y = MatMul(x, Transpose(x))']), { x: d.input('float32', ['n', 'm']), one: i64(1) }, {
        freeDimensions: { ...(d.chance(0.9) && { n }), ...(d.chance(0.5) && { m }) }, sizes: { n, m },
      });
    },
  },
};
