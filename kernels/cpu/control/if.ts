import * as contracts from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { truthOf } from './turns.ts';

/** The outputs of `then_branch` when cond is true, else those of `else_branch`. */
export const ifOp = implement(contracts.ifOp, ({ attrs }) => {
  const yes = attrs.graph('then_branch');
  const no = attrs.graph('else_branch');
  return ([cond]: [Tensor], ctx) => ctx.runSubgraph(truthOf(cond) ? yes : no, []);
});
