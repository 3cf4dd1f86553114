/** The programs of a session: one for each set of tensors fetched, run with a memory plan for each shape signature. */
import type { Edge, Graph, Node } from '../graph/index.ts';
import type { Limits } from '../model/limits.ts';
import { Tensor, type Value } from '../tensor/index.ts';
import { run, runYielding, type RunState } from './execute.ts';
import { Loans } from './loans.ts';
import { Budget, Recorder, type MemoryPlan } from './memory.ts';
import type { Placement } from './placement.ts';
import type { Profiler } from './profile.ts';
import { compile, type KernelCache, type Program } from './program.ts';
import type { Arena, ExecutionProvider, Outputs } from './provider.ts';

/** A program for one set of fetched names, with a memory plan for each shape signature it has seen. */
export interface Compiled {
  readonly program: Program;
  readonly plans: Map<string, MemoryPlan>;
  /** The signature of the last run, and what it was made of: most runs have the same, and need not write it down again. */
  recent?: { readonly signature: string; readonly into: string; readonly shapes: readonly (Shaped | undefined)[] };
}

type Shaped = Pick<Tensor, 'type' | 'dims'>;

/** How a program is run. */
export interface Execution {
  readonly signal: AbortSignal | undefined;
  /** Gives way to the event loop now and then. */
  readonly yielding: boolean;
  /** Memory of the caller for the program's outputs, in their order. */
  readonly into?: readonly (Tensor | undefined)[] | undefined;
}

const MAX_PLANS = 16;

export class Programs {
  profiler: Profiler | undefined;
  private readonly original: Graph;
  private readonly placements: Map<Node, Placement>;
  private readonly providers: readonly ExecutionProvider[];
  private readonly limits: Limits;
  private readonly seed: { value: number };
  private readonly kernels: KernelCache = new Map();
  private readonly compiled = new Map<string, Compiled>();

  constructor(original: Graph, placements: Map<Node, Placement>, providers: readonly ExecutionProvider[], limits: Limits, seed: number) {
    this.original = original;
    this.placements = placements;
    this.providers = providers;
    this.limits = limits;
    this.seed = { value: seed };
  }

  /** The program that computes `edges` of a graph from `given` ones. */
  of(graph: Graph, edges: readonly Edge[], given: readonly Edge[] = graph.inputs): Compiled {
    const key = `${graph === this.original ? 'original:' : ''}${edges.map((e) => e.name).join('\0')}`;
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      compiled = { program: compile(graph, edges, this.placements, this.kernels, given), plans: new Map() };
      this.compiled.set(key, compiled);
    }
    return compiled;
  }

  execute(compiled: Compiled, inputs: readonly (Value | undefined)[], { signal, yielding, into: given = [] }: Execution): Outputs | Promise<Outputs> {
    const { program } = compiled;
    const preallocated = new Map<number, Tensor>();
    given.forEach((own, i) => {
      if (own !== undefined) preallocated.set(program.outputs[i], own);
    });
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
      budget: new Budget(this.limits.tensorBytes, this.limits.runBytes, loans), signal, profiler: this.profiler,
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

  /** Frees the memory of all plans. */
  dispose(): void {
    for (const { plans } of this.compiled.values()) for (const plan of plans.values()) plan.dispose();
  }

  // Where every step's values are tensors of the host that nothing holds on.
  private loansFor(program: Program): Loans | undefined {
    const { arena } = this;
    return arena?.isStable === true && program.devices.length === 0 && !program.steps.some((s) => s.retains) ? new Loans(arena) : undefined;
  }

  private get arena(): Arena | undefined {
    return this.providers.find((p) => p.arena !== undefined)?.arena;
  }
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
