import { fail } from '../errors.ts';

/** What a model and a run may cost. Exceeding a limit gives `E_LIMIT` with its name, the limit and the amount. */
export interface Limits {
  /** Bytes of the model file. */
  readonly fileBytes: number;
  /** Messages and byte fields in the file: each costs about 120 bytes of heap. */
  readonly messages: number;
  /** Strings, and entries of repeated fields outside raw_data: each costs up to 64 bytes. */
  readonly scalars: number;
  /** Nesting of protobuf messages. */
  readonly nesting: number;
  /** Nesting of subgraphs, inlined functions counted in. */
  readonly subgraphDepth: number;
  /** Nesting of function calls. */
  readonly callDepth: number;
  /** Nodes of all graphs, after functions are inlined. */
  readonly nodes: number;
  readonly functions: number;
  /** Bytes of a name. */
  readonly nameBytes: number;
  readonly rank: number;
  /** Bytes of one tensor. */
  readonly tensorBytes: number;
  /** Bytes that sparse tensors of the file take once they are dense. */
  readonly denseBytes: number;
  /** Bytes read from external data files. */
  readonly externalBytes: number;
  /** Bytes a run may hold beside its plan. */
  readonly runBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  fileBytes: 2 ** 31 - 1,
  messages: 2_000_000,
  scalars: 16_000_000,
  nesting: 100,
  subgraphDepth: 32,
  callDepth: 100,
  nodes: 1_000_000,
  functions: 10_000,
  nameBytes: 4096,
  rank: 32,
  tensorBytes: 2 ** 31,
  denseBytes: 2 ** 28,
  externalBytes: 2 ** 34,
  runBytes: 2 ** 32,
};

/** Throws `E_LIMIT` when `amount` passes the limit. `what` names the thing that is counted. */
export function checkLimit(limits: Limits, name: keyof Limits, amount: number, what: string): void {
  if (amount > limits[name]) {
    fail('E_LIMIT', `${what} passes a limit`, { arg: { kind: 'limit', name }, expected: `at most ${limits[name]}`, found: String(amount) });
  }
}
