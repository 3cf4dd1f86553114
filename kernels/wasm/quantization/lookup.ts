/** Operators that map each 8-bit code on its own: a table of 256 codes, made once for parameters that stay, then one lookup an element. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import { leakyReluOf, lookupTable, requantizingTable, sigmoidOf, softmaxTable } from '../../../src/ops/quantization/lookup-table.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { chooseRuns } from '../shape/choose.ts';
import { parameters, single, value } from './scalars.ts';

type UnaryInputs = [x: Tensor, xScale: Tensor, xZero: Tensor | undefined, yScale: Tensor, yZero?: Tensor];

/** Writes a table of codes to scratch memory of 256 bytes. */
function tableAt(wasm: WasmRuntime, table: Int16Array): number {
  const ptr = wasm.scratch(256);
  wasm.memory.set(table, ptr); // stores the low bytes
  return ptr;
}

/** Y = quantize(f(dequantize(X))). */
const unary = (op: typeof contracts.qLinearSigmoid, functionOf: (attrs: PlacedNode['attrs']) => (x: number) => number): WasmAdapter => adapt(
  op, (node) => all(onlyTypes(node, 0, 'uint8', 'int8'), single(node, 1, 2, 3, 4)),
  (node, wasm) => {
    const f = functionOf(node.attrs), type = node.inputType(0)!;
    const tableFor = remembered((...p) => lookupTable(type, { scale: p[0], zero: p[1] }, { scale: p[2], zero: p[3] }, f));
    return ([x, xScale, xZero, yScale, yZero]: UnaryInputs, ctx) => {
      wasm.begin(wasm.outside(x) + align(x.size) + 256);
      const y = wasm.output(ctx, 0, x.type, x.dims);
      const table = tableAt(wasm, tableFor(value(xScale), value(xZero), value(yScale), value(yZero)));
      wasm.kernels.simd.lookup_8(wasm.input(x), table, y.ptr, x.size);
      return [y.done()];
    };
  },
);

/** The last table, as long as the parameters stay the same. */
function remembered(make: (...parameters: readonly number[]) => Int16Array): (...parameters: readonly number[]) => Int16Array {
  let key: readonly number[] = [], table: Int16Array | undefined;
  return (...parameters) => {
    if (table === undefined || !key.every((n, i) => Object.is(n, parameters[i]))) [key, table] = [parameters, make(...parameters)];
    return table;
  };
}

export const qLinearSigmoid = unary(contracts.qLinearSigmoid, () => sigmoidOf);
export const qLinearLeakyRelu = unary(contracts.qLinearLeakyRelu, (attrs) => leakyReluOf(f32(attrs.float('alpha'))));

/** y = saturate(rint(e / sum(e) / y_scale) + y_zero_point), e = exp of the dequantized code less the row's largest. */
export const qLinearSoftmax = adapt(
  contracts.qLinearSoftmax, (node) => all(onlyTypes(node, 0, 'uint8', 'int8'), single(node, 1, 2, 3, 4)),
  ({ attrs }, wasm) => {
    const flat = attrs.int('opset') < 13;
    return ([x, xScale, , yScale, yZero]: [Tensor, Tensor, Tensor | undefined, Tensor, Tensor], ctx) => {
      wasm.begin(wasm.outside(x) + align(x.size) + 1024 + 256 + 64);
      const y = wasm.output(ctx, 0, x.type, x.dims);
      if (x.size === 0) return [y.done()];
      const axis = axisIn(attrs.int('axis'), x.dims.length, refuseShape);
      const outer = sizeOf(x.dims.slice(0, axis));
      const inner = flat ? 1 : sizeOf(x.dims.slice(axis + 1));
      const length = x.size / outer / inner;
      const { table, steps } = softmaxTable(value(xScale), length, value(yScale));
      const tablePtr = wasm.scratch(1024), codes = wasm.scratch(256);
      wasm.view(Float32Array, tablePtr, 256).set(table);
      const [lo, hi] = integerRange(x.type);
      wasm.kernels.simd.softmax_8(wasm.input(x), x.type === 'uint8' ? 0x80 : 0, tablePtr, steps, value(yZero), lo, hi, y.ptr, outer, length, inner, codes);
      return [y.done()];
    };
  },
);

/** Brings `runs` runs of codes, `fromStep` and `toStep` apart, to another quantization; codes that stay the same are copied. */
function requantizeRuns(wasm: WasmRuntime, table: number | undefined, from: number, fromStep: number, to: number, toStep: number, runs: number, length: number): void {
  if (table === undefined) wasm.kernels.simd.copy_rows(from, fromStep, to, toStep, runs, length);
  else for (let r = 0; r < runs; r++) wasm.kernels.simd.lookup_8(from + r * fromStep, table, to + r * toStep, length);
}

/** The address of the table between two quantizations, undefined where they are the same. */
function requantizer(wasm: WasmRuntime, x: Tensor, scale: Tensor, zero: Tensor, toScale: Tensor, toZero: Tensor): number | undefined {
  const [from, to] = [parameters(scale, zero), parameters(toScale, toZero)];
  return from.scale === to.scale && from.zero === to.zero ? undefined : tableAt(wasm, requantizingTable(x.type, from, to));
}

/** Y = the inputs one after another along `axis`, each brought to Y's scale and zero point. */
export const qLinearConcat = adapt(
  contracts.qLinearConcat,
  (node) => {
    const count = node.node.inputs.length;
    const tensors = Array.from({ length: Math.floor((count - 2) / 3) }, (_, i) => 2 + 3 * i);
    const type = node.inputType(1) ?? 'unknown';
    return all(
      (count > 2 && count % 3 === 2) || 'inputs are not triples', onlyTypes(node, 1, 'uint8', 'int8'), ...tensors.map((i) => onlyTypes(node, i, type)),
      single(node, 0, 1, ...tensors.flatMap((i) => [i + 1, i + 2])),
    );
  },
  ({ attrs }, wasm) => ([yScale, yZero, ...rest]: [Tensor, Tensor, ...Tensor[]], ctx) => {
    const xs = rest.filter((_, i) => i % 3 === 0);
    const [first] = xs;
    const axis = axisIn(attrs.int('axis'), first.dims.length, refuseShape);
    for (const x of xs) {
      if (x.dims.length === first.dims.length && x.dims.every((d, i) => i === axis || d === first.dims[i])) continue;
      fail('E_SHAPE', 'tensors may differ along the axis only', { expected: `[${first.dims.join(', ')}]`, found: `[${x.dims.join(', ')}]` });
    }
    const length = xs.reduce((sum, x) => sum + x.dims[axis], 0);
    const dims = first.dims.map((d, i) => (i === axis ? length : d));
    const outer = sizeOf(dims.slice(0, axis)), inner = sizeOf(dims.slice(axis + 1));
    wasm.begin(xs.reduce((sum, x) => sum + wasm.outside(x) + 256, 0) + align(sizeOf(dims)));
    const y = wasm.output(ctx, 0, yZero.type, dims);
    let to = y.ptr;
    xs.forEach((x, i) => {
      const run = x.dims[axis] * inner;
      requantizeRuns(wasm, requantizer(wasm, x, rest[3 * i + 1], rest[3 * i + 2], yScale, yZero), wasm.input(x), run, to, length * inner, outer, run);
      to += run;
    });
    return [y.done()];
  },
);

type WhereInputs = [condition: Tensor, x: Tensor, xScale: Tensor, xZero: Tensor, y: Tensor, yScale: Tensor, yZero: Tensor, zScale: Tensor, zZero: Tensor];

/** Z = X where the condition holds and Y elsewhere, each brought to Z's scale and zero point first, then broadcast. */
export const qLinearWhere = adapt(
  contracts.qLinearWhere, (node) => all(onlyTypes(node, 1, 'uint8', 'int8'), onlyTypes(node, 4, node.inputType(1) ?? 'unknown'), single(node, 2, 3, 5, 6, 7, 8)),
  (_, wasm) => ([condition, x, xScale, xZero, y, yScale, yZero, zScale, zZero]: WhereInputs, ctx) => {
    const runs = chooseRuns(condition, x, y);
    wasm.begin([condition, x, y].reduce((sum, t) => sum + wasm.outside(t), 0) + align(x.size) + align(y.size) + align(runs.size) + 512);
    const z = wasm.output(ctx, 0, x.type, runs.dims);
    const brought = (t: Tensor, scale: Tensor, zero: Tensor): number => {
      const table = requantizer(wasm, t, scale, zero, zScale, zZero);
      const from = wasm.input(t);
      if (table === undefined) return from;
      const to = wasm.scratch(t.size);
      wasm.kernels.simd.lookup_8(from, table, to, t.size);
      return to;
    };
    runs.choose(wasm, 1, wasm.input(condition), brought(x, xScale, xZero), brought(y, yScale, yZero), z.ptr);
    return [z.done()];
  },
);
