import { cast as contract } from '../../../src/ops/contracts.ts';
import { castTarget } from '../../../src/ops/shape/forms.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { dtypeInfo, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import { align } from '../runtime.ts';

/** The conversions there are kernels for. */
const MICRO = {
  'float32 float16': 'f32_to_f16', 'float16 float32': 'f16_to_f32', 'float32 int32': 'f32_to_i32', 'float32 int64': 'f32_to_i64', 'float32 bool': 'f32_to_bool',
  'int64 float32': 'i64_to_f32', 'int32 float32': 'i32_to_f32', 'uint8 float32': 'u8_to_f32', 'bool float32': 'u8_to_f32',
  'int32 int64': 'i32_to_i64', 'int64 int32': 'i64_to_i32', 'uint8 int32': 'u8_to_i32', 'bool int32': 'u8_to_i32', 'uint8 int64': 'u8_to_i64', 'bool int64': 'u8_to_i64',
} as const;

const pairOf = (node: PlacedNode): string => `${node.inputType(0) ?? 'unknown'} ${castTarget(node.version, node.attrs)}`;

/** y = x as another type: rounded to the nearest float, truncated to an integer, low bits between integers. */
export const cast = adapt(contract, (node) => pairOf(node) in MICRO || `no conversion from ${pairOf(node).replace(' ', ' to ')}`, (node, wasm) => {
  const to: DType = castTarget(node.version, node.attrs);
  const micro = MICRO[pairOf(node) as keyof typeof MICRO];
  return ([x]: [Tensor], ctx) => {
    wasm.begin(wasm.outside(x) + align((x.size * dtypeInfo(to).bits) / 8));
    const y = wasm.output(ctx, 0, to, x.dims);
    wasm.kernels.simd[micro](wasm.input(x), y.ptr, x.size);
    return [y.done()];
  };
});
