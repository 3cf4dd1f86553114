import { f32, rint } from '../../numeric/index.ts';
import { pack, type Tensor } from '../../tensor/index.ts';
import { CHANGES, EXACT, fresh, newConstant, newNode, refuse, replaceBy, type Patch, type PatternPass, type Refusal } from '../pass.ts';
import { as, op, rest, type Match } from '../pattern.ts';
import { QDQ_DISABLED } from '../settings.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf, dtypeOf } from '../support/constants.ts';
import { dq, q } from '../support/quantization.ts';

const layer = as('f', op('Conv|Gemm', dq('x'), 'w', 'b?'));
const pattern = [q(layer), q(op('Relu|Clip', layer, rest('bounds')))];

/**
 * quantize(conv(dequantize(x), w)) = quantize(conv(dequantize(x), dequantize(q, s)))  where w = q s, in every bit
 *
 * The float weights of a quantized layer were often int8 before: some tool dequantized them. Then the scale of a channel is its
 * largest magnitude over an integer up to 127, or a neighbour of that, and the integers are found again. A float bias needs no such
 * pair: the integer products take it as it is.
 */
export const weightQuantization: PatternPass = {
  name: 'weight-bias-quantization',
  level: 'basic',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Finds the integers of float weights that were quantized once, beside quantized activations. w = dequantize(q, s), where that is exact.',
  pattern,
  rewrite: (m) => quantized(m, (values, most) => {
    const fits = (s: number): boolean => values.every((v) => Math.abs(code(v, s)) <= 127 && f32(code(v, s) * s) === v);
    for (let largest = 127; largest > 0; largest--) {
      const scale = f32(most / largest);
      const found = [scale, neighbour(scale, 1), neighbour(scale, -1)].find(fits);
      if (found !== undefined) return found;
    }
    return undefined;
  }),
};

/** The same by force: weights become the nearest of 255 levels. */
export const weightRounding: PatternPass = {
  name: 'weight-rounding',
  level: 'basic',
  contract: CHANGES,
  when: ['optimization.quantize_float_weights', '1'],
  unless: [QDQ_DISABLED],
  doc: 'Rounds float weights beside quantized activations to int8, one scale a channel. w = dequantize(rint(w / s), s), s = max |w| / 127.',
  pattern,
  rewrite: (m) => quantized(m, (_, most) => f32(most / 127)),
};

type ScaleOf = (values: Float32Array, most: number) => number | undefined;

function quantized(m: Match, scaleOf: ScaleOf): Patch | Refusal | undefined {
  const f = m.node('f');
  const w = constantOf(m.edge('w'));
  if (w === undefined) return undefined;
  const dtype = dtypeOf(m.edge('x'));
  if (w.type !== 'float32' || (dtype !== 'int8' && dtype !== 'uint8')) return refuse('the weight is not float32, or the activation not 8-bit');
  const axis = f.opType === 'Gemm' && f.int('transB', 0) === 0 ? 1 : 0;
  const channels = byChannel(w, axis);
  const scales = channels.map((values) => {
    const most = values.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
    return most === 0 ? 1 : most >= 2 ** -100 && most < Infinity ? scaleOf(values, most) : undefined;
  });
  if (scales.includes(undefined)) return refuse('the weight is on no grid of 255 levels a channel: rounding it would change results');
  const codes = new Int8Array(w.size);
  const data = w.data as Float32Array;
  const inner = axis === 0 ? w.size / w.dims[0]! : 1;
  for (let i = 0; i < codes.length; i++) codes[i] = code(data[i]!, scales[Math.floor(i / inner) % channels.length]!);
  const weight = fresh('weight');
  const inputs = [newConstant('codes', pack('int8', codes, w.dims)), newConstant('scales', pack('float32', scales as number[], [scales.length]))];
  const patch = replaceBy(newNode('DequantizeLinear', inputs, [weight], { axis }), newNode(f.key, [f.inputs[0], weight, f.inputs[2]], [f.outputs[0]], attributesOf(f)));
  return { ...patch, from: [f] };
}

const code = (v: number, scale: number): number => rint(f32(v / scale));

function byChannel(w: Tensor, axis: number): Float32Array[] {
  const data = w.data as Float32Array;
  const count = w.dims[axis]!;
  const each = count === 0 ? 0 : w.size / count;
  return Array.from({ length: count }, (_, c) => (axis === 0 ? data.subarray(c * each, (c + 1) * each) : Float32Array.from({ length: each }, (_, i) => data[i * count + c]!)));
}

function neighbour(x: number, step: number): number {
  const bits = Int32Array.of(new Int32Array(Float32Array.of(x).buffer)[0]! + step);
  return new Float32Array(bits.buffer)[0]!;
}
