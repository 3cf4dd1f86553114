/** Sequences are immutable lists of tensors: every operator gives a new list that shares the tensors. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { dtypeAttribute } from '../../../src/ops/shape/forms.ts';
import { isTensor, toInts, type DType, type Sequence, type Tensor, type Value } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitRaw } from '../support/index.ts';

export function sequenceOf(dtype: DType, items: readonly Value[]): Sequence {
  return { kind: 'sequence', elem: { kind: 'tensor', dtype }, items };
}

/** A position in [-count, count), or up to and including `count` for an insertion. Throws `E_VALUE` outside. */
function positionIn(position: Tensor, count: number, last: number): number {
  const [at] = toInts(position);
  if (position.size !== 1 || at < -count || at > last) {
    fail('E_VALUE', 'the position is outside the sequence', { expected: `[${-count}, ${last}]`, found: position.size === 1 ? String(at) : `${position.size} numbers` });
  }
  return at < 0 ? at + count : at;
}

export const sequenceConstruct = implement(contracts.sequenceConstruct, () => (inputs: Tensor[]) => [sequenceOf(inputs[0].type, inputs)]);

export const sequenceEmpty = implement(contracts.sequenceEmpty, ({ attrs }) => {
  const empty = sequenceOf(attrs.has('dtype') ? dtypeAttribute(attrs.int('dtype'), 'dtype') : 'float32', []);
  return () => [empty];
});

export const sequenceAt = implement(contracts.sequenceAt, () => ([sequence, position]: [Sequence, Tensor], ctx) => {
  const item = sequence.items[positionIn(position, sequence.items.length, sequence.items.length - 1)];
  return [isTensor(item) ? ctx.view(0, item, item.dims) : item];
});

export const sequenceInsert = implement(contracts.sequenceInsert, () => ([sequence, tensor, position]: [Sequence, Tensor, Tensor?]) => {
  const { items } = sequence;
  const at = position === undefined ? items.length : positionIn(position, items.length, items.length);
  if (sequence.elem.kind === 'tensor' && sequence.elem.dtype !== tensor.type) {
    fail('E_TYPE', 'the tensor has another type than the sequence', { expected: sequence.elem.dtype, found: tensor.type });
  }
  return [{ ...sequence, items: [...items.slice(0, at), tensor, ...items.slice(at)] }];
});

export const sequenceErase = implement(contracts.sequenceErase, () => ([sequence, position]: [Sequence, Tensor?]) => {
  const { items } = sequence;
  if (items.length === 0) fail('E_VALUE', 'there is nothing to erase: the sequence is empty');
  const at = position === undefined ? items.length - 1 : positionIn(position, items.length, items.length - 1);
  return [{ ...sequence, items: [...items.slice(0, at), ...items.slice(at + 1)] }];
});

export const sequenceLength = implement(contracts.sequenceLength, () => ([sequence]: [Sequence], ctx) =>
  [emitRaw(ctx, 0, 'int64', [BigInt(sequence.items.length)], [])]);
