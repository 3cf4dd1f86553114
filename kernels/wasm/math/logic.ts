/** Comparisons and logic of two operands with broadcasting. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { dtypeInfo, sizeOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { planRuns } from './runs.ts';

type Relation = 'equal' | 'less' | 'less_or_equal';

/** The kernels of an element type. */
const FAMILY: Partial<Record<DType, 'f32' | 'i32' | 'i64'>> = { float32: 'f32', int32: 'i32', int64: 'i64' };
const TYPES = Object.keys(FAMILY);

type Zip = (a: number, aStep: number, b: number, bStep: number, y: number, n: number) => void;

/** An adapter whose result is one byte an element. */
const bytes = (op: OpContract, types: readonly string[], zipOf: (wasm: WasmRuntime, type: DType) => Zip, swapped = false): WasmAdapter => adapt(
  op,
  (node) => all(onlyTypes(node, 0, ...types), onlyTypes(node, 1, node.inputType(0) ?? 'unknown'), node.version.since >= 7 || 'broadcasting before opset 7'),
  (node, wasm) => {
    const zip = zipOf(wasm, node.inputType(0)!);
    return ([left, right]: [Tensor, Tensor], ctx) => {
      const [a, b] = swapped ? [right, left] : [left, right];
      const { dims, runs, length, aStep, bStep } = planRuns(a.dims, b.dims);
      wasm.begin(wasm.outside(a) + wasm.outside(b) + align(sizeOf(dims)));
      const y = wasm.output(ctx, 0, 'bool', dims);
      const pa = wasm.input(a), pb = wasm.input(b);
      const width = dtypeInfo(a.type).bits / 8;
      for (let r = 0, at = y.ptr; r < runs.count; r++, at += length) zip(pa + width * runs.a[r], aStep, pb + width * runs.b[r], bStep, at, length);
      return [y.done()];
    };
  },
);

const comparison = (op: OpContract, relation: Relation, swapped = false): WasmAdapter =>
  bytes(op, TYPES, (wasm, type) => wasm.kernels.simd[`${FAMILY[type]!}_${relation}`], swapped);

export const equal = comparison(contracts.equal, 'equal');
export const less = comparison(contracts.less, 'less');
export const lessOrEqual = comparison(contracts.lessOrEqual, 'less_or_equal');
export const greater = comparison(contracts.greater, 'less', true);
export const greaterOrEqual = comparison(contracts.greaterOrEqual, 'less_or_equal', true);

export const and = bytes(contracts.andOp, ['bool'], (wasm) => wasm.kernels.simd.u8_and);
export const or = bytes(contracts.orOp, ['bool'], (wasm) => wasm.kernels.simd.u8_or);
export const xor = bytes(contracts.xorOp, ['bool'], (wasm) => wasm.kernels.simd.u8_xor);
