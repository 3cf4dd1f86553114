/** load -> optimize -> place -> prepare -> run. */
import { fail } from './errors.ts';
import { capturedEdges, cloneGraph, type Edge, type Graph, type Node } from './graph/index.ts';
import { isNode } from './host.ts';
import { buildModel, decodeModel, DEFAULT_LIMITS, lacksContracts, type Limits, type Model } from './model/index.ts';
import { hasAllContracts, inferGraph } from './ops/index.ts';
import type { CheckOptions, Feeds, Fetches, OutputLocation, Results, RunOptions, SessionOptions, ValueMetadata } from './options.ts';
import type { Trail } from './passes/index.ts';
import { explain, type Explanation } from './runtime/explain.ts';
import { aborted, run, runYielding, type RunState } from './runtime/execute.ts';
import { bringToHost } from './runtime/residence.ts';
import { Loans } from './runtime/loans.ts';
import { Budget, Recorder, type MemoryPlan } from './runtime/memory.ts';
import { checkApart, checkPreallocated, mayHold, writeInto } from './runtime/preallocated.ts';
import { loadKernels, placeGraph, placeNode, type Placement } from './runtime/placement.ts';
import { Profiler, type TraceEvent } from './runtime/profile.ts';
import { compile, type KernelCache, type Program } from './runtime/program.ts';
import { availableProviders, startProviders, type UnavailableProvider } from './runtime/registry.ts';
import type { Arena, ExecutionProvider, Outputs } from './runtime/provider.ts';
import { describeType, Tensor, type Value } from './tensor/index.ts';
import { readModel, type ModelSource } from './source.ts';

/** A program for one set of fetched names, with a memory plan for each shape signature it has seen. */
interface Compiled {
  readonly program: Program;
  readonly plans: Map<string, MemoryPlan>;
  /** The signature of the last run, and what it was made of: most runs have the same, and need not write it down again. */
  recent?: { readonly signature: string; readonly into: string; readonly shapes: readonly (Shaped | undefined)[] };
}

type Shaped = Pick<Tensor, 'type' | 'dims'>;

const MAX_PLANS = 16;
const RUN_OPTIONS: ReadonlySet<string> = new Set(['signal', 'terminate', 'tag', 'logSeverityLevel', 'logVerbosityLevel', 'extra']);
const DEFAULT_PROVIDERS = ['wasm', 'cpu'];

/**
 * A model ready to run. A drop-in for onnxruntime-common's `InferenceSession`, and beyond it: `runSync`, fetching any
 * tensor of the model by its original name, and `explain()`.
 */
export class InferenceSession {
  /** The model as it runs: optimized, in the level asked for. */
  readonly model: Model;
  /** The graph as it was loaded: source of tensors that optimization removed. */
  private readonly original: Graph;
  private readonly trail: Trail;
  private readonly providers: readonly ExecutionProvider[];
  private readonly unavailable: readonly UnavailableProvider[];
  private readonly placements: Map<Node, Placement>;
  private readonly kernels: KernelCache = new Map();
  private readonly compiled = new Map<string, Compiled>();
  private readonly limits: Limits;
  private readonly seed: { value: number };
  private readonly outputLocation: (name: string) => OutputLocation;
  private readonly main: Compiled;
  private profiler: Profiler | undefined;
  private readonly check: Checks | undefined;
  private released = false;

  private constructor(
    model: Model, original: Graph, trail: Trail, started: { providers: readonly ExecutionProvider[]; unavailable: readonly UnavailableProvider[] },
    limits: Limits, options: SessionOptions,
  ) {
    this.model = model;
    this.original = original;
    this.trail = trail;
    this.providers = started.providers;
    this.unavailable = started.unavailable;
    this.limits = limits;
    this.seed = { value: options.seed ?? 0 };
    const location = options.preferredOutputLocation ?? 'cpu';
    this.outputLocation = (name) => (typeof location === 'string' ? location : Object.hasOwn(location, name) ? location[name] : 'cpu');
    const { check } = options;
    this.check = check === undefined ? undefined : { ...(typeof check === 'number' ? { nodes: check } : check), turn: 0 };
    if (options.enableProfiling) this.startProfiling();
    this.placements = placeGraph(model.graph, this.providers);
    this.main = this.compileFor(model.graph.outputs);
  }

  /** Loads a model from a path (Node), a URL, or bytes. Rejects with an `OnnxError`. */
  static async create(source: string | Uint8Array | ArrayBufferLike, options?: SessionOptions): Promise<InferenceSession>;
  static async create(source: ArrayBufferLike, byteOffset: number, byteLength?: number, options?: SessionOptions): Promise<InferenceSession>;
  static async create(
    source: string | Uint8Array | ArrayBufferLike, a: SessionOptions | number = {}, byteLength?: number, b: SessionOptions = {},
  ): Promise<InferenceSession> {
    const options = typeof a === 'number' ? b : a;
    checkOptions(options);
    goOn(options);
    const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
    // Engines compile kernels beside all that follows.
    const starting = startProviders(
      options.executionProviders ?? defaultProviders(), options.intraOpNumThreads === undefined ? {} : { numThreads: options.intraOpNumThreads },
    );
    starting.catch(() => {}); // heard where it is awaited
    try {
      return await InferenceSession.load(() => readModel(source, typeof a === 'number' ? a : undefined, byteLength, options, limits), starting, limits, options);
    } catch (error) {
      starting.then(({ providers }) => providers.forEach((provider) => provider.dispose()), () => {});
      throw error;
    }
  }

  private static async load(
    read: () => Promise<ModelSource>, starting: ReturnType<typeof startProviders>, limits: Limits, options: SessionOptions,
  ): Promise<InferenceSession> {
    const began = performance.now();
    // The optimizer is a chunk of its own in browsers: it comes while the model does.
    const [{ bytes, ...outside }, { loadOthers, optimizeModel }] = await Promise.all([
      read(), import('./optimizing.ts').catch((cause: unknown) => fail('E_INPUT', 'the optimizer cannot be loaded', { cause })),
    ]);
    goOn(options);
    const proto = decodeModel(bytes, { limits });
    if (hasAllContracts() || lacksContracts(proto)) await loadOthers((await starting).providers);
    const model = buildModel(proto, { limits, ...outside });
    inferGraph(model.graph);
    const original = cloneGraph(model.graph);
    const started = await starting;
    await loadKernels(original, started.providers); // for folding, and for fetches of tensors that passes remove
    const { graph, trail } = await optimizeModel(model.graph, original, started.providers, limits, options);
    await loadKernels(graph, started.providers);
    goOn(options);
    const session = new InferenceSession({ ...model, graph }, original, trail, started, limits, options);
    session.profiler?.session('session_initialization', began);
    if (options.optimizedModelFilePath !== undefined && isNode) {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(options.optimizedModelFilePath, await session.save());
    }
    return session;
  }

  get inputNames(): readonly string[] {
    return this.requiredInputs.map((e) => e.name);
  }

  get outputNames(): readonly string[] {
    return this.model.graph.outputs.map((e) => e.name);
  }

  get inputMetadata(): readonly ValueMetadata[] {
    return this.requiredInputs.map(metadata);
  }

  get outputMetadata(): readonly ValueMetadata[] {
    return this.model.graph.outputs.map(metadata);
  }

  /** Inputs without a default value of their own. */
  private get requiredInputs(): readonly Edge[] {
    return this.model.graph.inputs.filter((e) => e.constant === undefined);
  }

  /**
   * Runs the model. `fetches` may name any tensor of the original model, at every optimization level, and may give a tensor by name: the
   * result is written into its memory, on every provider, and it is what the results hold. Its type and dims must be the result's, and
   * its memory no other output's (`E_INPUT`); a feed may lie there, and a cache that is fed as its own result is extended in place. Gives way to the event loop about every 50 ms. Rejects with an `OnnxError`; the
   * session stays usable.
   */
  async run(feeds: Feeds, options?: RunOptions): Promise<Results>;
  async run(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Results>;
  async run(feeds: Feeds, a: Fetches | RunOptions = {}, b: RunOptions = {}): Promise<Results> {
    return this.check === undefined ? this.runUnchecked(feeds, a, b) : this.runChecked(this.check, feeds, a, b);
  }

  private async runUnchecked(feeds: Feeds, a: Fetches | RunOptions, b: RunOptions): Promise<Results> {
    const call = this.prepareCall(feeds, a, b);
    const values = await this.execute(call.compiled, call.inputs, call, true);
    const results = await this.results(call, values, (origin, inputs) => this.execute(origin, inputs, call, true));
    if (call.compiled.program.devices.length > 0) await this.leaveDevices(call, values, results);
    else this.writeGiven(call, results);
    return results;
  }

  // The values that the nodes met are fetched by the very run whose results are handed out.
  private async runChecked(check: Checks, feeds: Feeds, a: Fetches | RunOptions, b: RunOptions): Promise<Results> {
    const { checkNodes, copiesOf, nodesElsewhere, sampleNodes } = await import('./checking.ts');
    const { fetches, options } = this.splitArguments(a, b);
    const asked: Readonly<Record<string, Tensor | null>> = Array.isArray(fetches) || fetches === undefined
      ? Object.fromEntries((fetches as readonly string[] | undefined ?? this.outputNames).map((name) => [name, null])) : fetches as Readonly<Record<string, Tensor | null>>;
    const providerOf = (node: Node): string => this.placements.get(node)!.provider.name;
    const sample = sampleNodes(nodesElsewhere(this.model.graph, providerOf), check.nodes, check.turn++);
    const fed = copiesOf(feeds, sample.fetches); // results may be written over feeds
    const values = await this.runUnchecked(feeds, { ...Object.fromEntries(sample.fetches.map((name) => [name, null])), ...asked }, options);
    const report = await checkNodes(this.model, sample.nodes, providerOf, { ...values, ...fed }, async (model, inputs) => {
      const alone = await InferenceSession.create(model, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
      return alone.run(inputs).finally(() => alone.release());
    });
    const wanted = new Set<Value>([...Object.keys(asked).map((name) => values[name]), ...Object.values(feeds)]);
    for (const value of Object.values(values)) if (value instanceof Tensor && value.deviceBuffer !== undefined && !wanted.has(value)) value.dispose();
    if (check.onCheck !== undefined) check.onCheck(report);
    else if (report.divergence !== undefined) {
      const { node, provider, difference } = report.divergence;
      fail('E_EP', `${provider} gives another result than cpu`, { node, expected: difference.expected, found: difference.found, hint: 'the cause of this error has a repro case', cause: report.divergence });
    }
    return Object.fromEntries(Object.keys(asked).map((name) => [name, values[name]]));
  }

  /** `run` without a promise. Throws `E_EP` when some node is placed on an asynchronous provider. */
  runSync(feeds: Feeds, a: Fetches | RunOptions = {}, b: RunOptions = {}): Results {
    const call = this.prepareCall(feeds, a, b);
    if (this.check !== undefined) fail('E_INPUT', 'a session that checks its nodes does not run synchronously', { arg: { kind: 'option', name: 'check' }, hint: 'await session.run(...)' });
    const slow = call.compiled.program.steps.find((step) => step.async);
    if (call.compiled.program.async) {
      fail('E_EP', 'this session cannot run synchronously: a kernel is asynchronous', { node: slow?.node.ref, hint: 'await session.run(...)' });
    }
    const values = this.execute(call.compiled, call.inputs, call, false) as Outputs;
    const results = this.results(call, values, (origin, inputs) => this.execute(origin, inputs, call, false)) as Results;
    this.writeGiven(call, results);
    return results;
  }

  // What no kernel wrote into the caller's tensors: inputs, constants, results under a second name or of removed nodes, what lies on devices.
  private writeGiven(call: Call, results: Results): Promise<void>[] {
    const waiting: Promise<void>[] = [];
    if (call.preallocated.size === 0) return waiting;
    // Results that are feeds come first: others may be written where those lie.
    for (const isFed of [true, false]) {
      call.names.forEach((name, i) => {
        const own = call.preallocated.get(name), value = results[name];
        if (own === undefined || call.inputs.includes(value) !== isFed) return;
        const coming = writeInto(name, call.targets[i].edge, own, value);
        coming?.catch(() => undefined); // another may not fit: then nobody waits for this one
        if (coming !== undefined) waiting.push(coming);
        results[name] = own;
      });
    }
    return waiting;
  }

  // Results go where they are wanted; what was fetched only to compute others from is freed.
  private async leaveDevices(call: Call, values: Outputs, results: Results): Promise<void> {
    const made = new Set<Value | undefined>([...values, ...Object.values(results)]);
    for (const value of call.inputs) made.delete(value);
    const staying = new Set<Value | undefined>(), coming = new Set<Value | undefined>();
    try {
      const writing = this.writeGiven(call, results);
      for (const [name, value] of Object.entries(results)) if (made.has(value)) (this.outputLocation(name) === 'gpu-buffer' ? staying : coming).add(value);
      await Promise.all([...writing, bringToHost([...coming].filter((v) => !staying.has(v)))]);
    } catch (error) {
      staying.clear();
      throw error;
    } finally {
      for (const value of made) if (value instanceof Tensor && value.deviceBuffer !== undefined && !staying.has(value)) value.dispose();
      for (const device of call.compiled.program.devices) device.flush(); // what stays there; whatever came to the host was waited for
    }
  }

  /** Every node with its provider and why, every pass applied or refused and why, and the memory plans. */
  explain(): Explanation {
    const plans = [...this.main.plans].map(([signature, plan]) => ({ signature, ...plan.summary }));
    return explain(this.model.graph, this.original, this.placements, this.trail, { providers: this.providers, unavailable: this.unavailable }, plans);
  }

  /** The optimized model as ONNX bytes. */
  async save(): Promise<Uint8Array> {
    const { saveModel } = await import('./model/save.ts');
    return saveModel(this.model);
  }

  startProfiling(): void {
    this.profiler ??= new Profiler();
  }

  /** The trace since `startProfiling`, as chrome-trace events in onnxruntime's schema. */
  endProfiling(): TraceEvent[] {
    const events = this.profiler?.end() ?? [];
    this.profiler = undefined;
    return events;
  }

  /** Frees what providers hold. Later runs reject with `E_ABORTED`; releasing twice is harmless. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    for (const { plans } of this.compiled.values()) for (const plan of plans.values()) plan.dispose();
    for (const provider of this.providers) provider.dispose();
  }

  private prepareCall(feeds: Feeds, a: Fetches | RunOptions, b: RunOptions): Call {
    if (this.released) fail('E_ABORTED', 'the session was released');
    if (typeof feeds !== 'object' || feeds === null) fail('E_INPUT', 'feeds must be an object of tensors by name');
    const { fetches, options } = this.splitArguments(a, b);
    if (options.signal?.aborted) throw aborted(options.signal);
    if (options.terminate) fail('E_ABORTED', 'the run was asked to terminate');
    const inputs = this.checkFeeds(feeds);
    const names = fetches === undefined ? this.outputNames : Array.isArray(fetches) ? (fetches as string[]) : Object.keys(fetches);
    const targets = names.map((name) => this.findFetch(name));
    const preallocated = new Map<string, Tensor>(), into = new Map<Edge, Tensor>();
    if (fetches !== undefined && !Array.isArray(fetches)) {
      const fed = inputs.map((value, i): [Edge, Value | undefined] => [this.model.graph.inputs[i], value]);
      targets.forEach(({ edge, live, origin }, i) => {
        const given = (fetches as Readonly<Record<string, unknown>>)[names[i]] ?? undefined;
        if (given === undefined) return;
        const own = checkPreallocated(names[i], edge, given);
        preallocated.set(names[i], own);
        if (origin === undefined && !into.has(live[0]) && mayHold(own, live[0], fed)) into.set(live[0], own);
      });
      checkApart(preallocated);
    }
    const edges = fetches === undefined ? this.model.graph.outputs : [...new Set(targets.flatMap((t) => t.live))];
    const compiled = fetches === undefined ? this.main : this.compileFor(edges);
    return { names, targets, edges, inputs, compiled, preallocated, into, signal: options.signal };
  }

  // As onnxruntime does: an object whose keys name tensors is fetches, any other is options.
  private splitArguments(a: Fetches | RunOptions, b: RunOptions): { fetches: Fetches | undefined; options: RunOptions } {
    if (Array.isArray(a)) return { fetches: a as readonly string[], options: b };
    if (typeof a !== 'object' || a === null || a instanceof Tensor) fail('E_INPUT', 'fetches must be an array of names or an object by name');
    const keys = Object.keys(a);
    if (keys.length === 0 || keys.every((k) => RUN_OPTIONS.has(k) && this.original.find(k) === undefined)) return { fetches: undefined, options: keys.length === 0 ? b : a as RunOptions };
    return { fetches: a as Fetches, options: b };
  }

  private checkFeeds(feeds: Feeds): (Value | undefined)[] {
    const { inputs } = this.model.graph;
    for (const name of Object.keys(feeds)) {
      if (!inputs.some((e) => e.name === name)) {
        fail('E_INPUT', `the model has no input ${JSON.stringify(name)}`, { arg: { kind: 'feed', name }, expected: `one of ${this.inputNames.join(', ')}` });
      }
    }
    return inputs.map((edge) => {
      const value = Object.hasOwn(feeds, edge.name) ? feeds[edge.name] : edge.constant;
      if (value === undefined) {
        if (edge.type?.kind === 'optional') return { kind: 'optional', elem: edge.type.elem, value: undefined };
        fail('E_INPUT', 'an input is not fed', { arg: { kind: 'feed', name: edge.name }, expected: describeType(edge.type), found: 'nothing' });
      }
      checkFeed(edge, value);
      return value;
    });
  }

  /** Where a name can be read: an edge that runs, or a part of the original graph to run on top of such edges. */
  private findFetch(name: string): FetchTarget {
    const { graph } = this.model;
    let at = name;
    for (let hops = 0; graph.aliases.has(at) && !graph.edges.has(at) && hops < 1000; hops++) at = graph.aliases.get(at)!;
    const edge = graph.edges.get(at);
    if (edge !== undefined) return { edge, live: [edge], origin: undefined };
    const wanted = this.original.edges.get(name);
    if (wanted === undefined) fail('E_INPUT', `the model has no tensor ${JSON.stringify(name)}`, { arg: { kind: 'fetch', name }, hint: `outputs: ${this.outputNames.join(', ')}` });
    const boundary = this.boundaryOf(wanted);
    for (const e of [wanted, ...boundary]) if (e.producer !== undefined) this.placeOriginal(e);
    const live = boundary.map((e) => graph.edges.get(e.name)!);
    return { edge: wanted, live, origin: { boundary } };
  }

  // Edges of the original graph that still run under their name, and from which `edge` can be computed.
  private boundaryOf(edge: Edge): Edge[] {
    const boundary = new Set<Edge>();
    const seen = new Set<Edge>();
    const stack = [edge];
    while (stack.length > 0) {
      const e = stack.pop()!;
      if (seen.has(e) || e.constant !== undefined) continue;
      seen.add(e);
      if (e !== edge && this.model.graph.edges.has(e.name)) boundary.add(e);
      else if (e.producer === undefined) boundary.add(e);
      else stack.push(...readsOf(e.producer).filter((r) => r.graph === this.original));
    }
    return [...boundary];
  }

  private placeOriginal(edge: Edge): void {
    const stack = [edge.producer];
    while (stack.length > 0) {
      const node = stack.pop();
      if (node === undefined || this.placements.has(node)) continue;
      this.placements.set(node, placeNode(node, this.providers));
      for (const [, sub] of node.subgraphs()) for (const [n, p] of placeGraph(sub, this.providers)) this.placements.set(n, p);
      for (const e of readsOf(node)) stack.push(e.producer);
    }
  }

  private compileFor(edges: readonly Edge[], graph = this.model.graph, given: readonly Edge[] = graph.inputs): Compiled {
    const key = `${graph === this.original ? 'original:' : ''}${edges.map((e) => e.name).join('\0')}`;
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      compiled = { program: compile(graph, edges, this.placements, this.kernels, given), plans: new Map() };
      this.compiled.set(key, compiled);
    }
    return compiled;
  }

  private execute(compiled: Compiled, inputs: readonly (Value | undefined)[], call: Call, yielding: boolean): Outputs | Promise<Outputs> {
    const { program } = compiled;
    const preallocated = new Map<number, Tensor>();
    if (compiled === call.compiled && call.into.size > 0) {
      program.outputs.forEach((at, i) => {
        const own = call.into.get(call.edges[i]);
        if (own !== undefined) preallocated.set(at, own);
      });
    }
    // What is written into the caller's memory is left out of the plan.
    const into = preallocated.size === 0 ? '' : [...preallocated.keys()].join();
    const { recent } = compiled;
    const signature = recent !== undefined && recent.into === into && inputs.every((value, i) => isShaped(value, recent.shapes[i]))
      ? recent.signature : inputs.map(signatureOf).join(';') + (into === '' ? '' : ` into ${into}`);
    if (recent?.signature !== signature) compiled.recent = { signature, into, shapes: inputs.map((v) => (v instanceof Tensor ? { type: v.type, dims: v.dims } : undefined)) };
    let known = compiled.plans.get(signature);
    if (known !== undefined && !known.valid && !known.busy) {
      known.dispose();
      compiled.plans.delete(signature);
      known = undefined;
    }
    const plan = known !== undefined && !known.busy ? known : undefined;
    const recorder = known === undefined && compiled.plans.size < MAX_PLANS ? new Recorder(program) : undefined;
    const loans = plan === undefined && recorder === undefined ? this.loansFor(program) : undefined;
    const state: RunState = {
      budget: new Budget(this.limits.tensorBytes, this.limits.runBytes, loans), signal: call.signal, profiler: this.profiler,
      seed: this.seed, preallocated, plan, recorder,
    };
    const frame = new Array<Value | undefined>(program.frameSize).fill(undefined);
    const began = performance.now();
    const done = (outputs: Outputs): Outputs => {
      if (plan !== undefined) plan.busy = false;
      if (loans !== undefined) outputs = loans.end(outputs);
      if (recorder !== undefined) compiled.plans.set(signature, recorder.plan(this.arena));
      this.profiler?.session('model_run', began);
      return outputs;
    };
    const failed = (error: unknown): never => {
      if (plan !== undefined) plan.busy = false;
      loans?.end([]);
      throw error;
    };
    if (plan !== undefined) plan.busy = true;
    try {
      const result = yielding ? runYielding(program, inputs, frame, state) : run(program, inputs, frame, state);
      return result instanceof Promise ? result.then(done, failed) : done(result);
    } catch (error) {
      return failed(error);
    }
  }

  // Where every step's values are tensors of the host that nothing holds on.
  private loansFor(program: Program): Loans | undefined {
    const { arena } = this;
    return arena?.isStable === true && program.devices.length === 0 && !program.steps.some((s) => s.retains) ? new Loans(arena) : undefined;
  }

  private get arena(): Arena | undefined {
    return this.providers.find((p) => p.arena !== undefined)?.arena;
  }

  private results(
    call: Call, values: Outputs, runOrigin: (compiled: Compiled, inputs: Outputs) => Outputs | Promise<Outputs>,
  ): Results | Promise<Results> {
    const valueOf = (edge: Edge): Value | undefined => values[call.edges.indexOf(edge)];
    const results: Results = {};
    const pending: Promise<void>[] = [];
    call.names.forEach((name, i) => {
      const { edge, live, origin } = call.targets[i];
      if (origin === undefined) {
        results[name] = valueOf(live[0])!;
        return;
      }
      results[name] = undefined as unknown as Value; // keeps the order of the names asked for
      const compiled = this.compileFor([edge], this.original, origin.boundary);
      const outputs = runOrigin(compiled, live.map(valueOf));
      if (outputs instanceof Promise) pending.push(outputs.then(([v]) => void (results[name] = v!)));
      else results[name] = outputs[0]!;
    });
    return pending.length === 0 ? results : Promise.all(pending).then(() => results);
  }
}

interface FetchTarget {
  readonly edge: Edge;
  readonly live: readonly Edge[];
  readonly origin: { readonly boundary: readonly Edge[] } | undefined;
}

interface Checks extends CheckOptions {
  /** Runs that were checked. */
  turn: number;
}

interface Call {
  readonly names: readonly string[];
  readonly targets: readonly FetchTarget[];
  readonly edges: readonly Edge[];
  readonly inputs: readonly (Value | undefined)[];
  readonly compiled: Compiled;
  /** The caller's own tensors by the names asked for, and by the edges that kernels write. */
  readonly preallocated: ReadonlyMap<string, Tensor>;
  readonly into: ReadonlyMap<Edge, Tensor>;
  readonly signal: AbortSignal | undefined;
}

function defaultProviders(): string[] {
  return DEFAULT_PROVIDERS.filter((name) => availableProviders().includes(name));
}

function checkOptions(options: SessionOptions): void {
  const preferred = options.preferredOutputLocation ?? 'cpu';
  for (const location of typeof preferred === 'string' ? [preferred] : Object.values(preferred)) {
    if (location !== 'cpu' && location !== 'gpu-buffer') {
      fail('E_INPUT', 'there is no such output location', {
        arg: { kind: 'option', name: 'preferredOutputLocation' }, expected: 'cpu or gpu-buffer', found: String(location),
      });
    }
  }
  const checked = typeof options.check === 'number' ? options.check : options.check?.nodes;
  if (checked !== undefined && !(Number.isSafeInteger(checked) && checked > 0)) {
    fail('E_INPUT', 'a session checks one node a run at least', { arg: { kind: 'option', name: 'check' }, expected: 'a positive integer', found: String(checked) });
  }
  const levels = ['disabled', 'basic', 'extended', 'layout', 'all'];
  const level = options.graphOptimizationLevel;
  if (level !== undefined && !levels.includes(level)) {
    fail('E_INPUT', 'there is no such optimization level', {
      arg: { kind: 'option', name: 'graphOptimizationLevel' }, expected: levels.join(', '), found: String(level),
    });
  }
  if (options.optimizedModelFilePath !== undefined && !isNode) {
    fail('E_INPUT', 'only Node writes files', { arg: { kind: 'option', name: 'optimizedModelFilePath' }, hint: 'session.save() gives the bytes' });
  }
}

/** Throws `E_ABORTED` when the caller no longer wants the session. */
function goOn({ signal }: SessionOptions): void {
  if (signal?.aborted) throw aborted(signal, 'loading');
}

function metadata(edge: Edge): ValueMetadata {
  const type = edge.type;
  if (type?.kind !== 'tensor') return { name: edge.name, isTensor: false, valueType: type };
  return { name: edge.name, isTensor: true, type: type.dtype, shape: (type.shape ?? []).map((d) => d ?? ''), valueType: type };
}

function checkFeed(edge: Edge, value: Value): void {
  const wrong = (expected: string, found: string): never =>
    fail('E_INPUT', 'a feed does not fit the input', { arg: { kind: 'feed', name: edge.name }, expected, found });
  const type = edge.type;
  if (!(value instanceof Tensor)) {
    const kind: unknown = typeof value === 'object' && value !== null ? value.kind : undefined;
    if (kind !== 'sequence' && kind !== 'optional' && kind !== 'map') wrong(describeType(type), `${typeof value} (not a Tensor of this library)`);
    if (type !== undefined && type.kind !== kind) wrong(describeType(type), String(kind));
    return;
  }
  if (type === undefined || type.kind === 'optional') return;
  const found = (): string => `${value.type}[${value.dims.join(', ')}]`;
  if (type.kind !== 'tensor' || type.dtype !== value.type) return wrong(describeType(type), found());
  if (value.location === 'none') wrong(describeType(type), 'a disposed tensor');
  const { shape } = type;
  if (shape === undefined) return;
  if (shape.length !== value.dims.length || shape.some((d, i) => typeof d === 'number' && d !== value.dims[i])) wrong(describeType(type), found());
}

/** Whether a value is a tensor of that type and shape. */
function isShaped(value: Value | undefined, shape: Shaped | undefined): boolean {
  if (!(value instanceof Tensor) || shape === undefined || value.type !== shape.type || value.dims.length !== shape.dims.length) return false;
  for (let i = 0; i < shape.dims.length; i++) if (value.dims[i] !== shape.dims[i]) return false;
  return true;
}

function signatureOf(value: Value | undefined): string {
  return value instanceof Tensor ? `${value.type}${value.dims.join(',')}` : (value?.kind ?? '');
}

function readsOf(node: Node): Edge[] {
  return [...node.inputs.filter((e) => e !== undefined), ...capturedEdges(node)];
}
