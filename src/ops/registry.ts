import type { OpContract } from './define.ts';
import * as contracts from './contracts.ts';

/** All contracts by key: `Conv`, `com.microsoft.MatMulNBits`. */
export const OPS: ReadonlyMap<string, OpContract> = new Map(
  Object.values(contracts).map((op) => [opKey(op.domain, op.type), op]),
);

export function opKey(domain: string, type: string): string {
  return domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`;
}

/** The contract of an operator, if there is one. */
export function findOp(domain: string, type: string): OpContract | undefined {
  return OPS.get(opKey(domain, type));
}
