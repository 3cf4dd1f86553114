/** Random models of what passes look for, and of what looks like it: eliminable, foldable, quantized, normalized, gated parts. */
import type { Edge } from '../../src/graph/index.ts';
import { GraphBuilder, ModelBuilder } from '../../src/model/builder.ts';
import type { Model } from '../../src/model/index.ts';
import { pack, Tensor } from '../../src/tensor/index.ts';
import { f32, i64, Random } from './random.ts';

/** What grows in a model: parts of one float32 shape. */
interface Family {
  readonly dims: readonly number[];
  readonly rules: readonly Rule[];
}

/**
 * A model with input x and one to three outputs, the same for the same seed: rows [3, 16], images [1, 4, 6, 6] or tokens [2, 3, 16]. All
 * values between parts are float32 of that shape. A smaller size gives the first parts of the same model.
 */
export function randomModel(seed: number, size = 14): Model {
  const random = new Random(seed);
  const builder = new ModelBuilder({ opset: 21 });
  const { dims, rules } = familyOf(seed);
  const parts = new Parts(builder, random, rules);
  const values = [builder.input('x', 'float32', [...dims])];
  for (let i = 0; i < size; i++) values.push(parts.grow(values));
  const unread = values.filter((v) => v.producer !== undefined && v.users.size === 0).slice(-3);
  for (const value of unread) builder.output(value);
  return builder.model();
}

export const randomInput = (seed: number): Tensor => new Random(seed + 77).tensor('float32', ...familyOf(seed).dims);

class Parts {
  private readonly b: GraphBuilder;
  private readonly r: Random;
  /** Constants are shared often, so that patterns meet values with several readers. */
  private readonly constants = new Map<string, Edge>();
  /** Names of a subgraph must differ from those outside. */
  private readonly prefix: string;
  private count = 0;

  private readonly rules: readonly Rule[];

  constructor(b: GraphBuilder, r: Random, rules: readonly Rule[], prefix = '') {
    this.b = b;
    this.r = r;
    this.rules = rules;
    this.prefix = prefix;
  }

  /** A new value from those there are. */
  grow(values: readonly Edge[]): Edge {
    const recent = values.slice(-4);
    const x = this.r.pick(recent);
    const y = this.r.pick(this.r.next() < 0.3 ? values : recent);
    const rule = this.r.pick(this.rules);
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

  random(dtype: 'float32' | 'int8' | 'int4' | 'uint4' | 'uint8' | 'int32', ...dims: number[]): Edge {
    return this.constant(this.r.tensor(dtype, ...dims));
  }

  quantize(x: Edge): Edge {
    const zero = this.r.pick([pack('uint8', [128], []), pack('uint8', [128], []), pack('uint8', [0], []), pack('uint8', [101], []), pack('int8', [3], [])]);
    const [scale, z] = [this.scalar(0.05, 0.037, 0.5), this.constant(zero)];
    return this.node('DequantizeLinear', [this.node('QuantizeLinear', [x, scale, z]), scale, z]);
  }

  chance(): number {
    return this.r.next();
  }

  /** All outputs of a node. */
  nodes(type: string, outputs: number, inputs: readonly (Edge | undefined)[], attributes = {}): Edge[] {
    return this.b.node(type, inputs, attributes, { outputs, name: `${this.prefix}${type}_${this.count++}` });
  }

  /** A weight, float or dequantized from int8, one scale a channel or one for all. */
  weight(axis: number, ...dims: number[]): Edge {
    if (this.chance() < 0.4) return this.random('float32', ...dims);
    const channels = dims[axis]!;
    if (this.chance() < 0.5) return this.node('DequantizeLinear', [this.random('int8', ...dims), this.scalar(0.01, 0.0078125)]);
    const scales = this.constant(f32(Array.from({ length: channels }, (_, i) => [0.01, 0.0078125, 0.02][i % 3]!)));
    return this.node('DequantizeLinear', [this.random('int8', ...dims), scales, this.constant(pack('int8', new Int8Array(channels), [channels]))], { axis });
  }

  /** As it is, or as quantized models have it. */
  perhaps(x: Edge): Edge {
    return this.chance() < 0.5 ? this.quantize(x) : x;
  }

  /** A value in a subgraph of If, of both branches grown from outer values. */
  branch(x: Edge, y: Edge): Edge {
    const condition = this.constant(pack('bool', [this.r.integer(0, 1)], []));
    const body = (g: GraphBuilder): void => {
      const parts = new Parts(g, this.r, this.rules, `${this.prefix}${this.count++}/`);
      g.output(parts.node('Relu', [parts.grow([x, y, parts.grow([x, y])])]));
    };
    return this.node('If', [this.node('Identity', [condition])], { then_branch: body, else_branch: body });
  }
}

type Rule = (p: Parts, x: Edge, y: Edge) => Edge;

const ANY: readonly Rule[] = [
  ...['Relu', 'Sigmoid', 'Neg', 'Identity', 'Tanh', 'Dropout', 'HardSwish'].map((op): Rule => (p, x) => p.node(op, [x])),
  ...['Add', 'Mul', 'Sub', 'Max'].map((op): Rule => (p, x, y) => p.node(op, [x, y])),
  (p, x) => p.node('Add', [x, p.scalar(0, -0, 1)]),
  (p, x) => p.node('Mul', [x, p.scalar(1, 0.5, 0)]),
  (p, x) => p.node('Sub', [x, p.scalar(0, -0)]),
  (p, x) => p.node('Div', [x, p.scalar(1, 3)]),
  (p, x) => p.node('Mul', [p.node('Div', [p.scalar(1), p.node('Add', [p.node('Sigmoid', [x]), p.scalar(1)])]), x]),
  (p, x) => p.node('Clip', [p.node('Relu', [x]), p.scalar(-1, 0, 0.25), p.scalar(6, 12.75)]),
  (p, x) => p.node('Where', [p.node('Not', [p.node('Greater', [x, p.scalar(0)])]), x, p.scalar(2, 3)]),
  (p, x) => p.node('Reshape', [x, p.node('Shape', [x])]),
  (p, x) => p.quantize(x),
  (p, x) => p.quantize(p.node('Relu', [p.quantize(x)])),
  (p, x, y) => p.quantize(p.node(p.chance() < 0.5 ? 'Add' : 'Mul', [p.quantize(x), p.quantize(y)])),
  (p, x) => p.quantize(p.node(p.chance() < 0.5 ? 'Sigmoid' : 'LeakyRelu', [p.quantize(x)])),
  (p, x) => p.node('Mul', [x, p.node('Sigmoid', [x])]),
  (p, x) => p.node('Mul', [p.node('Mul', [x, p.node('Add', [p.node('Erf', [p.node('Div', [x, p.scalar(Math.SQRT2)])]), p.scalar(1)])]), p.scalar(0.5)]),
  (p, x, y) => p.branch(x, y),
];

const ROWS: readonly Rule[] = [
  ...ANY,
  (p, x) => p.node('Cast', [p.node('Cast', [x], { to: p.chance() < 0.5 ? 11 : 10 })], { to: 1 }),
  (p, x) => p.node('Transpose', [p.node('Relu', [p.node('Transpose', [x])])]),
  (p, x) => p.node('Transpose', [p.node('Transpose', [x], { perm: [1, 0] })]),
  (p, x) => p.node('Reshape', [p.node('Reshape', [x, p.constant(i64(-1))]), p.constant(i64(3, 16))]),
  (p, x) => p.node('Squeeze', [p.node('Neg', [p.node('Unsqueeze', [x, p.constant(i64(0))])]), p.constant(i64(0))]),
  (p, x) => p.node('Slice', [x, p.constant(i64(0)), p.constant(i64(99)), p.constant(i64(0))]),
  (p, x, y) => p.node('Concat', [p.node('Slice', [x, p.constant(i64(0)), p.constant(i64(1)), p.constant(i64(0))]), p.node('Slice', [y, p.constant(i64(1)), p.constant(i64(3)), p.constant(i64(0))])], { axis: 0 }),
  (p, x) => p.node('Expand', [x, p.constant(i64(1, 1))]),
  // quantized units
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
  (p, x) => p.node('Mul', [p.node('Div', [x, p.node('Sqrt', [p.node('Add', [p.node('ReduceMean', [p.node('Mul', [x, x]), p.constant(i64(-1))]), p.scalar(1e-5)])])]), p.random('float32', 16)]),
  // what is constant
  (p, x) => p.node('Add', [x, p.node('Mul', [p.node('Neg', [p.random('float32', 16)]), p.random('float32', 16)])]),
];

const CONV = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const ONES = { kernel_shape: [1, 1] };
const channels = (p: Parts, ...dims: number[]): Edge => p.random('float32', ...dims);
/** Bias of 4 channels, absent now and then. */
const bias = (p: Parts): Edge | undefined => (p.chance() < 0.6 ? p.random('float32', 4) : undefined);
const normalize = (p: Parts, x: Edge): Edge => p.node('BatchNormalization', [x, channels(p, 4), channels(p, 4), channels(p, 4), p.constant(f32([0.5, 1, 2, 0.25]))]);

/** quantize(conv(dequantize(x), dequantize(w), bias)): float biases only where they can be rounded. */
const unit = (p: Parts, x: Edge, ...dims: number[]): Edge => {
  const [scale, coarse] = [p.scalar(0.01, 0.0078125), p.chance() < 0.5];
  const w = p.node('DequantizeLinear', [p.random('int8', 4, ...dims), scale]);
  return p.quantize(p.node('Conv', [p.quantize(x), w, coarse ? bias(p) : undefined], { ...CONV, group: 4 / dims[0]! }));
};

const IMAGES: readonly Rule[] = [
  ...ANY,
  (p, x) => unit(p, x, 4, 3, 3), (p, x) => unit(p, x, 4, 3, 3), (p, x) => unit(p, x, 1, 3, 3), (p, x) => unit(p, x, 2, 3, 3),
  (p, x, y) => p.quantize(p.node('Where', [p.node('Greater', [x, y]), p.quantize(x), p.quantize(y)])),
  (p, x, y) => p.nodes('Split', 2, [p.quantize(p.node('Concat', [p.quantize(x), p.quantize(y)], { axis: 1 }))], { axis: 1, num_outputs: 2 })[0]!,
  (p, x) => p.perhaps(p.node('Conv', [p.perhaps(x), p.weight(0, 4, 4, 3, 3), bias(p)], CONV)),
  (p, x) => p.perhaps(p.node('Relu', [p.node('Conv', [p.perhaps(x), p.weight(0, 4, 1, 3, 3), bias(p)], { ...CONV, group: 4 })])),
  (p, x) => p.node('Relu', [normalize(p, p.node('Conv', [x, channels(p, 4, 4, 1, 1)], ONES))]),
  (p, x) => p.node('Add', [p.node('Mul', [p.node('Conv', [x, channels(p, 4, 4, 1, 1), bias(p)], ONES), channels(p, 4, 1, 1)]), channels(p, 1, 4, 1, 1)]),
  (p, x) => p.node('Clip', [p.node('Conv', [x, p.weight(0, 4, 4, 1, 1)], ONES), p.scalar(0), p.scalar(6)]),
  (p, x) => p.node('Conv', [p.node('Pad', [x, p.constant(i64(0, 0, 1, 1, 0, 0, 1, 1))]), p.weight(0, 4, 4, 3, 3)], { kernel_shape: [3, 3] }),
  (p, x) => p.perhaps(p.node('MaxPool', [p.perhaps(x)], CONV)),
  (p, x) => p.perhaps(p.node('AveragePool', [p.perhaps(x)], CONV)),
  (p, x) => p.node('Mul', [x, p.perhaps(p.node('GlobalAveragePool', [p.perhaps(x)]))]),
  (p, x, y) => p.node('Conv', [p.perhaps(p.node('Concat', [p.perhaps(x), p.perhaps(y)], { axis: 1 })), p.weight(0, 4, 8, 1, 1)], ONES),
  (p, x) => p.node('Transpose', [p.node('Relu', [p.node('Transpose', [x], { perm: [0, 2, 3, 1] })])], { perm: [0, 3, 1, 2] }),
  (p, x) => p.node('Transpose', [p.quantize(p.node('Add', [p.quantize(p.node('Transpose', [x], { perm: [0, 2, 3, 1] })), p.random('float32', 4)]))], { perm: [0, 3, 1, 2] }),
  (p, x) => p.perhaps(p.node('MaxPool', [p.perhaps(p.node('Resize', [p.perhaps(x), undefined, p.constant(f32([1, 1, 2, 2]))], { mode: 'nearest' }))], { kernel_shape: [2, 2], strides: [2, 2] })),
  (p, x) => p.node('Concat', p.nodes('Split', 2, [p.perhaps(x)], { axis: 1, num_outputs: 2 }).reverse().map((part) => p.perhaps(part)), { axis: 1 }),
  (p, x) => p.node('DepthToSpace', [p.node('SpaceToDepth', [p.perhaps(x)], { blocksize: 2 })], { blocksize: 2 }),
  (p, x) => p.node('Reshape', [p.node('MatMul', [p.node('Flatten', [p.perhaps(x)], { axis: 2 }), p.weight(1, 36, 36)]), p.constant(i64(1, 4, 6, 6))]),
];

const mean = (p: Parts, x: Edge): Edge => p.node('ReduceMean', [x, p.constant(i64(-1))]);
const heads = (p: Parts, x: Edge, perm: readonly number[]): Edge =>
  p.node('Transpose', [p.node('Reshape', [p.node('Add', [p.node('MatMul', [x, p.random('float32', 16, 16)]), p.random('float32', 16)]), p.constant(i64(0, 0, 2, 8))])], { perm });
const blocks = (p: Parts): Edge => p.node('DequantizeLinear', [p.random('int4', 16, 16), p.random('float32', 1, 16)], { axis: 0, block_size: 16 });

/** MatMulInteger of one quantized activation with several weights, as dynamic quantization writes it. */
function dynamic(p: Parts, x: Edge, count: number): Edge {
  const [q, s, z] = p.nodes('DynamicQuantizeLinear', 3, [x]) as [Edge, Edge, Edge];
  const parts = Array.from({ length: count }, () => {
    const product = p.node('Cast', [p.node('MatMulInteger', [q, p.random('int8', 16, 16), z])], { to: 1 });
    return p.node('Add', [p.node('Mul', [product, p.node('Mul', [s, p.scalar(0.01)])]), p.random('float32', 16)]);
  });
  return parts.reduce((a, b) => p.node('Add', [a, b]));
}

const TOKENS: readonly Rule[] = [
  ...ANY,
  (p, x) => p.quantize(p.node('MatMul', [p.quantize(x), p.node('DequantizeLinear', [p.random('int8', 16, 16), p.scalar(0.01, 0.0078125)])])),
  (p, x) => p.perhaps(p.node('Add', [p.node('MatMul', [p.perhaps(x), p.weight(1, 16, 16)]), p.random('float32', 16)])),
  (p, x, y) => p.node('LayerNormalization', [p.node('Add', [p.node('Add', [p.node('MatMul', [x, p.random('float32', 16, 16)]), p.random('float32', 16)]), y]), p.random('float32', 16), p.random('float32', 16)]),
  (p, x) => {
    const d = p.node('Sub', [x, mean(p, x)]);
    const scaled = p.node('Div', [d, p.node('Sqrt', [p.node('Add', [mean(p, p.node('Pow', [d, p.scalar(2)])), p.scalar(1e-5)])])]);
    return p.node('Add', [p.node('Mul', [scaled, p.random('float32', 16)]), p.random('float32', 16)]);
  },
  (p, x, y) => {
    const sum = p.node('Add', [x, y]);
    return p.node('Add', [sum, p.node('Mul', [p.node('Div', [sum, p.node('Sqrt', [p.node('Add', [mean(p, p.node('Mul', [sum, sum])), p.scalar(1e-5)])])]), p.random('float32', 16)])]);
  },
  (p, x) => {
    const scores = p.node('Mul', [p.node('MatMul', [heads(p, x, [0, 2, 1, 3]), heads(p, x, [0, 2, 3, 1])]), p.scalar(0.35)]);
    const mixed = p.node('MatMul', [p.perhaps(p.node('Softmax', [p.chance() < 0.5 ? scores : p.node('Add', [scores, p.random('float32', 2, 1, 3, 3)])])), heads(p, x, [0, 2, 1, 3])]);
    return p.node('Reshape', [p.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), p.constant(i64(0, 0, 16))]);
  },
  (p, x) => p.node('Mul', [p.node('MatMul', [x, blocks(p)]), p.node('Sigmoid', [p.node('MatMul', [x, blocks(p)])])]),
  (p, x) => dynamic(p, x, p.chance() < 0.5 ? 1 : 3),
  (p, x) => p.node('Transpose', [p.node('MatMul', [p.node('Transpose', [p.random('float32', 16, 16)]), p.node('Transpose', [x], { perm: [0, 2, 1] })])], { perm: [0, 2, 1] }),
  (p, x) => p.node('Softmax', [x]),
  (p, x) => p.node('Gelu', [p.node('Add', [p.node('MatMul', [x, p.random('float32', 16, 16)]), p.random('float32', 16)])]),
  (p, x) => p.node('Concat', [p.node('Slice', [x, p.constant(i64(8)), p.constant(i64(99)), p.constant(i64(-1))]), p.node('Slice', [x, p.constant(i64(0)), p.constant(i64(8)), p.constant(i64(-1))])], { axis: -1 }),
];

const FAMILIES: readonly Family[] = [{ dims: [3, 16], rules: ROWS }, { dims: [1, 4, 6, 6], rules: IMAGES }, { dims: [2, 3, 16], rules: TOKENS }];
const familyOf = (seed: number): Family => FAMILIES[seed % FAMILIES.length]!;
