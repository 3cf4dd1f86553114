/** Options of sessions and runs, under onnxruntime-common's names, and ours beside them. */
import type { LoadProgress } from './download.ts';
import type { NodeRef } from './errors.ts';
import type { OnPatch, Pass } from './passes/index.ts';
import type { Difference } from './tensor/compare.ts';
import type { Tensor, Value, ValueType } from './tensor/index.ts';
import type { ProviderRequest } from './runtime/registry.ts';

export type OutputLocation = 'cpu' | 'gpu-buffer';
export type GraphOptimizationLevel = 'disabled' | 'basic' | 'extended' | 'layout' | 'all';

/** Bytes of an external data file, or the URL to fetch them from, under the location the model names. */
export interface ExternalDataFile {
  readonly path: string;
  readonly data: Uint8Array | ArrayBuffer | string;
}

export interface SessionOptions {
  /** Priority list of provider names, or `{ name, ...options }`. Nodes no other provider takes run on cpu. */
  readonly executionProviders?: readonly ProviderRequest[];
  /** Default `all`. */
  readonly graphOptimizationLevel?: GraphOptimizationLevel;
  /** Fixes symbolic dimensions of the inputs by name. */
  readonly freeDimensionOverrides?: Readonly<Record<string, number>>;
  /** External data. Files beside a model given by path or URL are found without it. */
  readonly externalData?: readonly ExternalDataFile[];
  /** Records a trace from the start, as if `startProfiling()` had been called first. */
  readonly enableProfiling?: boolean;
  /** Writes the optimized model here (Node). */
  readonly optimizedModelFilePath?: string;
  /**
   * onnxruntime's configuration entries, nested or dotted: `{ session: { qdq_matmulnbits_accuracy_level: '4' } }` or
   * `{ 'session.qdq_matmulnbits_accuracy_level': '4' }`. Known to us: see `src/passes/settings.ts`.
   */
  readonly extra?: Readonly<Record<string, unknown>>;
  /**
   * Where outputs of nodes on a device's provider are left: `cpu` (the default) downloads them, `gpu-buffer` keeps them on the device, to
   * be fed back, read with `getData()`, and disposed of by the caller. For all outputs, or by name.
   */
  readonly preferredOutputLocation?: OutputLocation | Readonly<Record<string, OutputLocation>>;
  readonly logId?: string;
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  /** Threads for providers that have them. */
  readonly intraOpNumThreads?: number;

  // Beyond onnxruntime-common:
  /** Called as the model and its external data load, for each file. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Cancels loading: `create` rejects with `E_ABORTED`. */
  readonly signal?: AbortSignal;
  /** Passes of your own, run after ours of their level. */
  readonly passes?: readonly Pass[];
  /** Called after each patch of the optimizer, with what it did and a way to take a snapshot of the graph. */
  readonly onPatch?: OnPatch;
  /** Passes not to run, by name. */
  readonly disabledPasses?: readonly string[];
  /** Applies only the first n patches: to bisect. */
  readonly stopAfterPatch?: number;
  /** `false` runs only passes whose contract is `exact`. */
  readonly allowInexact?: boolean;
  /** Seeds random operators that have no seed of their own. */
  readonly seed?: number;
  /**
   * Each run checks so many of the nodes that do not run on cpu, other ones every time: they run again on cpu with the values they met. Where one
   * differs, the run rejects with `E_EP` and the `Divergence` as its cause, or goes on where `onCheck` takes the report.
   */
  readonly check?: number | CheckOptions;
  /** Limits to override; see `src/model/limits.ts`. */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface CheckOptions {
  /** Nodes a run. */
  readonly nodes: number;
  /** Called after the check of each run, in place of an error. */
  readonly onCheck?: (report: CheckReport) => void;
}

export interface CheckReport {
  /** Nodes that were run again; a divergence ends the check. */
  readonly checked: number;
  readonly divergence?: Divergence;
}

/** A node whose results are not those of cpu. */
export interface Divergence {
  readonly node: NodeRef;
  readonly provider: string;
  readonly difference: Difference;
  /** The node as a model of its own, with the values it met and what cpu makes of them. */
  readonly repro: { readonly model: Uint8Array; readonly inputs: Readonly<Record<string, Value>>; readonly outputs: Readonly<Record<string, Value>> };
}

export interface RunOptions {
  /** Cancels the run: it rejects with `E_ABORTED` before the next node, or within a long kernel. */
  readonly signal?: AbortSignal;
  /** As in onnxruntime: a run asked to terminate does not start. */
  readonly terminate?: boolean;
  readonly tag?: string;
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  readonly logVerbosityLevel?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export type Feeds = Readonly<Record<string, Value>>;
/**
 * Names to fetch, or tensors to write into by name, on the host (`null`: new memory for this run). Any tensor of the model may be named.
 */
export type Fetches = readonly string[] | Readonly<Record<string, Tensor | null>>;
export type Results = Record<string, Value>;

/** What is known of an input or output, as in onnxruntime-common, with the full ONNX type beside it. */
export type ValueMetadata = { readonly name: string; readonly valueType: ValueType | undefined } & (
  | { readonly isTensor: true; readonly type: string; readonly shape: readonly (number | string)[] }
  | { readonly isTensor: false }
);

/** Flattens nested configuration entries to dotted keys with string values. */
export function flattenExtra(extra: Readonly<Record<string, unknown>> | undefined, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(extra ?? {})) {
    if (typeof value === 'object' && value !== null) {
      for (const [k, v] of flattenExtra(value as Record<string, unknown>, `${prefix}${key}.`)) flat.set(k, v);
    } else flat.set(prefix + key, String(value));
  }
  return flat;
}
