import type { OpContract } from './define.ts';
import * as attention from './attention/index.ts';
import * as control from './control/index.ts';
import * as conv from './conv/index.ts';
import * as math from './math/index.ts';
import * as ml from './ml/index.ts';
import * as norm from './norm/index.ts';
import * as quantization from './quantization/index.ts';
import * as recurrent from './recurrent/index.ts';
import * as sequence from './sequence/index.ts';
import * as shape from './shape/index.ts';
import * as text from './text/index.ts';
import * as training from './training/index.ts';

const CONTRACTS = { attention, control, conv, math, ml, norm, quantization, recurrent, sequence, shape, text, training };

/** A folder of this room. Providers that keep their kernels in parts part them the same way. */
export type Family = keyof typeof CONTRACTS;

export const FAMILIES = Object.keys(CONTRACTS) as readonly Family[];

const families = new Map<OpContract, Family>(
  FAMILIES.flatMap((family) => (Object.values(CONTRACTS[family]) as OpContract[]).map((op) => [op, family] as const)),
);

/** All contracts by key: `Conv`, `com.microsoft.MatMulNBits`. */
export const OPS: ReadonlyMap<string, OpContract> = new Map([...families.keys()].map((op) => [opKey(op.domain, op.type), op]));

export function opKey(domain: string, type: string): string {
  return domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`;
}

/** The contract of an operator, if there is one. */
export function findOp(domain: string, type: string): OpContract | undefined {
  return OPS.get(opKey(domain, type));
}

/** The family of a contract, by the operator's key. */
export function familyOf(key: string): Family | undefined {
  const op = OPS.get(key);
  return op === undefined ? undefined : families.get(op);
}
