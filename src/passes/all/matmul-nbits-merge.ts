import type { Edge, Node } from '../../graph/index.ts';
import { int64, Tensor } from '../../tensor/index.ts';
import { EXACT, fresh, newConstant, newNode, refuse, replaceBy, type NewEdge, type NewNode, type PatternPass, type Refusal, type SweepPass } from '../pass.ts';
import { as, op, rest } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf, rankOf } from '../support/constants.ts';
import { liveNodes } from '../support/nodes.ts';
import { isRefusal } from '../support/quantization.ts';

const PRODUCT = 'com.microsoft.MatMulNBits';
const SHAPE_OF_BLOCKS = ['K', 'bits', 'block_size', 'accuracy_level', 'weight_prepacked'];

/**
 * One product with the columns of several: [MatMulNBits(x, w1), MatMulNBits(x, w2)] = MatMulNBits(x, [w1; w2])
 *
 * Each column is computed from its own row of codes and scales, so that values stay the same. The result's columns are in order.
 */
function merged(products: readonly Node[], result: Edge | NewEdge): NewNode | Refusal {
  const [first] = products;
  const alike = (p: Node) => SHAPE_OF_BLOCKS.every((name) => p.int(name, 0) === first.int(name, 0));
  if (!products.every(alike)) return refuse('the products differ in blocks or accuracy', first);
  const inputs: (Edge | NewEdge | undefined)[] = [first.inputs[0]];
  for (const [i, hint] of [[1, 'weight'], [2, 'scales'], [3, 'zero_points'], [4, 'group_index'], [5, 'bias']] as const) {
    const given = products.filter((p) => p.inputs[i] !== undefined).length;
    if (given === 0) {
      inputs.push(undefined);
      continue;
    }
    if (i === 4) return refuse('a product orders its groups', first);
    const parts = products.map((p) => constantOf(p.inputs[i]));
    if (given < products.length || !parts.every((t) => t !== undefined)) return refuse(`${hint} is not constant, or not there, in one of the products`, first);
    const joined = joinRows(parts);
    if (joined === undefined) return refuse(`${hint} is of different types or shapes`, first);
    inputs.push(newConstant(hint, joined));
  }
  const N = products.reduce((sum, p) => sum + p.int('N', 0), 0);
  return newNode(PRODUCT, inputs, [result], { ...attributesOf(first), N });
}

function joinRows(parts: readonly Tensor[]): Tensor | undefined {
  const [{ type, dims }] = parts;
  if (!parts.every((t) => t.type === type && t.dims.slice(1).join() === dims.slice(1).join() && !Array.isArray(t.data))) return undefined;
  const rows = parts.reduce((sum, t) => sum + t.dims[0], 0);
  // All parts hold their elements in the same kind of array.
  const arrays = parts.map((t) => t.data as Uint8Array);
  const Row = arrays[0].constructor as Uint8ArrayConstructor;
  const data = new Row(arrays.reduce((sum, a) => sum + a.length, 0));
  let at = 0;
  for (const array of arrays) {
    data.set(array, at);
    at += array.length;
  }
  return new Tensor(type, data, [rows, ...dims.slice(1)]);
}

const projection = (name: string) => as(name, op(PRODUCT, 'x', rest(`${name}_parameters`)));

/** GroupQueryAttention(x wq, x wk, x wv) = GroupQueryAttention(x [wq, wk, wv]), queries, keys and values side by side */
export const qkvMatMulNBitsMerge: PatternPass = {
  name: 'qkv-matmul-nbits-merge',
  level: 'all',
  contract: EXACT,
  doc: 'Projects to queries, keys and values in one product. GroupQueryAttention(x wq, x wk, x wv) = GroupQueryAttention(x [wq, wk, wv]).',
  pattern: op('com.microsoft.GroupQueryAttention', projection('q'), projection('k'), projection('v'), rest('others')),
  rewrite(m) {
    const packed = fresh('qkv');
    const product = merged([m.node('q'), m.node('k'), m.node('v')], packed);
    if (isRefusal(product)) return product;
    const attention = newNode(m.root.key, [packed, undefined, undefined, ...m.list('others')], m.root.outputs, attributesOf(m.root));
    return replaceBy(product as NewNode, attention);
  },
};

/** MatMulNBits(x, w1), MatMulNBits(x, w2) = Split(MatMulNBits(x, [w1; w2])) */
export const parallelMatMulNBitsMerge: SweepPass = {
  name: 'parallel-matmul-nbits-merge',
  level: 'all',
  contract: EXACT,
  doc: 'Multiplies one activation by several block-quantized weights at once: it is read, or quantized, once. x w1, x w2 = split(x [w1, w2]).',
  *sweep(graph) {
    const byInput = new Map<Edge, Node[]>();
    for (const node of liveNodes(graph)) {
      const [x] = node.inputs;
      if (node.key !== PRODUCT || x === undefined) continue;
      const products = byInput.get(x);
      if (products === undefined) byInput.set(x, [node]);
      else products.push(node);
    }
    for (const products of byInput.values()) {
      if (products.length < 2) continue;
      const all = fresh('products');
      const product = merged(products, all);
      if (isRefusal(product)) {
        yield product as Refusal;
        continue;
      }
      const results = products.map((p) => p.outputs[0]!);
      const sizes = newConstant('sizes', int64(products.map((p) => p.int('N', 0))));
      const rank = rankOf(results[0]);
      if (rank === undefined) yield refuse('the rank of the result is not known', products[0]);
      else yield { ...replaceBy(product as NewNode, newNode('Split', [all, sizes], results, { axis: rank - 1 })), from: products };
    }
  },
};
