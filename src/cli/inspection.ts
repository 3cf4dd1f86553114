/** What `inspect` reports of a model, as plain data. */
import { statSync } from 'node:fs';
import { OnnxError } from '../errors.ts';
import type { Graph, Node } from '../graph/index.ts';
import { InferenceSession, availableProviders, type Explanation, type SessionOptions } from '../main.ts';
import { DEFAULT_LIMITS, loadModel } from '../model/index.ts';
import { inferGraph } from '../ops/index.ts';
import { placedNode } from '../runtime/placement.ts';
import type { ExecutionProvider } from '../runtime/provider.ts';
import { startProviders } from '../runtime/registry.ts';
import { readModel } from '../source.ts';
import { byteLength, describeType, Tensor, type DType } from '../tensor/index.ts';
import { randomValue } from './feeds.ts';
import { findQuantization, type QuantizationUse } from './quantization.ts';

export interface OperatorUse {
  readonly operator: string;
  readonly nodes: number;
  /** For each provider: nodes it takes, and the reasons for the others. */
  readonly support: Readonly<Record<string, { readonly nodes: number; readonly reasons: readonly string[] }>>;
}

export interface ParameterUse {
  readonly type: DType;
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

export interface Inspection {
  readonly file: string;
  readonly fileBytes: number;
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  readonly freeDimensions: readonly string[];
  readonly nodes: number;
  readonly subgraphs: number;
  readonly quantization: readonly QuantizationUse[];
  readonly providers: readonly string[];
  readonly operators: readonly OperatorUse[];
  readonly parameters: readonly ParameterUse[];
  /** The model as a session would run it, or why it cannot. */
  readonly session: Explanation | { readonly error: string };
  /** Why there is no memory plan, when there is none. */
  readonly noPlan?: string;
}

export async function inspectModel(file: string, options: SessionOptions, dims: ReadonlyMap<string, number>): Promise<Inspection> {
  const { bytes, ...outside } = await readModel(file, undefined, undefined, options, DEFAULT_LIMITS);
  const model = loadModel(bytes, outside);
  const { graph } = model;
  inferGraph(graph);
  const { providers } = await startProviders(options.executionProviders ?? availableProviders());
  const inputs = graph.inputs.filter((e) => e.constant === undefined);
  const show = (edges: Graph['inputs']) => edges.map((e) => ({ name: e.name, type: describeType(e.type) }));
  const freeDimensions = [...new Set(inputs.flatMap((e) => (e.type?.kind === 'tensor' ? (e.type.shape ?? []) : [])).filter((d) => typeof d === 'string'))];
  const graphs = [...graph.walk()];
  const result = {
    file, fileBytes: statSync(file).size, irVersion: model.irVersion,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    opsets: Object.fromEntries([...model.opsets].map(([domain, version]) => [domain || 'ai.onnx', version])),
    metadata: Object.fromEntries(model.metadata),
    inputs: show(inputs), outputs: show(graph.outputs), freeDimensions,
    nodes: graphs.reduce((n, g) => n + g.nodes.length, 0), subgraphs: graphs.length - 1,
    quantization: findQuantization(graph), providers: providers.map((p) => p.name),
    operators: operatorsOf(graphs, providers), parameters: parametersOf(graphs),
  };
  for (const p of providers) p.dispose();
  return { ...result, ...(await explainSession(file, options, dims, freeDimensions)) };
}

function operatorsOf(graphs: readonly Graph[], providers: readonly ExecutionProvider[]): OperatorUse[] {
  const byKey = new Map<string, Node[]>();
  for (const node of graphs.flatMap((g) => g.nodes)) byKey.set(node.key, [...(byKey.get(node.key) ?? []), node]);
  return [...byKey].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1)).map(([operator, nodes]) => ({
    operator, nodes: nodes.length,
    support: Object.fromEntries(providers.map((p) => {
      const verdicts = nodes.map((n) => verdict(p, n));
      return [p.name, { nodes: verdicts.filter((v) => v === true).length, reasons: [...new Set(verdicts.filter((v) => v !== true))] }];
    })),
  }));
}

function verdict(provider: ExecutionProvider, node: Node): true | string {
  try {
    return provider.supports(placedNode(node));
  } catch (error) {
    if (error instanceof OnnxError) return error.summary;
    throw error;
  }
}

/** Initializers and tensors in attributes, by element type. */
function parametersOf(graphs: readonly Graph[]): ParameterUse[] {
  const uses = new Map<DType, ParameterUse>();
  const add = ({ type, size }: Tensor): void => {
    const before = uses.get(type) ?? { type, tensors: 0, elements: 0, bytes: 0 };
    uses.set(type, { type, tensors: before.tensors + 1, elements: before.elements + size, bytes: before.bytes + byteLength(type, size) });
  };
  for (const graph of graphs) {
    for (const edge of graph.edges.values()) if (edge.tensor !== undefined && edge.producer === undefined) add(edge.tensor);
    for (const node of graph.nodes) for (const a of node.attributes.values()) if (a.type === 'tensor') add(a.value);
  }
  return [...uses.values()].sort((a, b) => b.bytes - a.bytes);
}

/** Opens a session and, when the input sizes are known, runs it once on made-up inputs: that makes the memory plan. */
async function explainSession(
  file: string, options: SessionOptions, dims: ReadonlyMap<string, number>, free: readonly string[],
): Promise<Pick<Inspection, 'session' | 'noPlan'>> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(file, options);
  } catch (error) {
    if (error instanceof OnnxError) return { session: { error: error.message } };
    throw error;
  }
  const missing = free.filter((d) => !dims.has(d));
  let noPlan = missing.length === 0 ? undefined : `say the size of ${missing.map((d) => `--dim ${d}=N`).join(' ')}`;
  if (noPlan === undefined) {
    const largest = () => 1 - 2 ** -53; // makes wide integers 1, which suits token ids and masks
    try {
      await session.run(Object.fromEntries(session.inputMetadata.map(({ name, valueType }) => [name, randomValue(name, valueType, dims, largest)])));
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
      noPlan = `a run on made-up inputs failed: ${error.message}`;
    }
  }
  const explanation = session.explain();
  await session.release();
  return { session: explanation, ...(noPlan !== undefined && { noPlan }) };
}
