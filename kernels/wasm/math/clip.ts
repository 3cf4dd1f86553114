import { clip as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes } from '../implement.ts';
import { align, ELEMENT_WORK } from '../runtime.ts';

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** y = min(max(x, min), max); a missing bound is the largest finite number of its sign. Bounds are attributes before opset 11. */
export const clip = adapt(contract, (node) => onlyTypes(node, 0, 'float32'), ({ attrs, version }, wasm) => {
  const bound = (name: string, given: Tensor | undefined, otherwise: number): number => {
    if (version.since < 11) return attrs.has(name) ? attrs.float(name) : otherwise;
    return given === undefined ? otherwise : (given.data as Float32Array)[0];
  };
  return ([x, min, max]: [Tensor, Tensor?, Tensor?], ctx) => {
    wasm.begin(wasm.outside(x) + align(4 * x.size));
    const y = wasm.output(ctx, 0, 'float32', x.dims);
    const from = wasm.input(x);
    const [low, high] = [bound('min', min, -LARGEST), bound('max', max, LARGEST)];
    wasm.parallelRange(x.size, ELEMENT_WORK, ({ simd }, at, n) => simd.f32_clip(from + 4 * at, low, high, y.ptr + 4 * at, n));
    return [y.done()];
  };
});
