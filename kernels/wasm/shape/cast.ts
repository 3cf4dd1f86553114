import { cast as contract } from '../../../src/ops/contracts.ts';
import { castTarget } from '../../../src/ops/shape/forms.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { dtypeInfo, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align } from '../runtime.ts';

type Simd = Kernels['simd'];
type Micro = { [K in keyof Simd]: K extends `${string}_to_${string}` ? (Simd[K] extends (x: number, y: number, n: number) => void ? K : never) : never }[keyof Simd];

/** A kernel, and the type it writes. */
type Step = readonly [Micro, DType];

const toHalf: Step = ['f32_to_f16', 'float16'], toFloat: Step = ['i32_to_f32', 'float32'], toInt: Step = ['f32_to_i32', 'int32'], toLong: Step = ['i32_to_i64', 'int64'];

/** From the types that int32 holds, the way there; and from int32 the way on. Integers keep their low bits. */
const UP: Partial<Record<DType, Step>> = {
  int8: ['i8_to_i32', 'int32'], uint8: ['u8_to_i32', 'int32'], bool: ['u8_to_i32', 'int32'], int16: ['i16_to_i32', 'int32'], uint16: ['u16_to_i32', 'int32'],
};
const DOWN: Partial<Record<DType, readonly Step[]>> = {
  int8: [['i32_to_u8', 'int8']], uint8: [['i32_to_u8', 'uint8']], int16: [['i32_to_u16', 'int16']], uint16: [['i32_to_u16', 'uint16']], bool: [['i32_to_bool', 'bool']],
  int32: [], int64: [toLong], float32: [toFloat], float16: [toFloat, toHalf],
};
const FROM_FLOAT: Partial<Record<DType, readonly Step[]>> = {
  float16: [toHalf], int32: [toInt], int64: [['f32_to_i64', 'int64']], bool: [['f32_to_bool', 'bool']], float64: [['f32_to_f64', 'float64']],
  int8: [toInt, ...DOWN.int8!], uint8: [toInt, ...DOWN.uint8!], int16: [toInt, ...DOWN.int16!], uint16: [toInt, ...DOWN.uint16!],
};
const FROM_LONG: Partial<Record<DType, readonly Step[]>> = { float32: [['i64_to_f32', 'float32']], bool: [['i64_to_bool', 'bool']] };
const LOW: Step = ['i64_to_i32', 'int32'];

/** The kernels that convert, one after another; undefined where there are none. A value is rounded once at most. */
function stepsOf(from: DType | undefined, to: DType): readonly Step[] | undefined {
  if (from === 'float32') return FROM_FLOAT[to];
  if (from === 'float16') return to === 'float32' ? [['f16_to_f32', 'float32']] : after(['f16_to_f32', 'float32'], FROM_FLOAT[to]);
  if (from === 'float64') return to === 'float32' ? [['f64_to_f32', 'float32']] : undefined;
  if (from === 'int64') return FROM_LONG[to] ?? (dtypeInfo(to).class === 'float' ? undefined : after(LOW, DOWN[to]));
  if (from === 'int32') return DOWN[to];
  const up = from && UP[from];
  return up && after(up, DOWN[to]);
}

const after = (first: Step, rest: readonly Step[] | undefined): readonly Step[] | undefined => rest && [first, ...rest];
const targetOf = (node: PlacedNode): DType => castTarget(node.version, node.attrs);

/** y = x as another type: rounded to the nearest float, truncated to an integer, low bits between integers. */
export const cast = adapt(
  contract, (node) => (stepsOf(node.inputType(0), targetOf(node))?.length ?? 0) > 0 || `no conversion from ${node.inputType(0) ?? 'an unknown type'} to ${targetOf(node)}`,
  (node, wasm) => {
    const to = targetOf(node);
    const steps = stepsOf(node.inputType(0), to)!;
    return ([x]: [Tensor], ctx) => {
      const bytes = (type: DType): number => align((x.size * dtypeInfo(type).bits) / 8);
      wasm.begin(wasm.outside(x) + steps.reduce((sum, [, type]) => sum + bytes(type), 0));
      const y = wasm.output(ctx, 0, to, x.dims);
      let from = wasm.input(x);
      steps.forEach(([micro, type], i) => {
        const target = i === steps.length - 1 ? y.ptr : wasm.scratch((x.size * dtypeInfo(type).bits) / 8);
        wasm.kernels.simd[micro](from, target, x.size);
        from = target;
      });
      return [y.done()];
    };
  },
);
