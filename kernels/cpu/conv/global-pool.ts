import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import { sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, stepOf, type Step } from '../support/index.ts';
import { normOf } from './lp-norm.ts';

interface GlobalRule {
  readonly start: number;
  readonly step: (sum: number, x: number, round: Step) => number;
  readonly finish: (sum: number, count: number) => number;
}

/** One value a channel: X [N, C, spatial...] -> Y [N, C, 1...]. */
function globalPool(contract: OpContract, ruleOf: (attrs: Attrs, kind: string | undefined) => GlobalRule) {
  return implement(contract, ({ attrs, version }) => {
    const { start, step, finish } = ruleOf(attrs, version.attributes.get('p')?.kind);
    return ([x]: [Tensor], ctx) => {
      const [batch, channels, ...spatial] = x.dims;
      const positions = sizeOf(spatial);
      const values = unpack(x);
      const out = floatOutput(ctx, 0, x.type, [batch, channels, ...spatial.map(() => 1)]);
      const round = stepOf(x.type);
      for (let plane = 0; plane < out.y.length; plane++) {
        let sum = start;
        for (let i = 0; i < positions; i++) sum = round(step(sum, values[plane * positions + i], round));
        out.y[plane] = finish(sum, positions);
      }
      return [out.finish()];
    };
  });
}

export const globalAveragePool = globalPool(contracts.globalAveragePool, () => (
  { start: 0, step: (sum, x) => sum + x, finish: (sum, count) => sum / count }
));
export const globalMaxPool = globalPool(contracts.globalMaxPool, () => (
  { start: -Infinity, step: (max, x) => (x > max || x !== x ? x : max), finish: (max) => max }
));
export const globalLpPool = globalPool(contracts.globalLpPool, (attrs, kind) => {
  const { power, root } = normOf(attrs, kind!);
  return { start: 0, step: (sum, x, round) => sum + round(power(x)), finish: root };
});
