/** Cast between the types that float32 holds. */
import { cast as contract } from '../../../src/ops/contracts.ts';
import { dtypeInfo, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { castHalf, unary } from '../functions/index.ts';
import { adapt, all, HELD, onlyTypes } from '../implement.ts';

/** Every value of `from` is one of `to`. */
function widens(from: DType, to: DType): boolean {
  if (from === to || to === 'float32') return true;
  const a = dtypeInfo(from), b = dtypeInfo(to);
  if (from === 'bool') return true;
  if (to === 'float16') return a.class !== 'float' && a.bits <= 8;
  if (a.class === 'float' || b.class === 'bool') return false;
  return a.class === b.class ? a.bits <= b.bits : a.class === 'uint' && a.bits < b.bits;
}

export const cast = adapt(
  contract,
  (node) => {
    const from = node.inputType(0), to = node.outputType(0);
    if (from === 'int32' && to === 'float32') return true; // rounded on the way up, or below 2^24: see ConvInteger
    return all(
      onlyTypes(node, 0, HELD), (to !== undefined && HELD.includes(to)) || `casts to ${to ?? 'an unknown type'}`,
      widens(from!, to!) || to === 'float16' || to === 'bool' || `casts of ${from} to ${to} wrap or saturate`,
    );
  },
  (node, gpu) => {
    const to = node.outputType(0)!;
    return async ([x]: [Tensor], ctx) => {
      if (widens(x.type, to)) return [gpu.view(x, x.dims, to)];
      if (to === 'bool') return [await gpu.run(ctx, unary('nonZero'), to, x.dims, [x, 0, 0])];
      return [await gpu.run(ctx, castHalf, to, x.dims, [x])];
    };
  },
);
