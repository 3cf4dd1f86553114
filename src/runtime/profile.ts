/** Chrome-trace profiling in onnxruntime's schema: load the result in chrome://tracing or Perfetto. */
import { byteLength, Tensor, type Value } from '../tensor/index.ts';
import type { Step } from './program.ts';

/** One complete event ("ph": "X"). Times are microseconds since profiling began; `args` are strings, as in onnxruntime. */
export interface TraceEvent {
  readonly cat: 'Session' | 'Node';
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly ph: 'X';
  readonly name: string;
  readonly args: Readonly<Record<string, string | readonly Readonly<Record<string, readonly number[]>>[]>>;
}

export class Profiler {
  private readonly events: TraceEvent[] = [];
  private readonly origin = performance.now();
  private began = 0;

  begin(): void {
    this.began = performance.now();
  }

  /** A node ran since `begin`. Its inputs may already share memory with others; only their shapes are read. */
  node(step: Step, frame: readonly (Value | undefined)[]): void {
    const dur = performance.now() - this.began;
    const inputs = step.inputs.map((at) => (at < 0 ? undefined : frame[at]));
    const outputs = step.outputs.map((at) => (at < 0 ? undefined : frame[at]));
    const parameters = inputs.filter((_, i) => step.node.inputs[i]?.constant !== undefined);
    const activations = inputs.filter((_, i) => step.node.inputs[i]?.constant === undefined);
    this.push('Node', `${step.node.name || step.node.ref.name}_kernel_time`, this.began, dur, {
      op_name: step.node.opType, provider: `${step.provider}ExecutionProvider`, node_index: String(step.index),
      input_type_shape: shapes(inputs), output_type_shape: shapes(outputs),
      activation_size: bytes(activations), parameter_size: bytes(parameters), output_size: bytes(outputs),
      thread_scheduling_stats: '',
    });
  }

  /** A span of the session's own work: `model_run`, `session_initialization`. */
  session(name: string, from: number, to = performance.now()): void {
    this.push('Session', name, from, to - from, {});
  }

  private push(cat: TraceEvent['cat'], name: string, from: number, ms: number, args: TraceEvent['args']): void {
    this.events.push({
      cat, pid: 1, tid: 1, ts: Math.round((from - this.origin) * 1000), dur: Math.round(ms * 1000), ph: 'X', name, args,
    });
  }

  /** All events so far, in the order they ended. */
  end(): TraceEvent[] {
    return this.events.splice(0);
  }
}

function shapes(values: readonly (Value | undefined)[]): Record<string, readonly number[]>[] {
  return values.filter((v): v is Tensor => v instanceof Tensor).map((t) => ({ [t.type === 'float32' ? 'float' : t.type]: t.dims }));
}

function bytes(values: readonly (Value | undefined)[]): string {
  let sum = 0;
  for (const v of values) if (v instanceof Tensor) sum += byteLength(v.type, v.size);
  return String(sum);
}
