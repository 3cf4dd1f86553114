/** Functions of two operands with broadcasting: the longest inner run goes to the micro-kernel, outer axes are walked here. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import { align, ELEMENT_WORK, type WasmOutput, type WasmRuntime } from '../runtime.ts';
import { widthOf } from '../shape/strided.ts';
import { planRuns } from './runs.ts';

type Float = 'f32_add' | 'f32_sub' | 'f32_mul' | 'f32_div' | 'f32_min' | 'f32_max' | 'f32_prelu';
type Integer = 'add' | 'sub' | 'mul' | 'min' | 'max';
type Micro = Float | `i32_${Integer}` | `i64_${Integer}`;

/** Output 0 = micro(a, b), not yet handed over. */
function zip(wasm: WasmRuntime, ctx: KernelContext, micro: Micro, a: Tensor, b: Tensor): WasmOutput {
  const { dims, runs, length, aStep, bStep } = planRuns(a.dims, b.dims);
  const width = widthOf(a.type);
  wasm.begin(wasm.outside(a) + wasm.outside(b) + align(width * sizeOf(dims)));
  const y = wasm.output(ctx, 0, a.type, dims);
  const pa = wasm.input(a), pb = wasm.input(b);
  if (runs.count === 1) {
    wasm.parallelRange(length, ELEMENT_WORK, ({ simd }, at, n) => simd[micro](pa + width * aStep * at, aStep, pb + width * bStep * at, bStep, y.ptr + width * at, n));
  } else {
    wasm.parallelRange(runs.count, ELEMENT_WORK * length, ({ simd }, first, n) => {
      const kernel = simd[micro];
      for (let r = first, at = y.ptr + width * length * first; r < first + n; r++, at += width * length) kernel(pa + width * runs.a[r], aStep, pb + width * runs.b[r], bStep, at, length);
    }, 1);
  }
  return y;
}

/** `wraps`: sums and products modulo 2^32 or 2^64, alike for signed and unsigned integers. */
function binary(op: OpContract, float: Float, integer?: Integer, wraps = true, since = 7): WasmAdapter {
  const micros: Partial<Record<DType, Micro>> = {
    float32: float, ...(integer && { int32: `i32_${integer}`, int64: `i64_${integer}`, ...(wraps && { uint32: `i32_${integer}`, uint64: `i64_${integer}` }) }),
  };
  return alsoHalf(adapt(
    op,
    (node) => all(
      onlyTypes(node, 0, ...Object.keys(micros)), onlyTypes(node, 1, node.inputType(0) ?? 'unknown'), node.version.since >= since || `broadcasting before opset ${since}`,
      node.node.inputs.length === 2 || 'not two inputs',
    ),
    (_, wasm) => ([a, b]: [Tensor, Tensor], ctx) => [zip(wasm, ctx, micros[a.type]!, a, b).done()],
  ));
}

export const add = binary(contracts.add, 'f32_add', 'add');
export const sub = binary(contracts.sub, 'f32_sub', 'sub');
export const mul = binary(contracts.mul, 'f32_mul', 'mul');
export const div = binary(contracts.div, 'f32_div');
export const min = binary(contracts.min, 'f32_min', 'min', false, 8);
export const max = binary(contracts.max, 'f32_max', 'max', false, 8);

/** Operators whose second operand broadcasts to the first. */
const toFirst = (op: OpContract, micro: Float, after: 'f32_gelu' | 'f32_gelu_tanh' | undefined): WasmAdapter => adapt(
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
    if (b === undefined) {
      wasm.begin(wasm.outside(a) + align(4 * a.size));
      const y = wasm.output(ctx, 0, 'float32', a.dims);
      const from = wasm.input(a);
      wasm.parallelRange(a.size, ELEMENT_WORK, ({ simd }, at, n) => simd[after!](from + 4 * at, y.ptr + 4 * at, n));
      return [y.done()];
    }
    const y = zip(wasm, ctx, micro, a, b);
    if (after !== undefined) wasm.parallelRange(a.size, ELEMENT_WORK, ({ simd }, at, n) => simd[after](y.ptr + 4 * at, y.ptr + 4 * at, n));
    return [y.done()];
  },
);

export const biasGelu = toFirst(contracts.biasGelu, 'f32_add', 'f32_gelu');
export const fastGelu = toFirst(contracts.fastGelu, 'f32_add', 'f32_gelu_tanh');
export const pRelu = toFirst(contracts.pRelu, 'f32_prelu', undefined);
