/** Layer and RMS normalization of float32 rows, alone or after a residual sum. */
import {
  layerNormalization as layerContract, rmsNormalization as rmsContract, simplifiedLayerNormalization as simplifiedContract,
  skipLayerNormalization as skipContract, skipSimplifiedLayerNormalization as skipSimplifiedContract,
} from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes, type WasmAdapter } from '../implement.ts';
import { align, ELEMENT_WORK, type WasmRuntime } from '../runtime.ts';

/** The last axis is the row, and its scale has an entry an element: what the micro-kernel takes. */
function rowsOnly(node: PlacedNode, scale: number, axis: number | undefined): true | string {
  const x = node.inputShape(0), g = node.inputShape(scale);
  return all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, scale, 'float32'),
    x !== undefined || 'the rank is not known',
    axis === undefined || axis === -1 || axis === (x?.length ?? 0) - 1 || 'rows of several axes',
    (g?.length === 1 && typeof g[0] === 'number' && g[0] === x?.at(-1)) || 'the scale is not known to be one row',
  );
}

const noOutputs = (node: PlacedNode, ...indices: readonly number[]): true | string =>
  indices.every((i) => node.node.outputs[i] === undefined) || 'mean or deviation is wanted';

function normalize(wasm: WasmRuntime, x: number, scale: number, bias: number, y: number, rows: number, n: number, epsilon: number, centered: boolean): void {
  wasm.parallelRange(rows, ELEMENT_WORK * n, ({ simd }, row, count) => {
    simd.normalize_rows(x + 4 * row * n, scale, bias, y + 4 * row * n, count, n, epsilon, centered ? 1 : 0);
  }, 1);
}

function plain(op: OpContract, centered: boolean): WasmAdapter {
  return adapt(
    op,
    (node) => all(rowsOnly(node, 1, node.attrs.int('axis')), noOutputs(node, 1, 2), !node.attrs.has('stash_type') || node.attrs.int('stash_type') === 1 || 'stash_type'),
    ({ attrs }, wasm) => {
      const epsilon = attrs.float('epsilon');
      return ([x, scale, bias]: [Tensor, Tensor, Tensor?], ctx) => {
        const n = x.dims.at(-1)!;
        wasm.begin(wasm.outside(x) + wasm.outside(scale) + wasm.outside(bias) + align(4 * x.size));
        const y = wasm.output(ctx, 0, 'float32', x.dims);
        const b = bias === undefined ? 0 : wasm.input(bias);
        normalize(wasm, wasm.input(x), wasm.input(scale), b, y.ptr, n === 0 ? 0 : x.size / n, n, epsilon, centered);
        return [y.done()];
      };
    },
  );
}

function withSkip(op: OpContract, centered: boolean): WasmAdapter {
  return alsoHalf(adapt(
    op,
    (node) => {
      const x = node.inputShape(0), s = node.inputShape(1);
      const same = x !== undefined && s !== undefined && x.length === s.length && x.every((d, i) => d !== undefined && d === s[i]);
      return all(rowsOnly(node, 2, undefined), noOutputs(node, 1, 2), same || 'skip is not known to have the shape of the input');
    },
    ({ attrs, node }, wasm) => {
      const epsilon = attrs.float('epsilon');
      const wantsSum = node.outputs[3] !== undefined;
      return (inputs: readonly (Tensor | undefined)[], ctx) => {
        const [x, skip, gamma] = inputs as [Tensor, Tensor, Tensor];
        const [beta, bias] = centered ? [inputs[3], inputs[4]] : [undefined, inputs[3]];
        const n = x.dims.at(-1)!;
        const rows = n === 0 ? 0 : x.size / n;
        const bytes = align(4 * x.size);
        wasm.begin([x, skip, gamma, beta, bias].reduce((sum, t) => sum + wasm.outside(t), 0) + 2 * bytes);
        const y = wasm.output(ctx, 0, 'float32', x.dims);
        const residual = wantsSum ? wasm.output(ctx, 3, 'float32', x.dims) : undefined;
        const { simd } = wasm.kernels;
        const sum = residual?.ptr ?? y.ptr; // without a fourth output the sum is normalized in place
        simd.f32_add(wasm.input(x), 1, wasm.input(skip), 1, sum, x.size);
        if (bias !== undefined) {
          const b = wasm.input(bias);
          for (let r = 0; r < rows; r++) simd.f32_add(sum + 4 * r * n, 1, b, 1, sum + 4 * r * n, n);
        }
        normalize(wasm, sum, wasm.input(gamma), beta === undefined ? 0 : wasm.input(beta), y.ptr, rows, n, epsilon, centered);
        return [y.done(), undefined, undefined, residual?.done()];
      };
    },
  ));
}

export const layerNormalization = plain(layerContract, true);
export const rmsNormalization = plain(rmsContract, false);
export const simplifiedLayerNormalization = plain(simplifiedContract, false);
export const skipLayerNormalization = withSkip(skipContract, true);
export const skipSimplifiedLayerNormalization = withSkip(skipSimplifiedContract, false);
