/** What the looping operators share: taking turns that may have to be waited for, and stacking what each turn gives. */
import { fail } from '../../../src/errors.ts';
import type { KernelContext, Outputs } from '../../../src/runtime/provider.ts';
import { isTensor, sizeOf, type DType, type Tensor, type Value, type ValueType } from '../../../src/tensor/index.ts';
import { blockMover } from '../support/index.ts';

/** No loop of a model takes more turns than this: exporters write 2^63 - 1 for "until the condition fails". */
const MAX_TURNS = 10_000_000;

/**
 * Calls `turn(0)`, `turn(1)`, ... until one says false, then `finish`. Everything happens at once unless a turn gives a
 * promise, as it does where an asynchronous provider runs part of the body.
 */
export function takeTurns(
  ctx: KernelContext, turn: (i: number) => boolean | Promise<boolean>, finish: () => Outputs,
): Outputs | Promise<Outputs> {
  for (let i = 0; ; i++) {
    checkTurn(ctx, i);
    const more = turn(i);
    if (more instanceof Promise) return takeTurnsAsync(ctx, more, i, turn, finish);
    if (!more) return finish();
  }
}

async function takeTurnsAsync(
  ctx: KernelContext, pending: Promise<boolean>, i: number, turn: (i: number) => boolean | Promise<boolean>, finish: () => Outputs,
): Promise<Outputs> {
  for (let more = await pending; more; more = await turn(i)) checkTurn(ctx, ++i);
  return finish();
}

function checkTurn(ctx: KernelContext, i: number): void {
  ctx.checkAbort();
  if (i > MAX_TURNS) fail('E_LIMIT', 'the loop takes too many turns', { arg: { kind: 'limit', name: 'turns' }, expected: `at most ${MAX_TURNS}` });
}

/** `then` for what may be a promise. */
export function after<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A condition: one bool. */
export function truthOf(value: Value | undefined): boolean {
  const { data, size } = asTensor(value, 'a condition');
  if (size !== 1) fail('E_SHAPE', 'a condition is one bool', { expected: '1 element', found: String(size) });
  return data[0] !== 0;
}

/** A value that must be a tensor. */
export function asTensor(value: Value | undefined, what: string): Tensor {
  return isTensor(value) ? value : fail('E_TYPE', `${what} must be a tensor`);
}

/** Tensors of one type and shape, one a turn, collected as [turns, ...dims] in memory that doubles as it fills. */
export class Stack {
  private readonly ctx: KernelContext;
  private readonly declared: ValueType | undefined;
  private memory: Tensor | undefined;
  private dims: readonly number[] | undefined;
  count = 0;

  /** `declared` is the type of the body's output: what there is to know when no turn is taken. */
  constructor(ctx: KernelContext, declared: ValueType | undefined) {
    this.ctx = ctx;
    this.declared = declared;
  }

  push(value: Value | undefined): void {
    const tensor = asTensor(value, 'a scan output');
    this.dims ??= tensor.dims;
    if (tensor.dims.length !== this.dims.length || tensor.dims.some((d, i) => d !== this.dims![i])) {
      fail('E_SHAPE', 'a scan output changes its shape between turns', { expected: `[${this.dims.join(', ')}]`, found: `[${tensor.dims.join(', ')}]` });
    }
    const filled = this.count * tensor.size;
    if (this.memory === undefined || filled + tensor.size > this.memory.size) this.grow(tensor, filled);
    blockMover(this.memory!, tensor)(filled, 0, tensor.size);
    this.count++;
  }

  private grow(tensor: Tensor, filled: number): void {
    const memory = this.ctx.scratch(tensor.type, [Math.max(tensor.size, 2 * filled)]);
    if (this.memory !== undefined) {
      blockMover(memory, this.memory)(0, 0, filled);
      this.ctx.release([this.memory]);
    }
    this.memory = memory;
  }

  /** Element type and shape of one entry; unknown dimensions count as 0 when there is no entry. */
  get entry(): { readonly type: DType; readonly dims: readonly number[] } {
    if (this.memory !== undefined) return { type: this.memory.type, dims: this.dims! };
    if (this.declared?.kind !== 'tensor') return fail('E_TYPE', 'the type of a scan output is not known without a turn');
    return { type: this.declared.dtype, dims: (this.declared.shape ?? []).map((d) => (typeof d === 'number' ? d : 0)) };
  }

  /** The entries so far, [capacity, ...dims]. */
  get contents(): Tensor {
    return this.memory ?? fail('E_VALUE', 'nothing was collected');
  }

  /** Output `index` as [count, ...dims]. */
  finish(index: number): Tensor {
    const { type, dims } = this.entry;
    const y = this.ctx.output(index, type, [this.count, ...dims]);
    this.copyTo(y);
    return y;
  }

  /** Copies all entries to `y`, from its element `at` on. */
  copyTo(y: Tensor, at = 0): void {
    if (this.memory !== undefined) blockMover(y, this.memory)(at, 0, this.count * sizeOf(this.dims!));
  }
}
