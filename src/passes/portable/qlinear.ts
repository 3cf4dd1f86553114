import type { Edge, Node } from '../../graph/index.ts';
import { f32 } from '../../numeric/index.ts';
import { pack } from '../../tensor/index.ts';
import { LSB, newConstant, refuse, ulp, type AttributeValue, type Patch, type PatternPass, type Refusal } from '../pass.ts';
import { constantOf, rankOf, readScalar } from '../support/constants.ts';
import { addRefusal } from '../support/quantization.ts';
import { lowering, scaleProduct, Sequence, type Argument } from './lowering.ts';

interface Form {
  /** The operator between DequantizeLinear and QuantizeLinear. */
  readonly op: string;
  /** Places of the quantized inputs, each followed by its scale and zero point. */
  readonly inputs: (node: Node) => readonly number[];
  /** Place of the scale of the result, its zero point after it. */
  readonly result: number;
  /** Inputs passed as they are, before the others. */
  readonly plain?: readonly number[];
  readonly attributes?: readonly string[];
  readonly refusal?: (node: Node) => string | undefined;
  /** Scale to quantize the result with, where it is another than the node's. */
  readonly scale?: (node: Node) => number | undefined;
}

const channels = (node: Node): string | undefined => (node.int('channels_last', 0) === 0 ? undefined : 'channels are last');
const one = (): readonly number[] => [0];
const two = (): readonly number[] => [0, 3];

const FORMS: Readonly<Record<string, Form>> = {
  QLinearAdd: { op: 'Add', inputs: two, result: 6, refusal: ({ inputs }) => addRefusal(inputs[1]!, inputs[4]!, inputs[6]!)?.reason },
  QLinearMul: { op: 'Mul', inputs: two, result: 6 },
  QLinearSigmoid: { op: 'Sigmoid', inputs: one, result: 3 },
  QLinearLeakyRelu: { op: 'LeakyRelu', inputs: one, result: 3, attributes: ['alpha'] },
  QLinearSoftmax: {
    op: 'Softmax', inputs: one, result: 3, attributes: ['axis'],
    refusal: (node) => {
      if (node.int('opset', 13) < 13 !== node.graph.opsetOf('') < 13) return 'Softmax had another meaning in its opset';
      return softmaxStep(node) === undefined ? 'the scale of the result is not a constant of at most 1' : undefined;
    },
    scale: softmaxStep,
  },
  QLinearAveragePool: {
    op: 'AveragePool', inputs: one, result: 3, attributes: ['auto_pad', 'ceil_mode', 'count_include_pad', 'kernel_shape', 'pads', 'strides'], refusal: channels,
  },
  QLinearGlobalAveragePool: { op: 'GlobalAveragePool', inputs: one, result: 3, refusal: channels },
  QLinearConcat: {
    op: 'Concat', inputs: (node) => node.inputs.flatMap((_, i) => (i >= 2 && (i - 2) % 3 === 0 ? [i] : [])), result: 0, attributes: ['axis'],
  },
  QLinearWhere: { op: 'Where', inputs: () => [1, 4], result: 7, plain: [0] },
};

export const lowerQLinear: PatternPass = lowering(
  'lower-qlinear', Object.keys(FORMS).map((name) => `com.microsoft.${name}`).join('|'), LSB,
  'Writes quantized operators as DequantizeLinear, the float operator and QuantizeLinear. QLinearF(x) = quantize(f(dequantize(x))).',
  (node) => {
    const form = FORMS[node.opType]!;
    const reason = form.refusal?.(node);
    if (reason !== undefined) return refuse(reason);
    const s = new Sequence(node);
    const at = (i: number): Edge => node.inputs[i]!;
    const operands = [...(form.plain ?? []).map(at), ...form.inputs(node).map((i) => s.dequantize(at(i), at(i + 1), node.inputs[i + 2]))];
    const attributes: Record<string, AttributeValue | undefined> = {};
    for (const name of form.attributes ?? []) attributes[name] = node.attributes.get(name);
    const step = form.scale?.(node);
    const scale = step === undefined ? at(form.result) : newConstant('scale', pack('float32', [step], []));
    s.endQuantized(s.make(form.op, operands, attributes), scale, node.inputs[form.result + 1]);
    return s.patch();
  },
);

/** QLinearSoftmax has a whole number of steps in 1: as many as fit. */
function softmaxStep(node: Node): number | undefined {
  const steps = Math.floor(f32(1 / (readScalar(node.inputs[3]) ?? Infinity)));
  return steps >= 1 && steps < Infinity ? 1 / steps : undefined;
}

/** QGemm(A, B, C) = quantize(gemm(dequantize(A), dequantize(B), dequantize(C))), with C in steps of a_scale * b_scale */
export const lowerQGemm: PatternPass = lowering(
  'lower-qgemm', 'com.microsoft.QGemm', LSB,
  'Writes a quantized Gemm as DequantizeLinear, Gemm and QuantizeLinear. QGemm(a, b, c) = quantize(gemm(dequantize(a), dequantize(b), dequantize(c))).',
  (node) => (node.inputs[7] === undefined ? undefined : gemm(node)),
);

/** QGemm(A, B, C) = gemm(dequantize(A), dequantize(B), dequantize(C)) where the result is float */
export const lowerQGemmToFloat: PatternPass = lowering(
  'lower-qgemm-to-float', 'com.microsoft.QGemm', ulp(64),
  'Writes a quantized Gemm of float result as DequantizeLinear and Gemm. QGemm(a, b, c) = gemm(dequantize(a), dequantize(b), dequantize(c)).',
  (node) => (node.inputs[7] === undefined ? gemm(node) : undefined),
);

function gemm(node: Node): Patch | Refusal {
  const [a, aScale, aZero, b, bScale, bZero, c, yScale, yZero] = node.inputs;
  const scales = [constantOf(aScale), constantOf(bScale)] as const;
  if (scales[0]?.size !== 1 || scales[1] === undefined) return refuse('the scales are not constant, with one for a');
  const units = scaleProduct(scales[0], scales[1]);
  if (!(units.data as Float32Array).every((u) => Math.abs(u) >= 2 ** -126)) return refuse('the product of the scales is not a normal number');
  const s = new Sequence(node);
  const transB = node.int('transB', 0);
  const operands: Argument[] = [s.dequantize(a!, aScale!, aZero), s.dequantize(b!, bScale!, bZero, transB === 0 ? 1 : 0)];
  if (c !== undefined) {
    const steps = newConstant('c_scale', units);
    operands.push(s.make('DequantizeLinear', [c, steps], { axis: scales[1].size > 1 ? (rankOf(c) ?? 1) - 1 : undefined }));
  }
  const alpha = node.float('alpha', 1);
  // The integer sum, C included, is scaled as a whole.
  const attributes = { alpha, beta: alpha, transA: node.int('transA', 0), transB };
  if (yScale === undefined) s.end('Gemm', operands, attributes);
  else s.endQuantized(s.make('Gemm', operands, attributes), yScale, yZero);
  return s.patch();
}
