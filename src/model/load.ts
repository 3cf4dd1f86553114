/** Bytes of a .onnx file to a Graph. */
import { Graph } from '../graph/index.ts';
import { findOp } from '../ops/index.ts';
import { GraphBuild } from './build-graph.ts';
import { checkModel } from './check.ts';
import { domainOf } from './check-node.ts';
import type { ReadExternal } from './external.ts';
import { FunctionLibrary } from './functions.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { Model } from './model.ts';
import { opsetMap } from './opsets.ts';
import { decodeMessage, toBigInt, toNumber, type ModelProto } from './proto.ts';
import { scanMessage } from './scan.ts';
import { Scope } from './scope.ts';
import { TensorReader, type LeftOut } from './tensors.ts';

export interface LoadOptions {
  /** Limits to override. */
  readonly limits?: Partial<Limits>;
  /** Where data outside the model file comes from. Without it such a model is refused. */
  readonly readExternal?: ReadExternal | undefined;
  /** What `source` leaves out, for reading later. */
  readonly left?: LeftOut | undefined;
}

/**
 * Loads a model: budgets are checked on the raw bytes, then the rules of the ONNX checker, then the graph is built.
 * Large tensors may stay views of `source`, so the caller must not change them afterwards. Throws an `OnnxError` with
 * `E_PARSE`, `E_LIMIT`, `E_MODEL`, `E_TYPE`, `E_SHAPE`, `E_ATTRIBUTE` or `E_EXTERNAL_DATA`.
 */
export function loadModel(source: Uint8Array, options: LoadOptions = {}): Model {
  return buildModel(decodeModel(source, options), options);
}

/** The first half of `loadModel`: the message of a file within the budgets, not yet checked. */
export function decodeModel(source: Uint8Array, options: LoadOptions = {}): ModelProto {
  // Shared memory could change between the scan and the decoding.
  const bytes = source.buffer instanceof ArrayBuffer ? source : new Uint8Array(source);
  scanMessage(bytes, 'ModelProto', { ...DEFAULT_LIMITS, ...options.limits });
  return decodeMessage('ModelProto', bytes);
}

/** True when the model has operators whose contracts are not loaded. No function is an everyday operator, nor any with a subgraph. */
export function lacksContracts({ graph, functions }: ModelProto): boolean {
  return (functions ?? []).length > 0 || (graph?.node ?? []).some((node) => findOp(domainOf(node), node.opType ?? '') === undefined);
}

/** The second half: the message checked, the graph built. The contracts of its operators have to be loaded. */
export function buildModel(proto: ModelProto, options: LoadOptions = {}): Model {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  checkModel(proto, limits);
  const irVersion = toNumber(proto.irVersion);
  const opsets = opsetMap(proto.opsetImport, 'the model');
  const graph = new Graph(proto.graph!.name ?? '', opsets);
  const build = new GraphBuild(new FunctionLibrary(proto.functions ?? []), new TensorReader(limits, options.readExternal, options.left), irVersion);
  build.graph(proto.graph!, new Scope(graph, { prefix: '', opsets, attributes: new Map() }));
  return {
    irVersion, opsets, graph,
    metadata: new Map((proto.metadataProps ?? []).map((p) => [p.key ?? '', p.value ?? ''])),
    producerName: proto.producerName ?? '', producerVersion: proto.producerVersion ?? '',
    domain: proto.domain ?? '', modelVersion: toBigInt(proto.modelVersion ?? 0), docString: proto.docString ?? '',
  };
}
