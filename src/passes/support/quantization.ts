/** QDQ units: DequantizeLinear around inputs, QuantizeLinear after the output, read as quantized values with parameters. */
import type { Edge, Node } from '../../graph/index.ts';
import { f32, integerRange, rint } from '../../numeric/index.ts';
import { dtypeInfo, pack, type DType } from '../../tensor/index.ts';
import { newConstant, refuse, type NewEdge, type Refusal } from '../pass.ts';
import { as, op, shared, type Match, type OpPattern, type Pattern } from '../pattern.ts';
import { constantOf, dtypeOf, numbersOf, readScalar, sameConstant } from './constants.ts';

export const QUANTIZE = 'QuantizeLinear|com.microsoft.QuantizeLinear';
export const DEQUANTIZE = 'DequantizeLinear|com.microsoft.DequantizeLinear';

/** A dequantized input: binds `name`, `name_scale` and `name_zero`, and the node as `dq_name`. Other readers may share it. */
export const dq = (name: string, x: Pattern = name): OpPattern =>
  shared(as(`dq_${name}`, op(DEQUANTIZE, x, `${name}_scale`, `${name}_zero?`)));

/** A result quantized again: binds `y_scale` and `y_zero`. */
export const q = (inner: Pattern): OpPattern => op(QUANTIZE, inner, 'y_scale', 'y_zero?');

/** A quantized tensor and its parameters, as arguments of a QLinear operator. */
export interface Quantized {
  readonly value: Edge;
  readonly scale: Edge | NewEdge;
  readonly zero: Edge | NewEdge;
  readonly dtype: DType;
}

export type Granularity = 'tensor' | { readonly axis: number; readonly rank: number };

export const isRefusal = (x: object): x is Refusal => 'kind' in x && x.kind === 'refusal';

/** The dequantized input bound by `dq(name)`, when it is 8-bit, float32 scaled and quantized as coarsely as asked for. */
export function dequantized(m: Match, name: string, granularity: Granularity = 'tensor'): Quantized | Refusal {
  return readParameters(m.node(`dq_${name}`), name, m.edge(name), granularity);
}

/** The result bound by `q`. */
export function quantizedResult(m: Match): Quantized | Refusal {
  return readParameters(m.root, 'y', m.result, 'tensor');
}

/** Parameters of a QuantizeLinear or DequantizeLinear whose integer side is `value`. */
export function readParameters(node: Node, name: string, value: Edge, granularity: Granularity = 'tensor'): Quantized | Refusal {
  const [scale, zero] = [node.inputs[1]!, node.inputs[2]];
  const dtype = dtypeOf(value);
  const scales = constantOf(scale);
  if (dtype !== 'int8' && dtype !== 'uint8') return refuse(`${name} is not 8-bit`);
  if (scales === undefined) return refuse(`the scale of ${name} is not constant`);
  if (zero !== undefined && constantOf(zero) === undefined) return refuse(`the zero point of ${name} is not constant`);
  if (scales.type !== 'float32' || node.int('precision', 0) > 1) return refuse(`the scale of ${name} is not float32`);
  if (node.opType === 'DequantizeLinear' && dtypeOf(node.outputs[0]) !== 'float32') return refuse(`${name} is not dequantized to float32`);
  if (!positive(scales.data as Float32Array)) return refuse(`the scale of ${name} is not a positive number`);
  if (scales.size !== 1) {
    if (granularity === 'tensor') return refuse(`${name} is not quantized per tensor`);
    const { axis, rank } = granularity;
    const own = node.int('axis', 1);
    if (node.int('block_size', 0) !== 0 || scales.dims.length !== 1 || (own < 0 ? own + rank : own) !== axis) {
      return refuse(`${name} is not quantized per tensor or along axis ${axis}`);
    }
  }
  return { value, scale: asScalar(scale), zero: zero === undefined ? zeroPoint(dtype, scales.dims) : asScalar(zero), dtype };
}

/** A constant with one element as a scalar, whatever dimensions of 1 the model gives it; other constants as they are. */
export function asScalar(edge: Edge): Edge | NewEdge {
  const tensor = constantOf(edge);
  return tensor?.size === 1 && tensor.dims.length > 0 ? newConstant('scalar', tensor.reshape([])) : edge;
}

// Subnormal scales would lose bits in products; none of these occur in sound models.
const positive = (scales: Float32Array): boolean => scales.every((s) => s >= 2 ** -126 && s < Infinity);

function zeroPoint(dtype: DType, dims: readonly number[]): NewEdge {
  const size = dims.reduce((a, d) => a * d, 1);
  return newConstant('zero_point', pack(dtype, new Uint8Array(size), size === 1 ? [] : dims));
}

/**
 * Why an integer product of these types stays as it is. The contracts allow any pairing, but onnxruntime has kernels for
 * uint8 with either type of weight, and for int8 with int8, each with results of the type of its activations: saved models
 * should run there.
 */
export function pairingRefusal(a: Quantized, b: Quantized, y: Quantized | undefined): Refusal | undefined {
  if (y !== undefined && y.dtype !== a.dtype) return refuse('input and output are of different types');
  return a.dtype === 'int8' && b.dtype === 'uint8' ? refuse('an int8 activation meets a uint8 weight') : undefined;
}

/**
 * Why QLinearAdd would not give what adding and quantizing gives: it sums codes and zero points in steps of the result, as float32
 * numbers, which lose steps where a code stands for hundreds of them.
 */
export function addRefusal(a: Edge, b: Edge, y: Edge): Refusal | undefined {
  const [x, z, step] = [a, b, y].map((edge) => readScalar(edge));
  const apart = x === undefined || z === undefined || step === undefined || !(Math.max(Math.abs(x), Math.abs(z)) <= LARGEST_RATIO * Math.abs(step));
  return apart ? refuse('the scale of an addend is over 256 times that of the result') : undefined;
}

const LARGEST_RATIO = 256;

/** True when a quantizer and a dequantizer undo each other: equal type, scale, zero point and axis. */
export function sameParameters(a: Node, b: Node): boolean {
  if (!sameConstant(a.inputs[1], b.inputs[1])) return false;
  const [za, zb] = [a.inputs[2], b.inputs[2]];
  if (za !== undefined && zb !== undefined && !sameConstant(za, zb)) return false;
  if ((za === undefined) !== (zb === undefined) && !allZero(za ?? zb)) return false;
  const perTensor = constantOf(a.inputs[1])?.size === 1;
  return perTensor || (a.int('axis', 1) === b.int('axis', 1) && a.int('block_size', 0) === b.int('block_size', 0));
}

function allZero(edge: Edge | undefined): boolean {
  const tensor = constantOf(edge);
  const values = tensor === undefined ? undefined : numbersOf(tensor);
  return values !== undefined && Array.from(values).every((v) => v === 0);
}

/**
 * True when quantizing what was dequantized gives the same integers back: integers of at most 16 bits, constant normal
 * float32 scales. Two roundings move (q - z) * s / s by less than 2^-22 of it, far from half a step.
 */
export function isReversible(node: Node, integers: Edge): boolean {
  const dtype = dtypeOf(integers);
  const scales = constantOf(node.inputs[1]);
  if (dtype === undefined || scales?.type !== 'float32' || dtypeInfo(dtype).bits > 16 || node.int('precision', 0) > 1) return false;
  const cls = dtypeInfo(dtype).class;
  const data = scales.data as Float32Array;
  return (cls === 'int' || cls === 'uint') && positive(data) && data.every((s) => s < 2 ** 100);
}

/** What a per-tensor QuantizeLinear with constant parameters does to one number. */
export interface Quantizer {
  readonly scale: number;
  readonly zero: number;
  /** Least and largest code. */
  readonly range: readonly [low: number, high: number];
  /** rint(x / scale) + zero, in float32, before saturation. */
  code(x: number): number;
}

export function quantizer(node: Node, dtype = dtypeOf(node.outputs[0])): Quantizer | undefined {
  const scale = readScalar(node.inputs[1]);
  const zero = node.inputs[2] === undefined ? 0 : readScalar(node.inputs[2]);
  if (dtype === undefined || scale === undefined || zero === undefined || !(scale > 0)) return undefined;
  const cls = dtypeInfo(dtype).class;
  if (cls !== 'int' && cls !== 'uint') return undefined;
  return { scale, zero, range: integerRange(dtype), code: (x) => rint(f32(x / scale)) + zero };
}
