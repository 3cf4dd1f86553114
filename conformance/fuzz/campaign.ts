/**
 * Generated graphs at every level on every provider. For each graph, on the scalar provider:
 *
 * - exact passes alone leave every named value its bits, with QDQ -> integer fusion on and off (each level on a third of the graphs);
 * - with all passes each value is what the original nodes make of the values before it, within the contract of the passes that
 *   changed it: floats by units, quantized results by one step next to a tie (replay.ts);
 * - quantized products equal exact integer arithmetic (exact-products.ts);
 * - the session gives the bits that the graph gives node by node, and the saved model passes the checker and does too.
 *
 * On another provider, at each level, every node gives what the scalar kernel gives for the same inputs: integers to the bit, floats
 * within the error of their sums; and a run from planned memory gives what a run that keeps every value gives.
 */
import '../../src/everything.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneGraph, type Edge, type Graph, type Node } from '../../src/graph/index.ts';
import { InferenceSession } from '../../src/main.ts';
import { encodeTensor, loadModel, saveModel } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { CHANGES, EXACT, optimize, ulp, type Contract, type Level } from '../../src/passes/index.ts';
import { Tensor, type Value } from '../../src/tensor/index.ts';
import { checkGraph } from '../proofs/check-graph.ts';
import { difference } from '../proofs/contract.ts';
import { evaluate, evaluateGraph, outputsOf, supports } from '../proofs/evaluate.ts';
import { edgeNow } from '../proofs/names.ts';
import { inexact } from '../proofs/prove.ts';
import { randomInput, randomModel } from '../proofs/random-graph.ts';
import { lazily, termsOf } from '../proofs/terms.ts';
import { replay } from './replay.ts';

export interface CampaignOptions {
  /** Seeds first, first + 1, ... */
  readonly first: number;
  readonly graphs: number;
  readonly providers: readonly string[];
  /** Folder for failing graphs, shrunk. */
  readonly save?: string;
  readonly onProgress?: (done: number, failed: number) => void;
}

export interface CampaignResult {
  readonly graphs: number;
  /** Sessions created: graphs x levels x providers. */
  readonly sessions: number;
  readonly patches: number;
  /** Quantized results that moved by one step at a tie. */
  readonly steps: number;
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly seed: number;
  /** Parts of the smallest graph of this seed that fails. */
  readonly size: number;
  readonly why: readonly string[];
  readonly saved?: string;
}

export const CAMPAIGN_LEVELS = ['disabled', 'basic', 'extended', 'all'] as const;
type CampaignLevel = (typeof CAMPAIGN_LEVELS)[number];
const LEVELS: readonly Level[] = ['basic', 'extended', 'all'];
/** Parts of the graph of a seed: 3 to 12. */
const sizeOf = (seed: number): number => 3 + (Math.imul(seed, 7919) >>> 4) % 10;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { first, graphs, providers } = options;
  const counts = { sessions: 0, patches: 0, steps: 0 };
  const failures: Failure[] = [];
  for (let seed = first; seed < first + graphs; seed++) {
    const why = await check(seed, sizeOf(seed), providers, counts);
    if (why.length > 0) failures.push(await shrink(seed, why, options));
    options.onProgress?.(seed - first + 1, failures.length);
  }
  return { graphs, ...counts, failures };
}

interface Counts {
  sessions: number;
  patches: number;
  steps: number;
}

/** All that is wrong with the graph of a seed. */
async function check(seed: number, size: number, providers: readonly string[], counts: Counts): Promise<string[]> {
  const failures: string[] = [];
  const guarded = async (where: string, work: () => Promise<readonly string[]> | readonly string[]): Promise<void> => {
    try {
      for (const failure of await work()) failures.push(`${where}: ${failure}`);
    } catch (error) {
      failures.push(`${where}: ${String(error)}`);
    }
  };
  const model = randomModel(seed, size);
  const bytes = saveModel(model);
  const feeds = { x: randomInput(seed) };
  inferGraph(model.graph);
  const values = evaluateGraph(model.graph, feeds);
  // A level for each graph: exact passes are the same everywhere.
  const exact = LEVELS[seed % LEVELS.length]!;
  for (const [what, settings] of [['exact passes', new Map()], ['exact passes, QDQ fusion off', QDQ_OFF]] as const) {
    await guarded(`${exact}, ${what}`, () => {
      const graph = cloneGraph(model.graph);
      optimize(graph, { level: exact, supports, evaluate, allowInexact: false, settings });
      checkGraph(graph);
      return named(model.graph, graph, values, evaluateGraph(graph, feeds));
    });
  }
  for (const level of CAMPAIGN_LEVELS) {
    await guarded(`${level} on cpu`, () => onCpu(model.graph, bytes, level, feeds, counts));
    counts.sessions++;
  }
  for (const provider of providers) {
    if (provider === 'cpu') continue;
    for (const level of CAMPAIGN_LEVELS) {
      await guarded(`${level} on ${provider}`, () => beside(bytes, level, provider, feeds));
      counts.sessions++;
    }
  }
  return failures;
}

const QDQ_OFF = new Map([['session.disable_quant_qdq', '1']]);

type Feeds = Readonly<Record<string, Tensor>>;

/** Values that both graphs have, by name or alias, to the bit. */
function named(before: Graph, after: Graph, values: ReadonlyMap<Edge, Value>, found: ReadonlyMap<Edge, Value>): string[] {
  return [...before.edges.values()].flatMap((edge) => {
    const now = edgeNow(after, edge.name);
    const [a, b] = [values.get(edge), now && (found.get(now) ?? now.constant)];
    const why = a instanceof Tensor && b instanceof Tensor ? difference(a, b, EXACT) : undefined;
    return why === undefined ? [] : [`${edge.name}: ${why}`];
  });
}

/** A session on the scalar provider: its graph replayed, run node by node, and run again from its saved form. */
async function onCpu(original: Graph, bytes: Uint8Array, level: CampaignLevel, feeds: Feeds, counts: Counts): Promise<string[]> {
  const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], graphOptimizationLevel: level });
  const { graph } = session.model;
  const { passes } = session.explain();
  const results = await session.run(feeds);
  const saved = loadModel(await session.save()).graph;
  await session.release();
  checkGraph(graph);
  inferGraph(saved);
  const [values, again] = [evaluateGraph(graph, feeds), evaluateGraph(saved, feeds)];
  const { failures, steps } = replay(original, graph, values, passes);
  counts.steps += steps;
  counts.patches += passes.filter((p) => p.outcome === 'applied').length;
  const broken = passes.flatMap(({ pass, reason }) => (reason?.includes('would break its contract') ? [`${pass}: ${reason}`] : []));
  const others = graph.outputs.flatMap((edge, i) => {
    const expected = values.get(edge) as Tensor;
    const here = difference(expected, results[edge.name] as Tensor, EXACT);
    const there = difference(expected, again.get(saved.outputs[i]!) as Tensor, EXACT);
    return [...(here === undefined ? [] : [`the session gives another ${edge.name}: ${here}`]), ...(there === undefined ? [] : [`the saved model gives another ${edge.name}: ${there}`])];
  });
  return [...failures, ...broken, ...others, ...inexact(graph, values)];
}

/** Sums of a few hundred terms in another order: in units of their magnitudes. */
const SUM_ULPS = 64;

// What a subgraph gives went through several of its nodes, whose values are not to be had; at a tie, a quantizer among them may step.
function otherOrder(node: Node): Contract {
  const inner = [...node.subgraphs()].flatMap(([, graph]) => [...graph.walk()].flatMap((g) => g.nodes));
  return inner.some((n) => n.opType.includes('QuantizeLinear')) ? CHANGES : ulp(SUM_ULPS * (1 + inner.length));
}

/** Exponentials about the end of float32's range may become zero. */
const VANISHING = 2 ** -100;

/** Every node of a session on a provider beside the scalar kernel, for the inputs that it had. */
async function beside(bytes: Uint8Array, level: CampaignLevel, provider: string, feeds: Feeds): Promise<string[]> {
  const session = await InferenceSession.create(bytes, { executionProviders: [provider, 'cpu'], graphOptimizationLevel: level });
  const { graph } = session.model;
  const planned = [await session.run(feeds), await session.run(feeds)];
  const edges = graph.nodes.flatMap((node) => node.outputs).filter((edge): edge is Edge => edge !== undefined);
  const kept = await session.run(feeds, edges.map((edge) => edge.name));
  await session.release();
  const values = new Map<Edge, Value>([...graph.inputs.map((edge): [Edge, Value] => [edge, feeds[edge.name]!]), ...edges.map((edge): [Edge, Value] => [edge, kept[edge.name]!])]);
  const failures: string[] = [];
  const given = new Set(values.keys());
  const scalar = new Map<Edge, Value>();
  // Those inside of subgraphs too.
  const all = new Map(values);
  for (const node of graph.nodes) outputsOf(node, all).forEach((value, i) => node.outputs[i] !== undefined && value !== undefined && scalar.set(node.outputs[i], value));
  const terms = lazily(() => termsOf(graph, all, given));
  for (const edge of edges) {
    const [expected, found] = [scalar.get(edge) as Tensor, values.get(edge) as Tensor];
    if (difference(expected, found, EXACT) === undefined) continue;
    const why = difference(expected, found, otherOrder(edge.producer!), terms().get(edge)?.map((v) => Math.max(v, VANISHING)));
    if (why !== undefined) failures.push(`${edge.name} (${edge.producer?.key}): ${why}`);
  }
  for (const results of planned) {
    for (const edge of graph.outputs) {
      const why = difference(values.get(edge) as Tensor, results[edge.name] as Tensor, EXACT);
      if (why !== undefined) failures.push(`${edge.name} from planned memory: ${why}`);
    }
  }
  return failures;
}

/** The first parts of the graph alone, as few as still fail; saved as a case. */
async function shrink(seed: number, why: readonly string[], { providers, save }: CampaignOptions): Promise<Failure> {
  let smallest = { size: sizeOf(seed), why };
  for (let size = 1; size < sizeOf(seed); size++) {
    const found = await check(seed, size, providers, { sessions: 0, patches: 0, steps: 0 });
    if (found.length === 0) continue;
    smallest = { size, why: found };
    break;
  }
  if (save === undefined) return { seed, ...smallest };
  const saved = join(save, `graph_${seed}`);
  const data = join(saved, 'test_data_set_0');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(saved, 'model.onnx'), saveModel(randomModel(seed, smallest.size)));
  writeFileSync(join(data, 'input_0.pb'), encodeTensor(randomInput(seed), 'x'));
  writeFileSync(join(saved, 'failures.txt'), `${smallest.why.join('\n')}\n`);
  return { seed, ...smallest, saved };
}
