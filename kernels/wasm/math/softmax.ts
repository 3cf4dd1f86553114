import { softmax as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, ELEMENT_WORK } from '../runtime.ts';

/** Softmax along the last axis (opset 13), or over all axes from `axis` on (before). */
export const softmax = adapt(
  contract,
  (node) => {
    const rank = node.inputShape(0)?.length;
    const axis = node.attrs.int('axis');
    return all(onlyTypes(node, 0, 'float32'), rank !== undefined || 'the rank is not known', node.version.since < 13 || axis === -1 || axis === rank! - 1 || 'axis is not the last');
  },
  ({ attrs, version }, wasm) => ([x]: [Tensor], ctx) => {
    const axis = attrs.int('axis') < 0 ? attrs.int('axis') + x.dims.length : attrs.int('axis');
    const n = (version.since < 13 ? x.dims.slice(axis) : x.dims.slice(-1)).reduce((a, d) => a * d, 1);
    wasm.begin(wasm.outside(x) + align(4 * x.size));
    const y = wasm.output(ctx, 0, 'float32', x.dims);
    const from = wasm.input(x);
    wasm.parallelRange(n === 0 ? 0 : x.size / n, ELEMENT_WORK * n, ({ simd }, row, rows) => simd.softmax_rows(from + 4 * row * n, y.ptr + 4 * row * n, rows, n), 1);
    return [y.done()];
  },
);
