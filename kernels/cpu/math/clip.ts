import { clip as contract } from '../../../src/ops/contracts.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { float } from './functions.ts';
import { isBig, map } from './elementwise.ts';

/** y = min(max(x, min), max): the upper bound wins where the bounds cross; NaN stays. Bounds are attributes before opset 11. */
export const clip = implement(contract, ({ attrs, version }) => {
  const attribute = (name: string, otherwise: number) => (attrs.has(name) ? float(attrs, name) : otherwise);
  return ([x, min, max]: [Tensor, Tensor?, Tensor?], ctx) => {
    if (isBig(x.data)) {
      const lo = min && (min.data as BigInt64Array)[0];
      const hi = max && (max.data as BigInt64Array)[0];
      return [map(ctx, x, Number, (v) => {
        const raised = lo !== undefined && v < lo ? lo : v;
        return hi !== undefined && raised > hi ? hi : raised;
      })];
    }
    const given = version.since >= 11;
    const lo = given ? (min ? unpack(min)[0] : -Infinity) : attribute('min', -Infinity);
    const hi = given ? (max ? unpack(max)[0] : Infinity) : attribute('max', Infinity);
    return [map(ctx, x, (v) => {
      const raised = v < lo ? lo : v;
      return raised > hi ? hi : raised;
    })];
  };
});
