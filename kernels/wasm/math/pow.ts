import { pow as contract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, ELEMENT_WORK } from '../runtime.ts';

const MICRO = { 2: 'f32_square', 3: 'f32_cube', 0.5: 'f32_root' } as const;

function exponentOf(node: PlacedNode): keyof typeof MICRO | undefined {
  const y = node.constant(1);
  const rank = node.inputShape(0)?.length;
  if (y === undefined || y.size !== 1 || rank === undefined || y.dims.length > rank) return undefined;
  const value = Number((y.data as Float32Array | BigInt64Array)[0]);
  return value in MICRO && (y.type === 'float32' || y.type === 'int32' || y.type === 'int64') ? (value as keyof typeof MICRO) : undefined;
}

/** z = x ^ y for the constant exponents 2, 3 and 0.5. A cube rounds twice, the others are exact. */
export const pow = adapt(
  contract,
  (node) => all(onlyTypes(node, 0, 'float32'), exponentOf(node) !== undefined || 'the exponent is not known to be 2, 3 or 0.5'),
  (node, wasm) => {
    const micro = MICRO[exponentOf(node)!];
    return ([x]: [Tensor, Tensor], ctx) => {
      wasm.begin(wasm.outside(x) + align(4 * x.size));
      const z = wasm.output(ctx, 0, 'float32', x.dims);
      const from = wasm.input(x);
      wasm.parallelRange(x.size, ELEMENT_WORK, ({ simd }, at, n) => simd[micro](from + 4 * at, z.ptr + 4 * at, n));
      return [z.done()];
    };
  },
);
