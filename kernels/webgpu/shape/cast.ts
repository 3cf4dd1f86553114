/** Elements of one type as elements of another. https://onnx.ai/onnx/operators/onnx__Cast.html */
import { cast as contract } from '../../../src/ops/contracts.ts';
import { castTarget } from '../../../src/ops/shape/forms.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { elementOf, FLOATS, INTEGERS, type Scalar } from '../wgsl/element.ts';

const TYPES: readonly DType[] = [...FLOATS, ...INTEGERS, 'bool'];

/** Integers become floats rounded to the nearest: both products are exact, so that one rounding is left. */
const TO_FLOAT = `
fn float_of_i(x: i32) -> f32 { return f32(x >> 16u) * 65536.0 + f32(x & 0xffff); }
fn float_of_u(x: u32) -> f32 { return f32(x >> 16u) * 65536.0 + f32(x & 0xffffu); }
// towards zero; out of range as the x86 instructions have it: the lowest integer
fn int_of(x: f32) -> i32 { if (x >= -2147483648.0 && x < 2147483648.0) { return i32(x); } return bitcast<i32>(0x80000000u); }
fn uint_of(x: f32) -> u32 { if (x >= 2147483648.0) { return bitcast<u32>(int_of(x - 2147483648.0)) ^ 0x80000000u; } return bitcast<u32>(int_of(x)); }`;

function conversion(from: Scalar, to: Scalar, dtype: DType): string {
  if (dtype === 'bool') return from === 'f32' ? 'u32((bitcast<u32>(x) & 0x7fffffffu) != 0u)' : `u32(x != ${from}(0))`;
  if (to === 'f32') return from === 'f32' ? 'x' : from === 'i32' ? 'float_of_i(x)' : 'float_of_u(x)';
  if (from !== 'f32') return from === to ? 'x' : `bitcast<${to}>(x)`;
  // 8 and 16 bits keep the low bits of the 32-bit result
  return dtype === 'uint32' ? 'uint_of(x)' : to === 'i32' ? 'int_of(x)' : 'bitcast<u32>(int_of(x))';
}

/** Fills `y` with the elements of `x` as its own type. */
export function convert(gpu: WebgpuSession, x: Tensor, y: Tensor): Tensor {
  const from = elementOf(x.type).scalar, to = elementOf(y.type).scalar;
  const program = gpu.mapProgram(`Cast:${x.type}:${y.type}`, () => ({
    label: 'Cast', inputs: { x: x.type }, output: y.type,
    code: `${TO_FLOAT}\nfn f(x: ${from}) -> ${to} { return ${conversion(from, to, y.type)}; }\nfn value(i: u32) -> ${to} { return f(x_at(i)); }`,
  }));
  return gpu.map(program, [x], y);
}

export const cast = adapt(
  contract,
  (node) => {
    const to = castTarget(node.version, node.attrs);
    return all(onlyTypes(node, 0, ...TYPES), TYPES.includes(to) || `a cast to ${to}`);
  },
  ({ attrs, version }, gpu) => {
    const to = castTarget(version, attrs);
    return ([x]: [Tensor], ctx) => [x.type === to ? gpu.share(x, x.dims) : convert(gpu, x, gpu.output(ctx, to, x.dims))];
  },
);
