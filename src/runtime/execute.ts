/** Runs a program: step by step over a frame, synchronously where every kernel is synchronous. */
import { fail, OnnxError } from '../errors.ts';
import type { Graph } from '../graph/index.ts';
import { Tensor, type DType, type Value } from '../tensor/index.ts';
import type { MemoryPlan, Budget, Recorder } from './memory.ts';
import { checkFits, copyElements } from './preallocated.ts';
import { locate, type Program, type Step } from './program.ts';
import type { Profiler } from './profile.ts';
import type { Inputs, KernelContext, Outputs } from './provider.ts';
import { mulberry32 } from './random.ts';
import { bringToHost, Residence } from './residence.ts';

export interface RunState {
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
  readonly profiler: Profiler | undefined;
  /** Seeds random operators without a seed of their own; they advance it. */
  readonly seed: { value: number };
  /** The caller's own tensors for some outputs of the main program. */
  readonly preallocated: ReadonlyMap<number, Tensor>;
  readonly plan: MemoryPlan | undefined;
  readonly recorder: Recorder | undefined;
  /** When the event loop is given way to next, subgraphs included; absent in synchronous runs. */
  readonly slice?: { end: number };
}

type Frame = (Value | undefined)[];

/** The context of one program run; `step` moves along. */
class Context implements KernelContext {
  step!: Step;
  private readonly program: Program;
  private readonly frame: Frame;
  private readonly state: RunState;

  constructor(program: Program, frame: Frame, state: RunState) {
    this.program = program;
    this.frame = frame;
    this.state = state;
  }

  output(index: number, dtype: DType, dims: readonly number[]): Tensor {
    const { state, step } = this;
    const planned = state.plan?.take(step.index, index, dtype, dims);
    if (planned !== undefined) return planned;
    const own = this.preallocated(index, dtype, dims);
    if (own !== undefined) return own;
    const tensor = state.budget.allocate(dtype, dims, true, step.passing[index]);
    state.recorder?.allocated(step.index, index, tensor);
    return tensor;
  }

  admit(dtype: DType, dims: readonly number[]): void {
    this.state.budget.admit(dtype, dims);
  }

  scratch(dtype: DType, dims: readonly number[]): Tensor {
    return this.state.budget.allocate(dtype, dims);
  }

  view(index: number, input: Tensor, dims: readonly number[]): Tensor {
    const own = this.preallocated(index, input.type, dims);
    if (own === undefined) return new Tensor(input.type, input.data, dims);
    copyElements(input, own);
    return own;
  }

  private preallocated(index: number, dtype: DType, dims: readonly number[]): Tensor | undefined {
    if (this.state.preallocated.size === 0) return undefined;
    const tensor = this.state.preallocated.get(this.step.outputs[index]);
    if (tensor === undefined) return undefined;
    const edge = this.step.node.outputs[index]!;
    checkFits(edge.name, edge, tensor, dtype, dims);
    return tensor;
  }

  wants(index: number): boolean {
    const at = this.step.outputs[index];
    return at !== undefined && at >= 0;
  }

  runSubgraph(graph: Graph, inputs: Inputs): Outputs | Promise<Outputs> {
    const sub = this.program.subprograms.get(graph)!;
    const frame: Frame = new Array<Value | undefined>(sub.frameSize).fill(undefined);
    for (const [outer, inner] of sub.captures) frame[inner] = this.frame[outer];
    const { budget } = this.state;
    const mark = budget.mark;
    const settle = (outputs: Outputs): Outputs => {
      budget.settle(mark, outputs);
      return outputs;
    };
    const arrive = async (outputs: Outputs): Promise<Outputs> => {
      if (sub.devices.length > 0) await bringToHost(outputs);
      return settle(outputs);
    };
    const outputs = run(sub, inputs, frame, { ...this.state, plan: undefined, recorder: undefined, preallocated: NOTHING });
    return outputs instanceof Promise ? outputs.then(arrive) : settle(outputs);
  }

  release(values: Outputs): void {
    this.state.budget.free(values);
  }

  checkAbort(): void {
    if (this.state.signal?.aborted) throw aborted(this.state.signal);
  }

  random(seed?: number): () => number {
    return mulberry32(seed ?? this.state.seed.value++);
  }
}

const NOTHING: ReadonlyMap<number, Tensor> = new Map();

/** Runs a program with values for its inputs. The result is a promise only when some kernel is asynchronous. */
export function run(
  program: Program, inputs: Inputs, frame: Frame, state: RunState,
): Outputs | Promise<Outputs> {
  start(program, inputs, frame);
  const context = new Context(program, frame, state);
  if (program.async || state.slice !== undefined) return runAsync(program, frame, state, context);
  for (const step of program.steps) {
    context.checkAbort();
    const outputs = runStep(step, gather(step, frame), state, context);
    if (outputs instanceof Promise) fail('E_EP', `provider ${step.provider} returned a promise but is not asynchronous`, { node: step.node.ref });
    finishStep(step, outputs, frame, state);
  }
  return program.outputs.map((at) => frame[at]);
}

/** The same, but gives way to the event loop about every 50 ms, so that timers and abort signals are heard. */
export async function runYielding(program: Program, inputs: Inputs, frame: Frame, state: RunState): Promise<Outputs> {
  start(program, inputs, frame);
  const yielding = { ...state, slice: { end: performance.now() + SLICE_MS } };
  return runAsync(program, frame, yielding, new Context(program, frame, yielding));
}

const SLICE_MS = 50;

async function runAsync(program: Program, frame: Frame, state: RunState, context: Context): Promise<Outputs> {
  const slice = state.slice ?? { end: performance.now() + SLICE_MS };
  const residence = new Residence();
  try {
    for (const step of program.steps) {
      if (performance.now() > slice.end) {
        await new Promise((resolve) => setTimeout(resolve));
        slice.end = performance.now() + SLICE_MS;
      }
      context.checkAbort();
      const inputs = gather(step, frame);
      if (step.reads !== undefined) await located(step, () => residence.settle(step, inputs));
      let outputs = runStep(step, inputs, state, context);
      if (outputs instanceof Promise) outputs = await located(step, () => outputs);
      if (state.profiler !== undefined && step.device !== undefined) await located(step, () => step.device!.finish());
      if (step.reads !== undefined) {
        residence.own(outputs);
        for (const at of step.lastUses) residence.forget(frame[at]);
      }
      finishStep(step, outputs, frame, state);
    }
    return program.outputs.map((at) => frame[at]);
  } finally {
    if (program.devices.length > 0) residence.end(program, frame);
  }
}

/** Errors of what a step waits for name its node. */
async function located<T>(step: Step, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw locate(error, step.node);
  }
}

function start(program: Program, inputs: Inputs, frame: Frame): void {
  for (const [at, value] of program.constants) frame[at] = value;
  program.inputs.forEach((at, i) => {
    if (inputs[i] !== undefined) frame[at] = inputs[i];
  });
}

function gather(step: Step, frame: Frame): (Value | undefined)[] {
  const inputs = new Array<Value | undefined>(step.inputs.length);
  for (let i = 0; i < inputs.length; i++) {
    const at = step.inputs[i];
    inputs[i] = at < 0 ? undefined : frame[at];
  }
  return inputs;
}

function runStep(step: Step, inputs: Inputs, state: RunState, context: Context): Outputs | Promise<Outputs> {
  context.step = step;
  state.profiler?.begin();
  try {
    return step.kernel(inputs, context);
  } catch (error) {
    throw locate(error, step.node);
  }
}

function finishStep(step: Step, outputs: Outputs, frame: Frame, state: RunState): void {
  for (let i = 0; i < step.outputs.length; i++) {
    const at = step.outputs[i];
    if (at < 0) continue;
    if (outputs[i] === undefined) {
      fail('E_VALUE', 'the kernel did not give an output', { node: step.node.ref, arg: { kind: 'output', name: step.node.outputs[i]!.name, index: i } });
    }
    frame[at] = outputs[i];
    state.budget.hold(outputs[i]);
  }
  state.profiler?.node(step, frame);
  state.recorder?.finished(step, frame);
  for (const at of step.frees) {
    const value = frame[at];
    state.budget.letGo(value);
    if (value instanceof Tensor && value.deviceBuffer !== undefined) value.dispose();
  }
  for (const at of step.lastUses) frame[at] = undefined;
}

export function aborted(signal: AbortSignal, what = 'the run'): OnnxError {
  const reason: unknown = signal.reason;
  return new OnnxError('E_ABORTED', `${what} was cancelled${reason instanceof Error ? `: ${reason.message}` : ''}`, { cause: reason });
}
