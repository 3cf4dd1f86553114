/**
 * The memory plan of one shape signature. The first run records what every node asks for; the plan then gives values
 * whose lifetimes do not overlap the same slot of one arena, and later runs hand out the same tensors again.
 */
import { fail } from '../errors.ts';
import { newMemory } from '../host.ts';
import { byteLength, dtypeInfo, sizeOf, storageLength, Tensor, type DType, type TensorData, type Value } from '../tensor/index.ts';
import type { Loan, Loans } from './loans.ts';
import type { Program, Step } from './program.ts';
import type { Arena } from './provider.ts';

/** Values that share memory (a tensor and its views) with their common lifetime. */
interface Block {
  readonly bytes: number;
  readonly from: number;
  to: number;
  pinned: boolean;
  readonly output: number;
  readonly dtype: DType;
  readonly dims: readonly number[];
}

export interface PlanSummary {
  /** Bytes of the arena. */
  readonly arenaBytes: number;
  /** Bytes all planned values would take without sharing slots. */
  readonly plannedBytes: number;
  /** Largest sum of planned values alive at once: the arena cannot be smaller. */
  readonly peakBytes: number;
  readonly values: number;
}

/** Tensors by step and output. `undefined` where the value is not planned (outputs of the graph, data-dependent sizes). */
export class MemoryPlan {
  readonly summary: PlanSummary;
  busy = false;
  private readonly arena: Arena | undefined;
  private readonly epoch: number;
  private readonly tensors: readonly (readonly (Tensor | undefined)[])[];
  private readonly release: () => void;

  constructor(tensors: (Tensor | undefined)[][], summary: PlanSummary, arena: Arena | undefined, release: () => void) {
    this.tensors = tensors;
    this.summary = summary;
    this.arena = arena;
    this.epoch = arena?.epoch ?? 0;
    this.release = release;
  }

  /** False once the arena's memory has moved: the tensors are detached, and the plan must be made anew. */
  get valid(): boolean {
    return this.arena === undefined || this.arena.epoch === this.epoch;
  }

  /** The planned tensor, when the request is the same as in the recorded run. */
  take(step: number, output: number, dtype: DType, dims: readonly number[]): Tensor | undefined {
    const tensor = this.tensors[step]?.[output];
    if (tensor === undefined || tensor.type !== dtype || tensor.dims.length !== dims.length) return undefined;
    for (let i = 0; i < dims.length; i++) if (tensor.dims[i] !== dims[i]) return undefined;
    return tensor;
  }

  dispose(): void {
    this.release();
  }
}

/** Notes the allocations of one run, and turns them into a plan. Holds no tensor: the run frees memory as ever. */
export class Recorder {
  private readonly program: Program;
  private readonly blocks: Block[] = [];
  private readonly blockOf = new WeakMap<ArrayBufferLike, Block>();
  private readonly lastUse: number[];
  private readonly escaping: ReadonlySet<number>;

  constructor(program: Program) {
    this.program = program;
    this.lastUse = new Array<number>(program.frameSize).fill(program.steps.length);
    const escaping = new Set(program.outputs);
    for (const step of program.steps) {
      for (const at of step.lastUses) this.lastUse[at] = step.index;
      if (step.retains) for (const at of [...step.inputs, ...step.captured, ...step.outputs]) escaping.add(at);
    }
    this.escaping = escaping;
  }

  /** A kernel was given new memory. */
  allocated(step: number, output: number, tensor: Tensor): void {
    const { data } = tensor;
    if (Array.isArray(data) || data.byteLength === 0) return;
    const block: Block = { bytes: data.byteLength, from: step, to: step, pinned: false, output, dtype: tensor.type, dims: tensor.dims };
    this.blocks.push(block);
    this.blockOf.set(data.buffer, block);
  }

  /** A step ended: whatever shares a block's memory stretches its lifetime, and whatever leaves the run pins it. */
  finished(step: Step, frame: readonly (Value | undefined)[]): void {
    for (const at of step.outputs) {
      const value = at < 0 ? undefined : frame[at];
      if (!(value instanceof Tensor) || value.location !== 'cpu' || Array.isArray(value.data)) continue;
      const block = this.blockOf.get(value.data.buffer);
      if (block === undefined) continue;
      block.to = Math.max(block.to, this.lastUse[at]);
      if (this.escaping.has(at)) block.pinned = true;
    }
  }

  plan(arena: Arena | undefined): MemoryPlan {
    const blocks = this.blocks.filter((b) => !b.pinned);
    const { offsets, arenaBytes, peakBytes } = assignSlots(blocks);
    const memory = arena?.allocate(arenaBytes) ?? { buffer: new ArrayBuffer(arenaBytes), byteOffset: 0 };
    const tensors: (Tensor | undefined)[][] = this.program.steps.map((s) => s.outputs.map(() => undefined));
    let plannedBytes = 0;
    blocks.forEach(({ bytes, from, output, dtype, dims }, i) => {
      plannedBytes += bytes;
      const data = new (dtypeInfo(dtype).array!)(memory.buffer as ArrayBuffer, memory.byteOffset + offsets[i], storageLength(dtype, sizeOf(dims)));
      tensors[from][output] = new Tensor(dtype, data, dims);
    });
    const summary = { arenaBytes, plannedBytes, peakBytes, values: blocks.length };
    return new MemoryPlan(tensors, summary, arena, () => arena?.free(memory.byteOffset));
  }
}

const ALIGN = 64;

/** Greedy by size: the largest block first, each at the lowest offset free for its whole lifetime. */
function assignSlots(blocks: readonly Block[]): { offsets: number[]; arenaBytes: number; peakBytes: number } {
  const offsets = new Array<number>(blocks.length).fill(0);
  const order = blocks.map((_, i) => i).sort((a, b) => blocks[b].bytes - blocks[a].bytes);
  const placed: number[] = [];
  let arenaBytes = 0;
  for (const i of order) {
    const block = blocks[i];
    const overlapping = placed
      .filter((j) => blocks[j].from <= block.to && block.from <= blocks[j].to)
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const j of overlapping) {
      if (offset + block.bytes <= offsets[j]) break;
      offset = Math.max(offset, Math.ceil((offsets[j] + blocks[j].bytes) / ALIGN) * ALIGN);
    }
    offsets[i] = offset;
    placed.push(i);
    arenaBytes = Math.max(arenaBytes, offset + block.bytes);
  }
  const change = new Map<number, number>();
  for (const b of blocks) {
    change.set(b.from, (change.get(b.from) ?? 0) + b.bytes);
    change.set(b.to + 1, (change.get(b.to + 1) ?? 0) - b.bytes);
  }
  let alive = 0, peakBytes = 0;
  for (const [, delta] of [...change].sort((a, b) => a[0] - b[0])) peakBytes = Math.max(peakBytes, (alive += delta));
  return { offsets, arenaBytes, peakBytes };
}

/** Memory that was given out: its size, and how many places of frames hold it. */
interface Holder {
  readonly bytes: number;
  count: number;
}

/** Counts the bytes a run allocates outside the plan, and refuses to pass the limits. */
export class Budget {
  private used = 0;
  /** By array buffer, or by handle of a device's memory. None on a run that the plan gives all it needs: then there is nothing to look up. */
  private holders: WeakMap<object, Holder> | undefined;
  /** Memory that was looked up last and is not counted: mostly the plan's. */
  private uncounted: object | undefined;
  private readonly tensorBytes: number;
  private readonly runBytes: number;
  private readonly loans: Loans | undefined;

  /** `loans`: where values that do not leave the run may lie. */
  constructor(tensorBytes: number, runBytes: number, loans?: Loans) {
    this.tensorBytes = tensorBytes;
    this.runBytes = runBytes;
    this.loans = loans;
  }

  /** Whether a tensor of this size may be made now. Throws `E_LIMIT`; gives its bytes. */
  admit(dtype: DType, dims: readonly number[]): number {
    const bytes = tensorBytes(dtype, sizeOf(dims));
    if (!(bytes <= this.tensorBytes)) refuse('tensorBytes', this.tensorBytes, bytes, dims);
    if (this.used + bytes > this.runBytes) refuse('runBytes', this.runBytes, this.used + bytes, dims);
    return bytes;
  }

  /**
   * New memory for a tensor: zeros, or undefined content where every element will be written. `isPassing`: only steps of the run read it.
   * Throws `E_LIMIT`.
   */
  allocate(dtype: DType, dims: readonly number[], isWritten = false, isPassing = false): Tensor {
    const size = sizeOf(dims);
    const bytes = this.admit(dtype, dims);
    this.used += bytes;
    const { array } = dtypeInfo(dtype);
    if (isPassing && this.loans !== undefined && array !== undefined && bytes > 0) return new Tensor(dtype, this.loans.lend(array, storageLength(dtype, size), bytes), dims);
    const data: TensorData = array === undefined ? new Array<string>(size).fill('') : isWritten ? new array(newMemory(bytes)) : new array(storageLength(dtype, size));
    if (!Array.isArray(data)) this.keep(data.buffer, bytes);
    return new Tensor(dtype, data, dims);
  }

  /** One more place holds the memory of a value (a tensor and its views share one memory). */
  hold(value: Value | undefined): void {
    const device = value instanceof Tensor ? value.deviceBuffer : undefined;
    if (device !== undefined && this.holders?.has(device) !== true) {
      this.keep(device, device.byteLength);
      this.used += device.byteLength;
    }
    const holder = this.holderOf(value);
    if (holder !== undefined) holder.count++;
  }

  /** A place let go of a value: memory that no place holds any more does not count. */
  letGo(value: Value | undefined): void {
    const holder = this.holderOf(value);
    if (holder === undefined || --holder.count > 0) return;
    this.used -= holder.bytes;
    if ('address' in holder) this.loans!.giveBack(holder);
  }

  private keep(memory: object, bytes: number): void {
    (this.holders ??= new WeakMap()).set(memory, { bytes, count: 0 });
  }

  private holderOf(value: Value | undefined): Holder | Loan | undefined {
    if ((this.holders === undefined && this.loans === undefined) || !(value instanceof Tensor)) return undefined;
    if (value.deviceBuffer !== undefined) return this.holders?.get(value.deviceBuffer);
    if (value.location !== 'cpu' || Array.isArray(value.data)) return undefined;
    const loan = this.loans?.of(value.data);
    if (loan !== undefined) return loan;
    const memory = value.data.buffer;
    if (memory === this.uncounted) return undefined;
    const holder = this.holders?.get(memory);
    if (holder === undefined) this.uncounted = memory;
    return holder;
  }

  /** What is counted now: see `settle`. */
  get mark(): number {
    return this.used;
  }

  /** After a subgraph: of all it allocated since `mark`, only what it gave back still counts. */
  settle(mark: number, outputs: readonly (Value | undefined)[]): void {
    this.used = mark;
    for (const value of outputs) this.used += bytesOf(value);
  }

  /** Values that nothing holds any more. */
  free(values: readonly (Value | undefined)[]): void {
    for (const value of values) this.used -= bytesOf(value);
  }
}

/** Bytes a value holds, strings counted as pointers. */
function bytesOf(value: Value | undefined): number {
  if (value === undefined) return 0;
  if (value instanceof Tensor) return tensorBytes(value.type, value.size);
  switch (value.kind) {
    case 'sequence': return value.items.reduce((sum, item) => sum + bytesOf(item), 0);
    case 'optional': return bytesOf(value.value);
    case 'map': return [...value.entries.values()].reduce((sum, item) => sum + bytesOf(item), 0);
  }
}

function tensorBytes(dtype: DType, size: number): number {
  return dtype === 'string' ? size * 16 : byteLength(dtype, size);
}

function refuse(name: string, limit: number, found: number, dims: readonly number[]): never {
  fail('E_LIMIT', 'a run would need too much memory', {
    arg: { kind: 'limit', name }, expected: `at most ${limit} bytes`, found: `${found} bytes for dims [${dims.join(', ')}]`,
  });
}
