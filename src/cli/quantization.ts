/** Which quantization a model uses: recognized from its operators, types, scales and block sizes. */
import type { Edge, Graph, Node } from '../graph/index.ts';

export interface QuantizationUse {
  readonly format: string;
  readonly detail: string;
  /** Nodes that use it so. */
  readonly nodes: number;
}

/** The quantization in a graph and its subgraphs, most used first. */
export function findQuantization(graph: Graph): QuantizationUse[] {
  const uses = new Map<string, QuantizationUse>();
  for (const g of graph.walk()) {
    for (const node of g.nodes) {
      const found = RECOGNIZERS.get(node.opType)?.(node);
      if (found === undefined) continue;
      const key = found.join('\n');
      uses.set(key, { format: found[0], detail: found[1], nodes: (uses.get(key)?.nodes ?? 0) + 1 });
    }
  }
  return [...uses.values()].sort((a, b) => b.nodes - a.nodes);
}

/** Format and detail, or undefined when the node is not one that shows them. */
type Recognizer = (node: Node) => readonly [format: string, detail: string] | undefined;

const QDQ = 'QDQ', QOPERATOR = 'QOperator', DYNAMIC = 'dynamic', WEIGHTS = 'weight-only';

const each = (names: string, recognizer: Recognizer): [string, Recognizer][] => names.split(' ').map((n) => [n, recognizer]);

const RECOGNIZERS = new Map<string, Recognizer>([
  // A pair is counted by its DequantizeLinear: that one tells weights from activations.
  ['DequantizeLinear', (node) => {
    const type = dtypeOf(node.inputs[0]);
    const how = granularity(node.inputs[1], node.int('block_size', 0), node.int('axis', 1));
    if (node.inputs[0]?.tensor === undefined) return type === 'int32' ? undefined : [QDQ, `${type} activations, ${how}`];
    const readers = [...(node.outputs[0]?.users ?? [])];
    if (type === 'int32') return [QDQ, `int32 bias, ${how}`];
    const besideActivations = readers.some((r) => r.inputs.some((e) => isDequantizedActivation(e?.producer)));
    return [besideActivations ? QDQ : `${WEIGHTS} QDQ`, `${type} weights, ${how}`];
  }],
  ...each('QLinearConv', (n) => [QOPERATOR, `${n.opType}: ${dtypeOf(n.inputs[0])} x ${dtypeOf(n.inputs[3])} weights, ${granularity(n.inputs[4])}`]),
  ...each('QLinearMatMul QGemm', (n) => [QOPERATOR, `${n.opType}: ${dtypeOf(n.inputs[0])} x ${dtypeOf(n.inputs[3])}, ${granularity(n.inputs[4])}`]),
  ...each('QAttention', (n) => [QOPERATOR, `${n.opType}: ${dtypeOf(n.inputs[0])} x ${dtypeOf(n.inputs[1])} weights, ${granularity(n.inputs[4])}`]),
  ...each(
    'QLinearAdd QLinearMul QLinearSigmoid QLinearLeakyRelu QLinearSoftmax QLinearAveragePool QLinearGlobalAveragePool QLinearReduceMean',
    (n) => [QOPERATOR, `${n.opType}: ${dtypeOf(n.inputs[0])}`],
  ),
  ...each('QLinearConcat', (n) => [QOPERATOR, `${n.opType}: ${dtypeOf(n.inputs[2])}`]),
  ...each('QLinearWhere', (n) => [QOPERATOR, `${n.opType}: ${dtypeOf(n.inputs[1])}`]),
  ...each('QEmbedLayerNormalization', (n) => [QOPERATOR, n.opType]),
  ...each('MatMulInteger ConvInteger MatMulInteger16', (n) => [
    hasDynamicInput(n) ? DYNAMIC : 'integer', `${n.opType}: ${dtypeOf(n.inputs[0])} x ${dtypeOf(n.inputs[1])}`,
  ]),
  ...each('DynamicQuantizeMatMul', (n) => [DYNAMIC, `${n.opType}: ${dtypeOf(n.inputs[1])} weights, ${granularity(n.inputs[2])}`]),
  ...each('MatMulIntegerToFloat', (n) => [DYNAMIC, `${n.opType}: ${dtypeOf(n.inputs[0])} x ${dtypeOf(n.inputs[1])}, ${granularity(n.inputs[3])}`]),
  ...each('DynamicQuantizeLSTM', (n) => [DYNAMIC, `${n.opType}: ${dtypeOf(n.inputs[1])} weights`]),
  ...each('MatMulNBits MatMulNBitsMlp MatMulNBitsQkv', (n) => {
    const blocks = `${n.int('bits', 4)} bits, blocks of ${n.int('block_size', 0)}`;
    return [`${WEIGHTS} n-bit`, `${n.opType}: ${blocks}, ${zeroPoints(n.inputs[3])}, accuracy level ${n.int('accuracy_level', 0)}`];
  }),
  ...each('MatMulBnb4', (n) => [`${WEIGHTS} ${n.int('quant_type', 1) === 1 ? 'NF4' : 'FP4'}`, `${n.opType}: blocks of ${n.int('block_size', 0)}`]),
  ...each('MatMulFpQ4', (n) => [`${WEIGHTS} n-bit`, n.opType]),
  ...each('GatherBlockQuantized', (n) => [`${WEIGHTS} n-bit`, `${n.opType}: ${n.int('bits', 4)} bits, blocks of ${n.int('block_size', 128)}`]),
  ...each('QMoE', (n) => [`${WEIGHTS} n-bit`, `${n.opType}: experts of ${n.int('expert_weight_bits', 4)} bits`]),
]);

function dtypeOf(edge: Edge | undefined): string {
  return edge?.tensor?.type ?? (edge?.type?.kind === 'tensor' ? edge.type.dtype : 'unknown');
}

function granularity(scale: Edge | undefined, block = 0, axis = 1): string {
  if (block > 0) return `blocks of ${block} on axis ${axis}`;
  const shape = scale?.tensor?.dims ?? (scale?.type?.kind === 'tensor' ? scale.type.shape : undefined);
  if (shape === undefined) return 'scale of unknown shape';
  const size = shape.reduce<number | undefined>((n, d) => (n === undefined || typeof d !== 'number' ? undefined : n * d), 1);
  return size === 1 ? 'a scale per tensor' : 'a scale per channel';
}

function zeroPoints(edge: Edge | undefined): string {
  if (edge === undefined) return 'symmetric';
  const dtype = dtypeOf(edge);
  return dtype === 'uint8' ? 'packed zero points' : `${dtype} zero points`;
}

const isDequantizedActivation = (node: Node | undefined): boolean =>
  node?.opType === 'DequantizeLinear' && node.inputs[0]?.tensor === undefined;

const hasDynamicInput = (node: Node): boolean => node.inputs[0]?.producer?.opType === 'DynamicQuantizeLinear';
