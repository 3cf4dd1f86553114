/** load -> optimize -> place -> prepare -> run. */
import { checkOptions } from './check-options.ts';
import { fail } from './errors.ts';
import { checkFeeds, metadata, required } from './feeds.ts';
import { cloneGraph, type Edge, type Graph, type Node } from './graph/index.ts';
import { isNode } from './host.ts';
import { buildModel, decodeModel, DEFAULT_LIMITS, lacksContracts, type Limits, type Model } from './model/index.ts';
import { hasAllContracts, inferGraph } from './ops/index.ts';
import type { CheckOptions, Feeds, Fetches, OutputLocation, Results, RunOptions, SessionOptions, ValueMetadata } from './options.ts';
import type { Trail } from './passes/index.ts';
import { aborted } from './runtime/execute.ts';
import { explain, type Explanation } from './runtime/explain.ts';
import { loadKernels, placeGraph, type Placement } from './runtime/placement.ts';
import { checkApart, checkPreallocated, mayHold, writeInto } from './runtime/preallocated.ts';
import { Profiler, type TraceEvent } from './runtime/profile.ts';
import { Programs, type Compiled } from './runtime/programs.ts';
import type { ExecutionProvider, Outputs } from './runtime/provider.ts';
import { availableProviders, startProviders, type UnavailableProvider } from './runtime/registry.ts';
import { bringToHost } from './runtime/residence.ts';
import { Targets, type FetchTarget } from './runtime/targets.ts';
import { readModel, type ModelSource } from './source.ts';
import { Tensor, type Value } from './tensor/index.ts';

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
  private readonly programs: Programs;
  private readonly targets: Targets;
  private readonly outputLocation: (name: string) => OutputLocation;
  private readonly main: Compiled;
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
    const location = options.preferredOutputLocation ?? 'cpu';
    this.outputLocation = (name) => (typeof location === 'string' ? location : Object.hasOwn(location, name) ? location[name] : 'cpu');
    const { check } = options;
    this.check = check === undefined ? undefined : { ...(typeof check === 'number' ? { nodes: check } : check), turn: 0 };
    this.placements = placeGraph(model.graph, this.providers);
    this.programs = new Programs(original, this.placements, this.providers, limits, options.seed ?? 0);
    this.targets = new Targets(model.graph, original, this.placements, this.providers);
    if (options.enableProfiling) this.startProfiling();
    this.main = this.programs.of(model.graph, model.graph.outputs);
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
    session.programs.profiler?.session('session_initialization', began);
    if (options.optimizedModelFilePath !== undefined && isNode) {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(options.optimizedModelFilePath, await session.save());
    }
    return session;
  }

  get inputNames(): readonly string[] {
    return required(this.model.graph.inputs).map((e) => e.name);
  }

  get outputNames(): readonly string[] {
    return this.model.graph.outputs.map((e) => e.name);
  }

  get inputMetadata(): readonly ValueMetadata[] {
    return required(this.model.graph.inputs).map(metadata);
  }

  get outputMetadata(): readonly ValueMetadata[] {
    return this.model.graph.outputs.map(metadata);
  }

  /**
   * Runs the model. `fetches` may name any tensor of the original model, at every optimization level, and may give a tensor by name: the
   * result is written into its memory, on every provider, and it is what the results hold. Its type and dims must be the result's, and
   * its memory no other output's (`E_INPUT`); a feed may lie there, and a cache that is fed as its own result is extended in place. Gives
   * way to the event loop about every 50 ms. Rejects with an `OnnxError`; the session stays usable.
   */
  async run(feeds: Feeds, options?: RunOptions): Promise<Results>;
  async run(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Results>;
  async run(feeds: Feeds, a: Fetches | RunOptions = {}, b: RunOptions = {}): Promise<Results> {
    return this.check === undefined ? this.runUnchecked(feeds, a, b) : this.runChecked(this.check, feeds, a, b);
  }

  private async runUnchecked(feeds: Feeds, a: Fetches | RunOptions, b: RunOptions): Promise<Results> {
    const call = this.prepareCall(feeds, a, b);
    const values = await this.execute(call, true);
    const results = await this.results(call, values, true);
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
    const values = this.execute(call, false) as Outputs;
    const results = this.results(call, values, false) as Results;
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
    this.programs.profiler ??= new Profiler();
  }

  /** The trace since `startProfiling`, as chrome-trace events in onnxruntime's schema. */
  endProfiling(): TraceEvent[] {
    const events = this.programs.profiler?.end() ?? [];
    this.programs.profiler = undefined;
    return events;
  }

  /** Frees what providers hold. Later runs reject with `E_ABORTED`; releasing twice is harmless. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    this.programs.dispose();
    for (const provider of this.providers) provider.dispose();
  }

  private prepareCall(feeds: Feeds, a: Fetches | RunOptions, b: RunOptions): Call {
    if (this.released) fail('E_ABORTED', 'the session was released');
    if (typeof feeds !== 'object' || feeds === null) fail('E_INPUT', 'feeds must be an object of tensors by name');
    const { fetches, options } = this.splitArguments(a, b);
    if (options.signal?.aborted) throw aborted(options.signal);
    if (options.terminate) fail('E_ABORTED', 'the run was asked to terminate');
    const inputs = checkFeeds(this.model.graph.inputs, feeds);
    const names = fetches === undefined ? this.outputNames : Array.isArray(fetches) ? (fetches as string[]) : Object.keys(fetches);
    const targets = names.map((name) => this.targets.find(name));
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
    const compiled = fetches === undefined ? this.main : this.programs.of(this.model.graph, edges);
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

  private execute({ compiled, inputs, edges, into, signal }: Call, yielding: boolean): Outputs | Promise<Outputs> {
    return this.programs.execute(compiled, inputs, { signal, yielding, into: into.size === 0 ? undefined : edges.map((e) => into.get(e)) });
  }

  // What was asked for by name, from what the program gave; tensors of removed nodes are computed now.
  private results(call: Call, values: Outputs, yielding: boolean): Results | Promise<Results> {
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
      const compiled = this.programs.of(this.original, [edge], origin.boundary);
      const outputs = this.programs.execute(compiled, live.map(valueOf), { signal: call.signal, yielding });
      if (outputs instanceof Promise) pending.push(outputs.then(([v]) => void (results[name] = v!)));
      else results[name] = outputs[0]!;
    });
    return pending.length === 0 ? results : Promise.all(pending).then(() => results);
  }
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

/** Throws `E_ABORTED` when the caller no longer wants the session. */
function goOn({ signal }: SessionOptions): void {
  if (signal?.aborted) throw aborted(signal, 'loading');
}
