/** The contracts that are loaded, by the operator's key: those of everyday at first, then all. */
import { fail } from '../errors.ts';
import type { OpContract } from './define.ts';
import { EVERYDAY } from './everyday.ts';
import type { CONTRACTS } from './families.ts';

/** A folder of this room. Providers that keep their kernels in parts part them the same way. */
export type Family = keyof typeof CONTRACTS;

const ops = new Map<string, OpContract>();
const families = new Map<string, Family>();
let everything = false;

/** Contracts by key: `Conv`, `com.microsoft.MatMulNBits`. */
export const OPS: ReadonlyMap<string, OpContract> = ops;

function register(contracts: Readonly<Partial<Record<Family, Iterable<OpContract>>>>): void {
  for (const [family, list] of Object.entries(contracts)) {
    for (const op of list) {
      const key = opKey(op.domain, op.type);
      ops.set(key, op);
      families.set(key, family as Family);
    }
  }
}

register(EVERYDAY);

/** Adds all contracts. */
export function registerAll(contracts: typeof CONTRACTS): void {
  if (everything) return;
  everything = true;
  for (const [family, list] of Object.entries(contracts)) register({ [family]: Object.values(list) });
}

/** Loads all contracts. */
export async function loadAllContracts(): Promise<void> {
  const { CONTRACTS } = await import('./families.ts').catch((cause: unknown) => fail('E_INPUT', 'the contracts of operators cannot be loaded', { cause }));
  registerAll(CONTRACTS);
}

/** True where every contract there is has been loaded: an operator that is not found does not exist. */
export function hasAllContracts(): boolean {
  return everything;
}

export function opKey(domain: string, type: string): string {
  return domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`;
}

/** The contract of an operator, if there is one and it is loaded. */
export function findOp(domain: string, type: string): OpContract | undefined {
  return ops.get(opKey(domain, type));
}

/** The family of a contract, by the operator's key. */
export function familyOf(key: string): Family | undefined {
  return families.get(key);
}
