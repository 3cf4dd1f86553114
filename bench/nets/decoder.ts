/**
 * The language model of `models/tiny-llm` with its weights in three forms: 4-bit blocks as it comes, the same values in float32, and int8 codes of
 * them beside activations that are quantized dynamically, as onnxruntime's quantizer writes it.
 */
import { readFileSync } from 'node:fs';
import { shipped } from '../../src/cli/package.ts';
import type { Graph, Node } from '../../src/graph/index.ts';
import { loadModel, saveModel } from '../../src/model/index.ts';
import { Tensor, type NumberArray } from '../../src/tensor/index.ts';
import { symmetric } from './quantize.ts';

export type Weights = 'int4' | 'int8' | 'float32';

export function decoder(weights: Weights): Uint8Array {
  const bytes = readFileSync(shipped('models', 'tiny-llm', 'genai_int4_b32_sym', 'model.onnx'));
  if (weights === 'int4') return bytes;
  const model = loadModel(bytes);
  for (const node of [...model.graph.nodes]) if (node.opType === 'MatMulNBits') replace(model.graph, node, weights === 'int8');
  return saveModel(model);
}

/** W [k, n] of a node with symmetric 4-bit blocks: (code - 8) * scale. */
function weightsOf(node: Node): Tensor {
  const int = (name: string): number => Number(node.attributes.get(name)?.value);
  const [k, n, size] = [int('K'), int('N'), int('block_size')];
  const blocks = Math.ceil(k / size);
  const codes = node.inputs[1]!.tensor!.data as Uint8Array, scales = node.inputs[2]!.tensor!.data as NumberArray;
  const w = new Float32Array(k * n);
  for (let column = 0; column < n; column++) {
    for (let i = 0; i < k; i++) {
      const code = (codes[(column * blocks * size + i) >> 1] >> (4 * (i & 1))) & 15;
      w[i * n + column] = (code - 8) * scales[column * blocks + Math.floor(i / size)];
    }
  }
  return new Tensor('float32', w, [k, n]);
}

function replace(graph: Graph, node: Node, isQuantized: boolean): void {
  const [x] = node.inputs, [y] = node.outputs;
  const w = weightsOf(node);
  const { name } = node;
  const fresh = (part: string) => graph.addEdge(graph.freshName(`${name}_${part}`));
  const constant = (part: string, tensor: Tensor) => graph.addConstant(graph.freshName(`${name}_${part}`), tensor);
  const next = graph.nodes[graph.nodes.indexOf(node) + 1];
  graph.removeNode(node);
  const add = (opType: string, inputs: Node['inputs'], outputs: Node['outputs'], attributes: readonly (readonly [string, { readonly type: 'int'; readonly value: bigint }])[] = []): void => {
    graph.addNode({ opType, domain: '', name: `${name}_${opType}_${outputs[0]!.name}`, inputs, outputs, attributes }, next);
  };
  if (!isQuantized) {
    add('MatMul', [x, constant('weight', w)], [y]);
    return;
  }
  const { codes, scales } = symmetric(w);
  const [q, scale, zero, sums, wide, product] = ['codes', 'scale', 'zero', 'sums', 'wide', 'factor'].map(fresh);
  add('DynamicQuantizeLinear', [x], [q, scale, zero]);
  add('MatMulInteger', [q, constant('weight', codes), zero, constant('weight_zero_point', new Tensor('int8', Int8Array.of(0), []))], [sums]);
  add('Cast', [sums], [wide], [['to', { type: 'int', value: 1n }]]);
  add('Mul', [scale, constant('weight_scale', scales)], [product]);
  add('Mul', [wide, product], [y]);
}
