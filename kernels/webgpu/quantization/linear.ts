/** QuantizeLinear and DequantizeLinear, bit for bit as the scalar provider: see its rules of rounding. */
import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { elementOf, FLOATS } from '../wgsl/element.ts';
import { DIVIDE } from '../wgsl/library.ts';
import { PARAMETER_AT, PARAMETER_PARAMS, parameterValues } from './parameters.ts';

const CODES: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4'];

const numberOf = (node: PlacedNode, name: string, otherwise: number): number => (node.attrs.has(name) ? node.attrs.int(name) : otherwise);

/**
 * y = saturate(rint(x / y_scale) + y_zero_point): the correctly rounded float32 quotient, rounded half to even. NaN becomes the smallest
 * integer.
 * x, y: any shape; y_scale, y_zero_point: [], [length of axis], or x's shape with blocks along the axis.
 */
const quantize = (op: OpContract): WebgpuAdapter => adapt(
  op,
  (node) => {
    const to = node.outputType(0);
    return all(
      onlyTypes(node, 0, ...FLOATS), onlyTypes(node, 1, ...FLOATS), (to !== undefined && CODES.includes(to)) || `codes of ${to ?? 'unknown type'}`,
      onlyTypes(node, 2, ...CODES), numberOf(node, 'precision', 0) < 2 || 'a quotient of another precision than float32',
    );
  },
  (node, gpu) => {
    const [x, scale, to] = [node.inputType(0)!, node.inputType(1)!, node.outputType(0)!];
    const { scalar } = elementOf(to);
    const zeros = node.node.inputs[2] !== undefined;
    const [low, high] = integerRange(to);
    const axis = numberOf(node, 'axis', 1), block = numberOf(node, 'block_size', 0);
    const program = gpu.mapProgram(`QuantizeLinear:${x}:${scale}:${to}:${zeros}`, () => ({
      label: 'QuantizeLinear', inputs: { x, scale, ...(zeros && { zero: to }) }, output: to, params: [...PARAMETER_PARAMS, 'low:f32', 'high:f32'],
      code: `${DIVIDE}${PARAMETER_AT}
fn value(i: u32) -> ${scalar} {
  let q = parameter_at(i);
  let rounded = round(divide(x_at(i), scale_at(q)))${zeros ? ' + f32(zero_at(q))' : ''};
  return ${scalar}(select(p.low, min(rounded, p.high), rounded > p.low));
}`,
    }));
    return ([input, scales, zeroPoint]: [Tensor, Tensor, Tensor?], ctx) => {
      const values = parameterValues(input.dims, scales, zeroPoint, axis, block);
      return [gpu.map(program, zeroPoint === undefined ? [input, scales] : [input, scales, zeroPoint], gpu.output(ctx, to, input.dims), [...values, low, high])];
    };
  },
);

export const quantizeLinear = quantize(contracts.quantizeLinear);
export const msQuantizeLinear = quantize(contracts.msQuantizeLinear);

/**
 * y = (x - x_zero_point) * x_scale: an exact difference, one float32 product, rounded once more when y is narrower.
 * x, y: any shape; x_scale, x_zero_point: [], [length of axis], or x's shape with blocks along the axis.
 */
const dequantize = (op: OpContract): WebgpuAdapter => adapt(
  op,
  (node) => {
    const to = node.outputType(0);
    return all(
      onlyTypes(node, 0, ...CODES, 'int32'), onlyTypes(node, 1, ...FLOATS), (to !== undefined && FLOATS.includes(to)) || `values of ${to ?? 'unknown type'}`,
      node.inputType(0) !== 'int32' || node.node.inputs[2] === undefined || isZero(node.constant(2)) || 'an int32 zero point that is not known to be 0',
    );
  },
  (node, gpu) => {
    const [x, scale, to] = [node.inputType(0)!, node.inputType(1)!, node.outputType(0)!];
    const zeros = node.node.inputs[2] !== undefined && x !== 'int32';
    const axis = numberOf(node, 'axis', 1), block = numberOf(node, 'block_size', 0);
    // int32 codes become floats in two exact halves and one rounding.
    const difference = x === 'int32' ? 'f32(x_at(i) >> 16u) * 65536.0 + f32(x_at(i) & 0xffff)' : `f32(i32(x_at(i))${zeros ? ' - i32(zero_at(q))' : ''})`;
    const program = gpu.mapProgram(`DequantizeLinear:${x}:${scale}:${to}:${zeros}`, () => ({
      label: 'DequantizeLinear', inputs: { x, scale, ...(zeros && { zero: x }) }, output: to, params: PARAMETER_PARAMS,
      code: `${PARAMETER_AT}
fn value(i: u32) -> f32 {
  let q = parameter_at(i);
  return (${difference}) * scale_at(q);
}`,
    }));
    return ([codes, scales, zeroPoint]: [Tensor, Tensor, Tensor?], ctx) => {
      const values = parameterValues(codes.dims, scales, zeroPoint, axis, block);
      return [gpu.map(program, zeros ? [codes, scales, zeroPoint!] : [codes, scales], gpu.output(ctx, to, codes.dims), values)];
    };
  },
);

function isZero(zeroPoint: Tensor | undefined): boolean {
  return zeroPoint !== undefined && (zeroPoint.data as Int32Array).every((v) => v === 0);
}

export const dequantizeLinear = dequantize(contracts.dequantizeLinear);
export const msDequantizeLinear = dequantize(contracts.msDequantizeLinear);
