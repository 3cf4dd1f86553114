import { add as addContract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';

const sameShape = (a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): true | string =>
  a !== undefined && b !== undefined && a.length === b.length && a.every((d, i) => typeof d === 'number' && d === b[i]) || 'shapes are not known to be equal';

/** C = A + B on equal static shapes; broadcasting is left to the next provider. */
export const add = adapt(
  addContract,
  (node) => all(onlyTypes(node, 0, 'float32'), node.version.since >= 7 || 'opset 6 broadcasting', sameShape(node.inputShape(0), node.inputShape(1))),
  (_, wasm) => ([a, b]: [Tensor, Tensor], ctx) => {
    const bytes = a.size * 4;
    wasm.begin(wasm.outside(a) + wasm.outside(b) + bytes + 64);
    const y = wasm.output(ctx, 0, 'float32', a.dims);
    wasm.kernels.simd.f32_add(wasm.input(a), wasm.input(b), y.ptr, a.size);
    return [y.done()];
  },
);
