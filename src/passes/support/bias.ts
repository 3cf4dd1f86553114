import type { Edge } from '../../graph/index.ts';
import { f32, rint } from '../../numeric/index.ts';
import { pack } from '../../tensor/index.ts';
import { newConstant, refuse, type NewEdge, type Refusal } from '../pass.ts';
import { either, maybe, type Match, type Pattern } from '../pattern.ts';
import { constantOf } from './constants.ts';
import { dq } from './quantization.ts';

/** A bias that is absent, dequantized from `b`, or any other value. */
export const bias: Pattern = maybe(either(dq('b'), 'float_bias'));

/** Rounding a float bias moves a result by at most half of this, in steps of the result. */
const LARGEST_UNIT = 2 ** -6;

/**
 * The bias as int32 sums, in units of `units[c]` (or `units[0]`) for channel c: the product of the scales of both operands. A
 * constant float32 bias is rounded to such units when they are fine enough not to show in the result, whose scale is `step`.
 */
export function integerBias(m: Match, units: Float32Array, step: number | undefined): Edge | NewEdge | Refusal | undefined {
  const float = m.optional('float_bias');
  if (float !== undefined) return roundedBias(float, units, step);
  const edge = m.optional('b');
  if (edge === undefined) return undefined;
  const node = m.node('dq_b');
  const [value, scale, zero] = [constantOf(edge), constantOf(node.inputs[1]), constantOf(node.inputs[2])];
  if (value?.type !== 'int32') return refuse('the bias is not a constant of int32');
  if (scale?.type !== 'float32') return refuse('the bias scale is not a float32 constant');
  if (node.inputs[2] !== undefined && (zero === undefined || (zero.data as Int32Array).some((z) => z !== 0))) return refuse('the bias has a zero point');
  const scales = scale.data as Float32Array;
  if (scales.length !== 1 && scales.length !== value.size) return refuse('the bias scale is neither per tensor nor per channel');
  for (let c = 0; c < Math.max(scales.length, units.length); c++) {
    const unit = at(units, c);
    // Writers compute the product in float32 or float64: they may differ in the last place.
    if (Math.abs(at(scales, c) - unit) > unit * 2 ** -22) return refuse('the bias scale is not the product of the other scales');
  }
  return edge;
}

function roundedBias(edge: Edge, units: Float32Array, step: number | undefined): NewEdge | Refusal {
  const value = constantOf(edge);
  if (value?.type !== 'float32') return refuse('the bias is neither dequantized nor a float32 constant');
  if (units.length !== 1 && (value.dims.length !== 1 || value.size !== units.length)) return refuse('the bias has not one element a channel');
  if (step === undefined || units.some((u) => u > step * LARGEST_UNIT)) return refuse('the bias is float, and rounding it could show');
  const rounded = Array.from(value.data as Float32Array, (b, c) => rint(b / at(units, c)));
  if (rounded.some((b) => !(Math.abs(b) < 2 ** 31))) return refuse('the bias is too large for int32');
  return newConstant('bias', pack('int32', Int32Array.from(rounded), value.dims));
}

/** The scale of one unit of the sums, for each channel: factor * a * b in float32, from left to right. */
export function unitsOf(aScale: Edge, bScale: Edge, factor = 1): Float32Array {
  const a = constantOf(aScale)!.data as Float32Array;
  const b = constantOf(bScale)!.data as Float32Array;
  const left = f32(factor * a[0]);
  return b.map((s) => left * s);
}

const at = (values: Float32Array, i: number): number => values[values.length === 1 ? 0 : i];
