import { shrink as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { float } from './functions.ts';
import { map } from './elementwise.ts';

/** y = x + bias where x < -lambd, x - bias where x > lambd, 0 between. Integers truncate the sum. */
export const shrink = implement(contract, ({ attrs }) => {
  const bias = float(attrs, 'bias');
  const lambd = float(attrs, 'lambd');
  const moved = (x: bigint, by: number) => (Number.isInteger(by) ? x + BigInt(by) : BigInt(Math.trunc(Number(x) + by)));
  return ([x]: [Tensor], ctx) => [map(ctx, x,
    (v) => (v < -lambd ? v + bias : v > lambd ? v - bias : 0),
    (v) => (Number(v) < -lambd ? moved(v, bias) : Number(v) > lambd ? moved(v, -bias) : 0n),
  )];
});
