/** Operators that are left to the scalar provider on purpose, with the reason. */
import * as contracts from '../../src/ops/contracts.ts';
import type { OpContract } from '../../src/ops/define.ts';
import { opKey } from '../../src/ops/registry.ts';

const because = (reason: string, ...ops: readonly OpContract[]): [string, string][] => ops.map((op) => [opKey(op.domain, op.type), reason]);

const LEFT: ReadonlyMap<string, string> = new Map([
  ...because('moves no elements: the result is the same memory', contracts.flatten, contracts.identity, contracts.reshape, contracts.squeeze, contracts.unsqueeze),
  ...because('reads no elements', contracts.shape, contracts.size),
  ...because('runs a graph of its own', contracts.ifOp, contracts.loop, contracts.scan),
]);

/** Why the operator has no adapter. */
export const whyLeft = (key: string): string => LEFT.get(key) ?? `no wasm kernel for ${key}`;
