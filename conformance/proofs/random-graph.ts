/** Random models of what passes look for, and of what looks like it: eliminable, foldable, quantized, normalized, gated parts. */
import type { Edge } from '../../src/graph/index.ts';
import { GraphBuilder, ModelBuilder } from '../../src/model/builder.ts';
import type { Model } from '../../src/model/index.ts';
import { pack, Tensor } from '../../src/tensor/index.ts';
import { f32, i64, Random } from './random.ts';

const ROWS = 3;
const WIDTH = 16;

/** A model with input x [3, 16] and one to three outputs, the same for the same seed. All values in between are float32 [3, 16]. */
export function randomModel(seed: number, size = 14): Model {
  const random = new Random(seed);
  const builder = new ModelBuilder({ opset: 21 });
  const parts = new Parts(builder, random);
  const values = [builder.input('x', 'float32', [ROWS, WIDTH])];
  for (let i = 0; i < size; i++) values.push(parts.grow(values));
  const unread = values.filter((v) => v.producer !== undefined && v.users.size === 0).slice(-3);
  for (const value of unread) builder.output(value);
  return builder.model();
}

export const randomInput = (seed: number): Tensor => new Random(seed + 77).tensor('float32', ROWS, WIDTH);

class Parts {
  private readonly b: GraphBuilder;
  private readonly r: Random;
  /** Constants are shared often, so that patterns meet values with several readers. */
  private readonly constants = new Map<string, Edge>();
  /** Names of a subgraph must differ from those outside. */
  private readonly prefix: string;
  private count = 0;

  constructor(b: GraphBuilder, r: Random, prefix = '') {
    this.b = b;
    this.r = r;
    this.prefix = prefix;
  }

  /** A new value from those there are. */
  grow(values: readonly Edge[]): Edge {
    const recent = values.slice(-4);
    const x = this.r.pick(recent);
    const y = this.r.pick(this.r.next() < 0.3 ? values : recent);
    const rule = this.r.pick(RULES);
    return rule(this, x, y);
  }

  node(type: string, inputs: readonly (Edge | undefined)[], attributes = {}, domain = ''): Edge {
    return this.b.node(type, inputs, attributes, { domain, name: `${this.prefix}${type}_${this.count++}` });
  }

  constant(tensor: Tensor): Edge {
    const key = `${tensor.type}[${tensor.dims.join()}]${Array.from(tensor.data as ArrayLike<number>, (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`;
    let edge = this.r.next() < 0.8 ? this.constants.get(key) : undefined;
    if (edge === undefined) this.constants.set(key, (edge = this.b.constant(this.b.graph.freshName(`${this.prefix}c`), tensor)));
    return edge;
  }

  scalar(...choices: number[]): Edge {
    return this.constant(f32(this.r.pick(choices)));
  }

  random(dtype: 'float32' | 'int8' | 'int4' | 'uint4' | 'uint8', ...dims: number[]): Edge {
    return this.constant(this.r.tensor(dtype, ...dims));
  }

  quantize(x: Edge): Edge {
    const zero = this.r.pick([pack('uint8', [128], []), pack('uint8', [0], []), pack('uint8', [101], []), pack('int8', [3], [])]);
    const [scale, z] = [this.scalar(0.05, 0.037, 0.5), this.constant(zero)];
    return this.node('DequantizeLinear', [this.node('QuantizeLinear', [x, scale, z]), scale, z]);
  }

  chance(): number {
    return this.r.next();
  }

  /** A value in a subgraph of If, of both branches grown from outer values. */
  branch(x: Edge, y: Edge): Edge {
    const condition = this.constant(pack('bool', [this.r.integer(0, 1)], []));
    const body = (g: GraphBuilder): void => {
      const parts = new Parts(g, this.r, `${this.prefix}${this.count++}/`);
      g.output(parts.node('Relu', [parts.grow([x, y, parts.grow([x, y])])]));
    };
    return this.node('If', [this.node('Identity', [condition])], { then_branch: body, else_branch: body });
  }
}

type Rule = (p: Parts, x: Edge, y: Edge) => Edge;

const RULES: readonly Rule[] = [
  ...['Relu', 'Sigmoid', 'Neg', 'Identity', 'Tanh', 'Dropout', 'HardSwish'].map((op): Rule => (p, x) => p.node(op, [x])),
  ...['Add', 'Mul', 'Sub', 'Max'].map((op): Rule => (p, x, y) => p.node(op, [x, y])),
  (p, x) => p.node('Add', [x, p.scalar(0, -0, 1)]),
  (p, x) => p.node('Mul', [x, p.scalar(1, 0.5, 0)]),
  (p, x) => p.node('Sub', [x, p.scalar(0, -0)]),
  (p, x) => p.node('Div', [x, p.scalar(1, 3)]),
  (p, x) => p.node('Mul', [p.node('Div', [p.scalar(1), p.node('Add', [p.node('Sigmoid', [x]), p.scalar(1)])]), x]),
  (p, x) => p.node('Cast', [p.node('Cast', [x], { to: p.chance() < 0.5 ? 11 : 10 })], { to: 1 }),
  (p, x) => p.node('Transpose', [p.node('Relu', [p.node('Transpose', [x])])]),
  (p, x) => p.node('Transpose', [p.node('Transpose', [x], { perm: [1, 0] })]),
  (p, x) => p.node('Reshape', [p.node('Reshape', [x, p.constant(i64(-1))]), p.constant(i64(3, 16))]),
  (p, x) => p.node('Squeeze', [p.node('Neg', [p.node('Unsqueeze', [x, p.constant(i64(0))])]), p.constant(i64(0))]),
  (p, x) => p.node('Reshape', [x, p.node('Shape', [x])]),
  (p, x) => p.node('Slice', [x, p.constant(i64(0)), p.constant(i64(99)), p.constant(i64(0))]),
  (p, x, y) => p.node('Concat', [p.node('Slice', [x, p.constant(i64(0)), p.constant(i64(1)), p.constant(i64(0))]), p.node('Slice', [y, p.constant(i64(1)), p.constant(i64(3)), p.constant(i64(0))])], { axis: 0 }),
  (p, x) => p.node('Clip', [p.node('Relu', [x]), p.scalar(-1, 0, 0.25), p.scalar(6, 12.75)]),
  (p, x) => p.node('Where', [p.node('Not', [p.node('Greater', [x, p.scalar(0)])]), x, p.scalar(2, 3)]),
  (p, x) => p.node('Expand', [x, p.constant(i64(1, 1))]),
  // quantized units
  (p, x) => p.quantize(x),
  (p, x) => p.quantize(p.node('Relu', [p.quantize(x)])),
  (p, x, y) => p.quantize(p.node('Add', [p.quantize(x), p.quantize(y)])),
  (p, x, y) => p.quantize(p.node('Mul', [p.quantize(x), p.quantize(y)])),
  (p, x) => p.quantize(p.node('Sigmoid', [p.quantize(x)])),
  (p, x) => p.node('Transpose', [p.quantize(p.node('Transpose', [p.quantize(x)]))]),
  (p, x) => p.quantize(p.node('MatMul', [p.quantize(x), p.node('DequantizeLinear', [p.random('int8', 16, 16), p.scalar(0.01)])])),
  (p, x) => p.node('Gemm', [p.quantize(x), p.node('DequantizeLinear', [p.random('int8', 16, 16), p.scalar(0.01)]), p.random('float32', 16)]),
  (p, x) => p.node('MatMul', [x, p.node('DequantizeLinear', [p.random('int4', 16, 16), p.random('float32', 1, 16)], { axis: 0, block_size: 16 })]),
  (p, x) => p.node('MatMul', [x, p.node('Transpose', [p.node('DequantizeLinear', [p.random('uint4', 16, 16), p.random('float32', 16, 1), p.random('uint4', 16, 1)], { axis: 1, block_size: 16 })])]),
  // products
  (p, x) => p.node('Add', [p.node('MatMul', [x, p.random('float32', 16, 16)]), p.random('float32', 16)]),
  (p, x) => p.node('Relu', [p.node('Gemm', [x, p.random('float32', 16, 16), p.random('float32', 16)], { transB: 1 })]),
  (p, x, y) => p.node('MatMul', [p.node('Mul', [p.node('MatMul', [x, p.node('Transpose', [y])]), p.scalar(0.25)]), y]),
  // norms and gates
  (p, x) => p.node('LayerNormalization', [x, p.random('float32', 16), p.random('float32', 16)]),
  (p, x, y) => p.node('LayerNormalization', [p.node('Add', [x, y]), p.random('float32', 16)]),
  (p, x, y) => p.node('SimplifiedLayerNormalization', [p.node('Add', [x, y]), p.random('float32', 16)]),
  (p, x) => p.node('Mul', [x, p.node('Sigmoid', [x])]),
  (p, x) => p.node('Mul', [p.node('Mul', [x, p.node('Add', [p.node('Erf', [p.node('Div', [x, p.scalar(Math.SQRT2)])]), p.scalar(1)])]), p.scalar(0.5)]),
  (p, x) => p.node('Mul', [p.node('Div', [x, p.node('Sqrt', [p.node('Add', [p.node('ReduceMean', [p.node('Mul', [x, x]), p.constant(i64(-1))]), p.scalar(1e-5)])])]), p.random('float32', 16)]),
  // what is constant
  (p, x) => p.node('Add', [x, p.node('Mul', [p.node('Neg', [p.random('float32', 16)]), p.random('float32', 16)])]),
  (p, x, y) => p.branch(x, y),
];
