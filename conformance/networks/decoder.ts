/** A Llama-like decoder in plain operators as torch writes it: rotary positions, repeated heads, a cache, a causal mask. */
import type { Edge } from '../../src/graph/index.ts';
import { pack, Tensor } from '../../src/tensor/index.ts';
import { NetworkBuilder, ones, tokens, type Network } from './network.ts';

const [LAYERS, HIDDEN, HEADS, KV_HEADS, SIZE, VOCABULARY, POSITIONS] = [2, 64, 4, 2, 16, 40, 32];

export interface DecoderForm {
  readonly name: string;
  /** Biases of queries, keys and values (Qwen2). */
  readonly bias: boolean;
  /** x * (1 / sqrt(..)) or x / sqrt(..), or the operator of opset 23. */
  readonly norm: 'reciprocal' | 'division' | 'operator';
  /** Heads are normalized before they are rotated (Qwen3). */
  readonly headNorm: boolean;
  /** How weights are held. */
  readonly weights: 'float' | 'dynamic' | 'int4';
  /** Queries and keys are scaled by the root of the scale, as torch writes scaled_dot_product_attention. */
  readonly sdpa?: boolean;
}

export function decoder({ name, bias, norm, headNorm, weights, sdpa = false }: DecoderForm): Network {
  const n = new NetworkBuilder(norm === 'operator' ? 23 : 21);
  const ids = n.b.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = n.b.input('attention_mask', 'int64', ['batch', 'total']);
  const zero = n.ints(0);

  const product = (x: Edge, from: number, to: number): Edge => {
    if (weights === 'float') return n.node('MatMul', [x, n.weight(0.2, from, to)]);
    if (weights === 'int4') {
      const codes = n.constant(pack('int4', Array.from({ length: from * to }, () => Math.round(n.random() * 7)), [from, to]));
      return n.node('MatMul', [x, n.node('DequantizeLinear', [codes, n.weight(0.03, from / 16, to)], { axis: 0, block_size: 16 })]);
    }
    const [q, scale, point] = n.nodes('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
    const sums = n.node('Cast', [n.node('MatMulInteger', [q, n.int8(from, to), point, n.scalar(0, 'int8')])], { to: 1 });
    return n.node('Mul', [sums, n.node('Mul', [scale, n.scalar(0.2 / 127)])]);
  };
  const projected = (x: Edge, to: number): Edge => (bias ? n.node('Add', [product(x, HIDDEN, to), n.near(0, to)]) : product(x, HIDDEN, to));
  const rms = (x: Edge, size: number): Edge => {
    const gamma = n.near(1, size);
    if (norm === 'operator') return n.node('RMSNormalization', [x, gamma], { axis: -1, epsilon: 1e-6 });
    const root = n.node('Sqrt', [n.node('Add', [n.node('ReduceMean', [n.node('Pow', [x, n.scalar(2)]), n.ints(-1)], { keepdims: 1 }), n.scalar(1e-6)])]);
    const y = norm === 'division' ? n.node('Div', [x, root]) : n.node('Mul', [x, n.node('Div', [n.scalar(1), root])]);
    return n.node('Mul', norm === 'division' ? [y, gamma] : [gamma, y]);
  };
  const heads = (x: Edge, count: number): Edge => {
    const cut = n.reshape(x, n.size(x, 0), n.size(x, 1), count, SIZE);
    return n.node('Transpose', [headNorm ? rms(cut, SIZE) : cut], { perm: [0, 2, 1, 3] });
  };
  const values = (x: Edge): Edge => n.node('Transpose', [n.reshape(x, n.size(x, 0), n.size(x, 1), KV_HEADS, SIZE)], { perm: [0, 2, 1, 3] });
  const half = (x: Edge, from: number, to: number): Edge => n.node('Slice', [x, n.ints(from), n.ints(to), n.ints(3), n.ints(1)]);
  const rotated = (x: Edge): Edge => {
    const turned = n.node('Concat', [n.node('Neg', [half(x, SIZE / 2, 2 ** 53)]), half(x, 0, SIZE / 2)], { axis: -1 });
    return n.node('Add', [n.node('Mul', [x, cos]), n.node('Mul', [turned, sin])]);
  };
  const repeated = (x: Edge): Edge => {
    const [b, t] = [n.size(x, 0), n.size(x, 2)];
    const wide = n.node('Expand', [n.node('Unsqueeze', [x, n.ints(2)]), n.node('Concat', [b, n.ints(KV_HEADS), n.ints(HEADS / KV_HEADS), t, n.ints(SIZE)], { axis: 0 })]);
    return n.reshape(wide, b, HEADS, t, SIZE);
  };

  // Positions are the last ones of the mask's length.
  const total = n.node('Gather', [n.node('Shape', [mask]), n.scalar(1, 'int64')]);
  const length = n.node('Gather', [n.node('Shape', [ids]), n.scalar(1, 'int64')]);
  const all = n.node('Range', [n.scalar(0, 'int64'), total, n.scalar(1, 'int64')]);
  const positions = n.node('Slice', [all, n.node('Unsqueeze', [n.node('Sub', [total, length]), zero]), n.ints(2 ** 53), zero, n.ints(1)]);
  const [cos, sin] = tables(n).map((table) => n.node('Gather', [table, positions]));
  const seen = n.node('LessOrEqual', [n.node('Unsqueeze', [all, zero]), n.node('Unsqueeze', [positions, n.ints(1)])]);
  const causal = n.node('Where', [seen, n.scalar(0), n.scalar(-3e38)]);

  const presents: Record<string, Edge> = {};
  const pasts: Record<string, Tensor> = {};
  let x = n.node('Gather', [n.weight(0.5, VOCABULARY, HIDDEN), ids]);
  for (let layer = 0; layer < LAYERS; layer++) {
    const cached = (kind: string, added: Edge): Edge => {
      const past = n.b.input(`past.${layer}.${kind}`, 'float32', ['batch', KV_HEADS, 'past', SIZE]);
      pasts[past.name] = n.floats(1, KV_HEADS, 3, SIZE);
      return (presents[`present.${layer}.${kind}`] = n.node('Concat', [past, added], { axis: 2 }));
    };
    const normed = rms(x, HIDDEN);
    const [q, k, v] = [projected(normed, HEADS * SIZE), projected(normed, KV_HEADS * SIZE), projected(normed, KV_HEADS * SIZE)];
    const keys = cached('key', rotated(heads(k, KV_HEADS)));
    const held = cached('value', values(v));
    const root = n.scalar(SIZE ** -0.25);
    const scaled = (y: Edge): Edge => (sdpa ? n.node('Mul', [y, root]) : y);
    const products = n.node('MatMul', [scaled(rotated(heads(q, HEADS))), scaled(n.node('Transpose', [repeated(keys)], { perm: [0, 1, 3, 2] }))]);
    const scores = sdpa ? products : n.node('Div', [products, n.scalar(Math.sqrt(SIZE))]);
    const mixed = n.node('Transpose', [n.node('MatMul', [n.node('Softmax', [n.node('Add', [scores, causal])], { axis: -1 }), repeated(held)])], { perm: [0, 2, 1, 3] });
    x = n.node('Add', [x, product(n.reshape(mixed, n.size(q, 0), n.size(q, 1), HEADS * SIZE), HEADS * SIZE, HIDDEN)]);
    const inner = rms(x, HIDDEN);
    const gate = product(inner, HIDDEN, 96);
    x = n.node('Add', [x, product(n.node('Mul', [n.node('Mul', [gate, n.node('Sigmoid', [gate])]), product(inner, HIDDEN, 96)]), 96, HIDDEN)]);
  }
  const logits = n.node('MatMul', [rms(x, HIDDEN), n.node('Transpose', [n.weight(0.3, VOCABULARY, HIDDEN)], { perm: [1, 0] })]);
  return n.finish(name, { logits, ...presents }, { input_ids: tokens(VOCABULARY, 1, 2), attention_mask: ones(1, 5), ...pasts });
}

// cos and sin of [positions, size], each half twice.
function tables(n: NetworkBuilder): [Edge, Edge] {
  const make = (f: (x: number) => number): Edge => n.constant(new Tensor('float32', Float32Array.from({ length: POSITIONS * SIZE }, (_, i) => {
    const [p, d] = [Math.floor(i / SIZE), i % (SIZE / 2)];
    return f(p * 10000 ** ((-2 * d) / SIZE));
  }), [POSITIONS, SIZE]));
  return [make(Math.cos), make(Math.sin)];
}
