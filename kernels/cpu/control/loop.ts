/**
 * for (i = 0; i < M && cond; i++) [cond, v..., scan...] = body(i, cond, v...). Gives the last v, and each scan output's
 * values of all turns stacked. M and cond may be left out.
 */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { Tensor, toInts, type Value } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { after, Stack, takeTurns, truthOf } from './turns.ts';

export const loop = implement(contracts.loop, ({ attrs }) => {
  const body = attrs.graph('body');
  return ([trips, initialCond, ...initial]: [Tensor?, Tensor?, ...(Value | undefined)[]], ctx) => {
    const limit = trips === undefined ? Infinity : toInts(trips)[0];
    const stacks = body.outputs.slice(1 + initial.length).map((edge) => new Stack(ctx, edge.type));
    if (body.inputs.length !== 2 + initial.length || body.outputs.length < 1 + initial.length) {
      fail('E_MODEL', 'the body does not fit the loop', {
        expected: `${2 + initial.length} inputs and at least ${1 + initial.length} outputs`, found: `${body.inputs.length} and ${body.outputs.length}`,
      });
    }
    let cond = initialCond === undefined || truthOf(initialCond);
    let carried = initial;
    const turn = (i: number): boolean | Promise<boolean> => {
      if (i >= limit || !cond) return false;
      const inputs = [new Tensor('int64', [BigInt(i)], []), new Tensor('bool', [Number(cond)], []), ...carried];
      return after(ctx.runSubgraph(body, inputs), ([next, ...results]) => {
        cond = truthOf(next);
        stacks.forEach((stack, k) => stack.push(results[initial.length + k]));
        ctx.release([next, ...results.slice(initial.length), ...(i > 0 ? carried : [])]);
        carried = results.slice(0, initial.length);
        return true;
      });
    };
    return takeTurns(ctx, turn, () => [...carried, ...stacks.map((stack, k) => stack.finish(initial.length + k))]);
  };
});
