/** One draw of a pass: the graph before and after it, run and compared by the pass's contract. */
import '../../src/everything.ts';
import { OnnxError } from '../../src/errors.ts';
import { InferenceSession, type Results, type SessionOptions } from '../../src/main.ts';
import { cloneGraph, type Edge, type Graph } from '../../src/graph/index.ts';
import { loadModel, saveModel, type Model } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { EXACT, optimize, type Contract, type Pass, type TrailEntry } from '../../src/passes/index.ts';
import { Tensor, unpack, type Value } from '../../src/tensor/index.ts';
import { checkGraph } from './check-graph.ts';
import { difference, explainStep } from './contract.ts';
import { Draw, type Drawn } from './draw.ts';
import { evaluate, evaluateGraph, supports } from './evaluate.ts';
import { exactProduct } from './exact-products.ts';
import { parse } from './expression.ts';
import { embed, mutate } from './mutate.ts';
import { edgeNow } from './names.ts';
import { larger, lazily, termsOf } from './terms.ts';

/** Draws graphs that a pass rewrites, and some that it should not. */
export interface Generator {
  readonly draw: (draw: Draw) => Drawn;
  /** Least share of the draws, near misses among them, that the pass applies to. Default 0.5. */
  readonly applies?: number;
}

export interface Proof {
  /** `discarded`: the graph drawn does not run as it is. */
  readonly outcome: 'applied' | 'refused' | 'silent' | 'discarded';
  readonly entries: readonly TrailEntry[];
  /** What the contract does not allow, in words. */
  readonly failures: readonly string[];
  readonly text: string;
}

/** A drawn model in its surroundings, types inferred, and feeds for it; undefined when it does not run. */
export interface Case {
  readonly model: Model;
  readonly drawn: Drawn;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly values: ReadonlyMap<Edge, Value>;
  readonly mutation: string | undefined;
}

const MUTATED = 0.25;

/** `specials`: with infinities and the like among the floats, where results must keep their bits. */
export function drawCase(generator: Generator, seed: number, specials = false): Case | Drawn {
  const draw = new Draw(seed, specials);
  const drawn = generator.draw(draw);
  const model = parse(drawn.text, drawn.values, drawn.opset);
  const feeds: Record<string, Tensor> = draw.feeds(drawn.values, drawn.sizes);
  embed(model.graph, draw);
  const mutation = draw.chance(MUTATED) ? mutate(model.graph, draw) : undefined;
  try {
    inferGraph(model.graph);
    return { model, drawn, feeds, values: evaluateGraph(model.graph, feeds), mutation };
  } catch (error) {
    if (error instanceof OnnxError) return drawn;
    throw error;
  }
}

/** Applies a pass to the draw of a seed, and checks all that a pass promises. */
export function prove(pass: Pass, generator: Generator, seed: number): Proof {
  const found = drawCase(generator, seed, pass.contract.kind === 'exact');
  if (!('model' in found)) return { outcome: 'discarded', entries: [], failures: [], text: found.text };
  const { model, drawn, feeds, values, mutation } = found;
  const text = `${drawn.text} (seed ${seed}${mutation === undefined ? '' : `, ${mutation}`})`;
  const graph = cloneGraph(model.graph);
  const entries = runAlone(pass, graph, drawn);
  const failures: string[] = [];
  for (const entry of entries) if (entry.outcome === 'refused' && !entry.reason) failures.push('a refusal has no reason');
  for (const { reason } of entries) if (reason?.includes('would break its contract')) failures.push(reason);
  const applied = entries.some((e) => e.outcome === 'applied');
  if (applied) {
    try {
      checkGraph(graph);
      const after = evaluateGraph(graph, feeds);
      failures.push(...moved(model.graph, graph, values, after, pass.contract), ...inexact(graph, after), ...unsaved(model, graph, feeds, after));
    } catch (error) {
      failures.push(`the graph afterwards does not run: ${String(error)}`);
    }
  }
  return { outcome: applied ? 'applied' : entries.length > 0 ? 'refused' : 'silent', entries, failures, text };
}

/** Runs one pass on a graph, on what a draw asks of the session. */
export function runAlone(pass: Pass, graph: Graph, drawn: Drawn): readonly TrailEntry[] {
  return optimize(graph, {
    level: pass.level, only: [pass], supports, evaluate, settings: new Map(Object.entries(settingsOf(pass, drawn))), freeDimensions: drawn.freeDimensions ?? {},
    prefersChannelsLast: () => true,
  }).entries;
}

/** The entries that a draw asks for, and the one without which the pass does not run. */
const settingsOf = (pass: Pass, { settings }: Drawn): Readonly<Record<string, string>> => ({ ...(pass.when && Object.fromEntries([pass.when])), ...settings });

/** Every value that still has its name, or an alias, against what the name stood for. */
function moved(before: Graph, after: Graph, values: ReadonlyMap<Edge, Value>, found: ReadonlyMap<Edge, Value>, contract: Contract): string[] {
  const failures: string[] = [];
  const terms = lazily(() => [termsOf(before, values), termsOf(after, found)] as const);
  for (const edge of before.edges.values()) {
    const expected = values.get(edge);
    const now = edgeNow(after, edge.name);
    if (edge.isOutput && now === undefined) failures.push(`the output ${edge.name} is lost`);
    if (!(expected instanceof Tensor) || now === undefined) continue;
    const value = found.get(now) ?? now.constant;
    if (!(value instanceof Tensor)) {
      failures.push(`${edge.name} has no value any more`);
      continue;
    }
    if (difference(expected, value, EXACT) === undefined) continue;
    const [there, here] = terms();
    const step = explainStep(edge, values, there) ?? explainStep(now, found, here);
    const why = difference(expected, value, contract, larger(there.get(edge), here.get(now)), step);
    if (why !== undefined) failures.push(`${edge.name}: ${why}`);
  }
  return failures;
}

/** Quantized products must equal exact integer arithmetic. */
export function inexact(graph: Graph, values: ReadonlyMap<Edge, Value>): string[] {
  return graph.nodes.flatMap((node) => {
    const exact = exactProduct(node, (edge) => edge && (values.get(edge) ?? edge.constant));
    const found = node.outputs[0] && values.get(node.outputs[0]);
    if (exact === undefined || !(found instanceof Tensor)) return [];
    const got = unpack(found);
    const at = exact.findIndex((v, i) => v !== got[i]);
    return at < 0 && exact.length === got.length ? [] : [`${node.key} gives ${got[at]} at ${at}, exact integer arithmetic ${exact[at]}`];
  });
}

/** The graph must pass the checker as a file, and give the same results when read again. */
function unsaved(model: Model, graph: Graph, feeds: Case['feeds'], values: ReadonlyMap<Edge, Value>): string[] {
  try {
    const loaded = loadModel(saveModel({ ...model, graph })).graph;
    inferGraph(loaded);
    const again = evaluateGraph(loaded, feeds);
    return graph.outputs.flatMap((edge, i) => {
      const [here, there] = [values.get(edge), again.get(loaded.outputs[i]!)];
      const why = here instanceof Tensor && there instanceof Tensor ? difference(here, there, EXACT) : 'there is no such tensor';
      return why === undefined ? [] : [`${edge.name} of the saved model: ${why}`];
    });
  } catch (error) {
    if (error instanceof OnnxError) return [`the saved model does not load: ${error.message}`];
    throw error;
  }
}

/** Fetches every tensor of a draw by its name from a session in which the pass alone runs, also those that it fused away. */
export async function proveNames(pass: Pass, generator: Generator, seed: number, others: readonly string[]): Promise<readonly string[]> {
  const found = drawCase(generator, seed, pass.contract.kind === 'exact');
  if (!('model' in found)) return [];
  const { model, drawn, feeds, values } = found;
  const terms = termsOf(model.graph, values);
  const wanted = [...values.keys()].filter((edge) => edge.producer !== undefined && values.get(edge) instanceof Tensor);
  const bytes = saveModel(model);
  const fetched = async (options: SessionOptions): Promise<Results> => {
    // The seed is for operators that draw numbers themselves.
    const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], extra: settingsOf(pass, drawn), freeDimensionOverrides: drawn.freeDimensions ?? {}, seed: 7, ...options });
    const results = await session.run(feeds, wanted.map((edge) => edge.name));
    await session.release();
    return results;
  };
  const expected = await fetched({ graphOptimizationLevel: 'disabled' });
  const results = await fetched({ graphOptimizationLevel: pass.level, disabledPasses: others });
  return wanted.flatMap((edge) => {
    const why = difference(expected[edge.name] as Tensor, results[edge.name] as Tensor, pass.contract, terms.get(edge), explainStep(edge, values, terms));
    return why === undefined ? [] : [`${drawn.text} (seed ${seed}): ${edge.name} fetched: ${why}`];
  });
}
