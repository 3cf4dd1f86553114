/** What is measured, and what came of it, as plain data: the JSON report. */
import type { Tensor } from '../src/tensor/index.ts';
import type { Ceilings } from './ceilings.ts';

/** A model with inputs to run it on. */
export interface Subject {
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Tensors that results are written into, by whoever can: where fresh memory for them would take longer than the kernel. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
  /** `disabled` where constants must stay what they are. */
  readonly graphOptimizationLevel?: 'disabled' | 'all';
}

/** The remark of rows with `outputs`. */
export const GIVEN = 'results are written into memory of the caller';

export interface RowFacts {
  /** Unique: targets and filters name rows by it. */
  readonly name: string;
  readonly kernel: string;
  readonly shape: string;
  readonly types: string;
  /** Operations of one run; a multiply-add counts as two. */
  readonly operations?: number;
  /** Bytes of weights, operands and results that one run must at least read or write. */
  readonly bytes?: number;
  /** What the row is held against: the first of these that the engine has. */
  readonly ceiling?: readonly (keyof Ceilings)[];
  /** Too slow for the scalar provider to be timed: it runs once, for the comparison of results. */
  readonly isSlow?: boolean;
  /** Largest difference of results, relative to their largest magnitude, that is no mistake; 0 unless given. */
  readonly tolerance?: number;
  /** Why results may differ at all. */
  readonly because?: string;
  /** What to know about how it is measured. */
  readonly remark?: string;
  /** What the medians are; milliseconds unless given. */
  readonly unit?: 'bytes';
}

export interface Row extends RowFacts {
  make(): Subject | Promise<Subject>;
}

export interface Timing {
  readonly contender: string;
  /** Median of all samples, in milliseconds. */
  readonly median: number;
  /** Fastest sample, and the spread that holds the middle half. */
  readonly min: number;
  readonly quartiles: readonly [number, number];
  readonly samples: number;
  /** Largest difference of the output from the scalar provider's, relative to that one's largest magnitude. Undefined where there is none to compare. */
  readonly difference?: number;
  /** What this one does otherwise than the row says. */
  readonly remark?: string;
}

export interface Result {
  readonly row: RowFacts;
  readonly timings: readonly Timing[];
  /** Contenders that did not run the row, and why. */
  readonly absent: readonly { readonly contender: string; readonly reason: string }[];
}

export interface Report {
  readonly machine: Readonly<Record<string, string>>;
  readonly date: string;
  readonly ceilings: Ceilings;
  readonly results: readonly Result[];
}

/** The peers that ratios are formed with. */
export const PEERS = ['ort-web', 'ort-node'] as const;

export const timingOf = (result: Result, contender: string): Timing | undefined => result.timings.find((t) => t.contender === contender);

/** A peer's median over this one's: above 1 this one is faster. */
export function ratio(result: Result, timing: Timing, peer: string): number | undefined {
  const other = timingOf(result, peer);
  return other === undefined || other === timing ? undefined : other.median / timing.median;
}

/** What to know about a row and its contenders. */
export const remarks = ({ row, timings }: Result): string[] =>
  [row.remark, ...timings.map((t) => t.remark && `${t.contender}: ${t.remark}`)].filter((r) => r !== undefined && r !== '') as string[];

/** Timings whose results differ from the scalar provider's by more than the row allows. */
export const mismatches = ({ row, timings }: Result): Timing[] => timings.filter((t) => t.difference !== undefined && !(t.difference <= (row.tolerance ?? 0)));

export const isBandwidth = (ceiling: keyof Ceilings): boolean => ceiling === 'read' || ceiling === 'write';

/** The ceiling of a row on this engine. */
export const ceilingOf = (row: RowFacts, ceilings: Ceilings): keyof Ceilings | undefined => row.ceiling?.find((c) => Number.isFinite(ceilings[c]));

/** How a timing stands against the ceiling of its row, in percent. */
export function ofCeiling(row: RowFacts, ms: number, ceilings: Ceilings): number | undefined {
  const ceiling = ceilingOf(row, ceilings);
  const amount = ceiling === undefined ? undefined : isBandwidth(ceiling) ? row.bytes : row.operations;
  return ceiling === undefined || amount === undefined ? undefined : (100 * amount) / ms / 1e6 / ceilings[ceiling];
}
