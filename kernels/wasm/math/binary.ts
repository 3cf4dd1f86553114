/** Add, Sub, Mul, Div on float32 with broadcasting: the longest inner run goes to the micro-kernel, outer axes are walked here. */
import { add as addContract, div as divContract, mul as mulContract, sub as subContract } from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { planRuns } from './runs.ts';

type Micro = 'f32_add' | 'f32_sub' | 'f32_mul' | 'f32_div';

const binary = (op: OpContract, micro: Micro): WasmAdapter => adapt(
  op,
  (node) => all(onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'), node.version.since >= 7 || 'broadcasting before opset 7'),
  (_, wasm) => {
    const kernel = wasm.kernels.simd[micro] as Kernels['simd'][Micro];
    return ([a, b]: [Tensor, Tensor], ctx) => {
      const { dims, runs, length, aStep, bStep } = planRuns(a.dims, b.dims);
      wasm.begin(wasm.outside(a) + wasm.outside(b) + 4 * sizeOf(dims) + 64);
      const y = wasm.output(ctx, 0, 'float32', dims);
      const pa = wasm.input(a), pb = wasm.input(b);
      for (let r = 0, at = y.ptr; r < runs.count; r++, at += 4 * length) kernel(pa + 4 * runs.a[r], aStep, pb + 4 * runs.b[r], bStep, at, length);
      return [y.done()];
    };
  },
);

export const add = binary(addContract, 'f32_add');
export const sub = binary(subContract, 'f32_sub');
export const mul = binary(mulContract, 'f32_mul');
export const div = binary(divContract, 'f32_div');
