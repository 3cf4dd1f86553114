/** Float32 functions of two operands with broadcasting: the longest inner run goes to the micro-kernel, outer axes are walked here. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import { align, type WasmOutput, type WasmRuntime } from '../runtime.ts';
import { planRuns } from './runs.ts';

type Micro = 'f32_add' | 'f32_sub' | 'f32_mul' | 'f32_div' | 'f32_min' | 'f32_max' | 'f32_prelu';

/** Output 0 = micro(a, b), not yet handed over. */
function zip(wasm: WasmRuntime, ctx: KernelContext, micro: Micro, a: Tensor, b: Tensor): WasmOutput {
  const kernel = wasm.kernels.simd[micro];
  const { dims, runs, length, aStep, bStep } = planRuns(a.dims, b.dims);
  wasm.begin(wasm.outside(a) + wasm.outside(b) + align(4 * sizeOf(dims)));
  const y = wasm.output(ctx, 0, 'float32', dims);
  const pa = wasm.input(a), pb = wasm.input(b);
  for (let r = 0, at = y.ptr; r < runs.count; r++, at += 4 * length) kernel(pa + 4 * runs.a[r], aStep, pb + 4 * runs.b[r], bStep, at, length);
  return y;
}

const binary = (op: OpContract, micro: Micro, since = 7): WasmAdapter => adapt(
  op,
  (node) => all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'), node.version.since >= since || `broadcasting before opset ${since}`,
    node.node.inputs.length === 2 || 'not two inputs',
  ),
  (_, wasm) => ([a, b]: [Tensor, Tensor], ctx) => [zip(wasm, ctx, micro, a, b).done()],
);

export const add = binary(contracts.add, 'f32_add');
export const sub = binary(contracts.sub, 'f32_sub');
export const mul = binary(contracts.mul, 'f32_mul');
export const div = binary(contracts.div, 'f32_div');
export const min = binary(contracts.min, 'f32_min', 8);
export const max = binary(contracts.max, 'f32_max', 8);

/** Operators whose second operand broadcasts to the first. */
const toFirst = (op: OpContract, micro: Micro, after: 'f32_gelu' | 'f32_gelu_tanh' | undefined): WasmAdapter => adapt(
  op,
  (node) => {
    const x = node.inputShape(0), b = node.inputShape(1);
    const fits = x !== undefined && b !== undefined && b.length <= x.length
      && b.every((d, i) => d === 1 || (d !== undefined && d === x[x.length - b.length + i]));
    return all(
      onlyTypes(node, 0, 'float32'), node.node.inputs[1] === undefined || onlyTypes(node, 1, 'float32'),
      node.node.inputs[1] === undefined || fits || 'the second operand is not known to broadcast to the first',
      op !== contracts.pRelu || node.version.since >= 7 || 'broadcasting before opset 7',
    );
  },
  (_, wasm) => ([a, b]: [Tensor, Tensor?], ctx) => {
    const { simd } = wasm.kernels;
    if (b === undefined) {
      wasm.begin(wasm.outside(a) + align(4 * a.size));
      const y = wasm.output(ctx, 0, 'float32', a.dims);
      simd[after!](wasm.input(a), y.ptr, a.size);
      return [y.done()];
    }
    const y = zip(wasm, ctx, micro, a, b);
    if (after !== undefined) simd[after](y.ptr, y.ptr, a.size);
    return [y.done()];
  },
);

export const biasGelu = toFirst(contracts.biasGelu, 'f32_add', 'f32_gelu');
export const fastGelu = toFirst(contracts.fastGelu, 'f32_add', 'f32_gelu_tanh');
export const pRelu = toFirst(contracts.pRelu, 'f32_prelu', undefined);
