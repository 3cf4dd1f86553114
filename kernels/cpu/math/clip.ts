import { clip as contract } from '../../../src/ops/contracts.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { float } from './functions.ts';
import { isBig, map } from './elementwise.ts';

/**
 * y = min(max(x, min), max): the upper bound wins where the bounds cross; NaN stays. Bounds are attributes before opset
 * 11. A missing bound is the type's finite extreme, which only an infinity exceeds.
 */
export const clip = implement(contract, ({ attrs, version }) => {
  const bound = (name: string, given: Tensor | undefined, otherwise: number): number => {
    if (version.since < 11) return attrs.has(name) ? float(attrs, name) : otherwise;
    return given === undefined ? otherwise : unpack(given)[0];
  };
  return ([x, min, max]: [Tensor, Tensor?, Tensor?], ctx) => {
    if (isBig(x.data)) {
      const lo = min && (min.data as BigInt64Array)[0];
      const hi = max && (max.data as BigInt64Array)[0];
      return [map(ctx, x, Number, (v) => {
        const raised = lo !== undefined && v < lo ? lo : v;
        return hi !== undefined && raised > hi ? hi : raised;
      })];
    }
    const finite = LARGEST[x.type] ?? Infinity; // integers have no other values
    const lo = bound('min', min, -finite);
    const hi = bound('max', max, finite);
    return [map(ctx, x, (v) => {
      const raised = v < lo ? lo : v;
      return raised > hi ? hi : raised;
    })];
  };
});

/** The largest finite number of each float type. */
const LARGEST: Partial<Record<DType, number>> = {
  float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE, float16: 65504, bfloat16: (2 - 2 ** -7) * 2 ** 127,
};
