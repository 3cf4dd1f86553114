/** A BERT-like encoder as torch writes it: in float, with QDQ around products, with dynamically quantized products. */
import type { Edge } from '../../src/graph/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { NetworkBuilder, ones, tokens, type Network } from './network.ts';

const [LAYERS, HIDDEN, HEADS, SIZE, VOCABULARY, POSITIONS] = [2, 32, 2, 16, 40, 24];

type Products = 'float' | 'qdq' | 'dynamic';

export interface EncoderForm {
  readonly products: Products;
  /** LayerNormalization and Gelu written out in simple operators, as before opsets 17 and 20. */
  readonly decomposed: boolean;
  /** Queries and keys are scaled by the root of the scale, as torch writes scaled_dot_product_attention; the mask is a condition. */
  readonly sdpa?: boolean;
}

export function encoder({ products, decomposed, sdpa = false }: EncoderForm): Network {
  const n = new NetworkBuilder(decomposed ? 14 : 17);
  const ids = n.b.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = n.b.input('attention_mask', 'int64', ['batch', 'sequence']);
  const types = n.b.input('token_type_ids', 'int64', ['batch', 'sequence']);

  const linear = (x: Edge, from: number, to: number): Edge => {
    const bias = n.near(0, to);
    if (products === 'float') return n.node('Add', [n.node('MatMul', [x, n.weight(0.2, from, to)]), bias]);
    if (products === 'qdq') return n.node('Add', [n.node('MatMul', [n.quantized(x, 0.03, 127), n.int8Weight(0.2, 1, from, to)]), bias]);
    const [q, scale, zero] = n.nodes('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
    const product = n.node('Cast', [n.node('MatMulInteger', [q, n.int8(from, to), zero, n.scalar(0, 'int8')])], { to: 1 });
    return n.node('Add', [bias, n.node('Mul', [product, n.node('Mul', [scale, n.scalar(0.2 / 127)])])]);
  };
  const norm = (x: Edge): Edge => {
    const [gamma, beta] = [n.near(1, HIDDEN), n.near(0, HIDDEN)];
    if (!decomposed) return n.node('LayerNormalization', [x, gamma, beta], { axis: -1, epsilon: 1e-5 });
    const d = n.node('Sub', [x, n.node('ReduceMean', [x], { axes: [-1] })]);
    const variance = n.node('ReduceMean', [n.node('Pow', [d, n.scalar(2)])], { axes: [-1] });
    return n.node('Add', [n.node('Mul', [n.node('Div', [d, n.node('Sqrt', [n.node('Add', [variance, n.scalar(1e-5)])])]), gamma]), beta]);
  };
  const gelu = (x: Edge): Edge => {
    const bend = n.node('Add', [n.node('Erf', [n.node('Div', [x, n.scalar(Math.SQRT2)])]), n.scalar(1)]);
    return n.node('Mul', [n.node('Mul', [x, bend]), n.scalar(0.5)]);
  };
  const heads = (x: Edge, perm: number[]): Edge => n.node('Transpose', [n.reshape(x, n.size(x, 0), n.size(x, 1), HEADS, SIZE)], { perm });
  const operand = (x: Edge, scale: number): Edge => (products === 'qdq' ? n.quantized(x, scale, 128) : x);

  const length = n.node('Gather', [n.node('Shape', [ids]), n.scalar(1, 'int64')]);
  const positions = n.node('Slice', [n.constant(range(POSITIONS)), n.ints(0), n.node('Unsqueeze', [length, n.ints(0)]), n.ints(1), n.ints(1)]);
  const table = (rows: number, index: Edge): Edge => n.node('Gather', [n.weight(0.5, rows, HIDDEN), index]);
  let x = norm(n.node('Add', [n.node('Add', [table(VOCABULARY, ids), table(2, types)]), table(POSITIONS, positions)]));
  const wide = n.node('Cast', [n.node('Unsqueeze', [n.node('Unsqueeze', [mask, n.ints(1)]), n.ints(2)])], { to: 1 });
  const hiding = sdpa ? n.node('Cast', [wide], { to: 9 }) : n.node('Mul', [n.node('Sub', [n.scalar(1), wide]), n.scalar(-10000)]);
  for (let layer = 0; layer < LAYERS; layer++) {
    const [q, k, v] = [linear(x, HIDDEN, HIDDEN), linear(x, HIDDEN, HIDDEN), linear(x, HIDDEN, HIDDEN)];
    const factors = sdpa ? [q, k].map(() => n.scalar(SIZE ** -0.25)) : [];
    const scaled = (x: Edge, i: number): Edge => (sdpa ? n.node('Mul', [x, factors[i]]) : x);
    const raw = n.node('MatMul', [operand(scaled(heads(q, [0, 2, 1, 3]), 0), 0.02), operand(scaled(heads(k, [0, 2, 3, 1]), 1), 0.02)]);
    const scores = sdpa ? raw : n.node('Div', [raw, n.scalar(Math.sqrt(SIZE))]);
    const masked = sdpa ? n.node('Where', [hiding, scores, n.scalar(-3.4028234663852886e38)]) : n.node('Add', [scores, hiding]);
    const weights = n.node('Softmax', [masked], { axis: -1 });
    const mixed = n.node('Transpose', [n.node('MatMul', [operand(weights, 1 / 255), operand(heads(v, [0, 2, 1, 3]), 0.02)])], { perm: [0, 2, 1, 3] });
    const joined = n.reshape(mixed, n.size(mixed, 0), n.size(mixed, 1), HIDDEN);
    x = norm(n.node('Add', [linear(joined, HIDDEN, HIDDEN), x]));
    x = norm(n.node('Add', [linear(gelu(linear(x, HIDDEN, 64)), 64, HIDDEN), x]));
  }
  const first = n.node('Gather', [x, n.scalar(0, 'int64')], { axis: 1 });
  const pooled = n.node('Tanh', [n.node('Gemm', [first, n.weight(0.2, HIDDEN, HIDDEN), n.near(0, HIDDEN)], { transB: 1 })]);
  const name = `encoder_${products}${decomposed ? '_decomposed' : ''}${sdpa ? '_sdpa' : ''}`;
  return n.finish(name, { last_hidden_state: x, pooler_output: pooled }, { input_ids: tokens(VOCABULARY, 2, 6), attention_mask: ones(2, 6), token_type_ids: tokens(2, 2, 6) });
}

function range(size: number): Tensor {
  return new Tensor('int64', BigInt64Array.from({ length: size }, (_, i) => BigInt(i)), [1, size]);
}
