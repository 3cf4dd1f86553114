/** States a pass by examples: graphs it rewrites, with the graph afterwards, graphs it refuses, and its numeric contract. */
import { describe, expect, it } from 'vitest';
import { cloneGraph } from '../../src/graph/index.ts';
import { InferenceSession } from '../../src/main.ts';
import { saveModel, type Model } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { LEVELS, optimize, passesOf, type Contract, type OptimizeOptions, type Pass, type Trail } from '../../src/passes/index.ts';
import { Tensor, toInts, unpack } from '../../src/tensor/index.ts';
import { unitOf } from '../../conformance/proofs/contract.ts';
import { checkGraph } from '../../conformance/proofs/check-graph.ts';
import { parse, print, type Values } from '../../conformance/proofs/expression.ts';
import { Random } from '../../conformance/proofs/random.ts';

export interface Example {
  readonly before: string;
  readonly values: Values | ((random: Random) => Values);
  readonly opset?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Rewrite extends Example {
  readonly after: string;
}

export interface RefusedExample extends Example {
  /** Why; absent where the pass has nothing to say. */
  readonly reason?: string;
  /** With exact passes alone. */
  readonly exact?: boolean;
}

const SEEDS = Number(process.env['NIBBLE_PASS_SEEDS'] ?? 8);
const ALL = LEVELS.flatMap((level) => passesOf(level));

/** Names of all passes but these. */
export const allBut = (...passes: readonly Pass[]): string[] => ALL.filter((p) => !passes.includes(p)).map((p) => p.name);

/** Runs one pass alone on a text. */
export function apply(pass: Pass, example: Example, options: Partial<OptimizeOptions> = {}): { text: string; trail: Trail; model: Model } {
  const values = valuesOf(example, 1);
  const model = parse(example.before, values, example.opset);
  inferGraph(model.graph);
  const trail = optimize(model.graph, {
    level: pass.level, disable: allBut(pass), settings: new Map(Object.entries(example.settings ?? {})),
    passes: ALL.includes(pass) ? [] : [pass], ...options,
  });
  checkGraph(model.graph);
  return { text: print(model.graph, values), trail, model };
}

export function describePass(pass: Pass, examples: { readonly rewrites: readonly Rewrite[]; readonly refusals?: readonly RefusedExample[] }): void {
  describe(pass.name, () => {
    it.each(examples.rewrites)('$before -> $after', (example) => {
      const { text, trail } = apply(pass, example);
      expect(trail.entries.filter((e) => e.outcome === 'applied').length, JSON.stringify(trail.entries.map((e) => e.reason))).toBeGreaterThan(0);
      expect(text).toBe(example.after);
    });

    it.each(examples.refusals ?? [])('refuses $before: $reason', (example) => {
      const { trail } = apply(pass, example, { allowInexact: example.exact !== true });
      expect(trail.entries.map((e) => e.outcome === 'applied' ? 'applied' : e.reason)).toEqual(example.reason === undefined ? [] : [example.reason]);
    });

    it.each(examples.rewrites)(`keeps its contract (${contractText(pass.contract)}) on $before`, async (example) => {
      for (let seed = 1; seed <= SEEDS; seed++) await checkContract(pass, example, seed);
    });
  });
}

async function checkContract(pass: Pass, example: Example, seed: number): Promise<void> {
  const values = valuesOf(example, seed);
  const model = parse(example.before, values, example.opset);
  const bytes = saveModel({ ...model, graph: cloneGraph(model.graph) });
  const feeds = new Random(seed + 1000).feeds(values);
  const options = { executionProviders: ['cpu'], extra: example.settings ?? {} };
  const plain = await InferenceSession.create(bytes, { ...options, graphOptimizationLevel: 'disabled' });
  const optimized = await InferenceSession.create(bytes, { ...options, graphOptimizationLevel: pass.level, disabledPasses: allBut(pass) });
  const applied = optimized.explain().passes.filter((p) => p.outcome === 'applied');
  expect(applied.length, 'the pass applies in a session').toBeGreaterThan(0);
  const [expected, found] = [await plain.run(feeds), await optimized.run(feeds)];
  for (const name of plain.outputNames) compare(expected[name] as Tensor, found[name] as Tensor, pass.contract, `${name}, seed ${seed}`);
  await Promise.all([plain.release(), optimized.release()]);
}

/** Fails where `found` moves further from `expected` than the contract allows. */
export function compare(expected: Tensor, found: Tensor, contract: Contract, where: string): void {
  expect([found.type, found.dims], where).toEqual([expected.type, expected.dims]);
  const a = numbers(expected);
  const b = numbers(found);
  let scale = 0;
  for (const v of a) if (Number.isFinite(v)) scale = Math.max(scale, Math.abs(v));
  for (let i = 0; i < a.length; i++) {
    // How far is for the test of the pass to say.
    const same = contract.kind === 'changes' ? Number.isFinite(b[i]) || !Number.isFinite(a[i]) : contract.kind === 'exact' ? Object.is(a[i], b[i])
      : contract.kind === 'lsb' ? Math.abs(a[i] - b[i]) <= 1
      : a[i] === b[i] || Math.abs(a[i] - b[i]) <= contract.n * scale * unitOf(expected.type) || (Number.isNaN(a[i]) && Number.isNaN(b[i]));
    if (!same) expect.fail(`${where}: element ${i} moved from ${a[i]} to ${b[i]}, against ${contractText(contract)}`);
  }
}

function numbers(tensor: Tensor): ArrayLike<number> & Iterable<number> {
  return tensor.type === 'int64' || tensor.type === 'uint64' ? toInts(tensor) : unpack(tensor);
}

const valuesOf = (example: Example, seed: number): Values => (typeof example.values === 'function' ? example.values(new Random(seed)) : example.values);

const contractText = (c: Contract): string => (c.kind === 'exact' || c.kind === 'changes' ? c.kind : `${c.kind} ${c.n}`);
