import type { DType, ValueType } from '../../tensor/index.ts';
import { defineOp, type InferContext } from '../define.ts';
import { dtypeAttribute } from '../shape/forms.ts';

// Tensors of a sequence may differ in shape: only their element type is part of the sequence's type.
const sequenceOf = (dtype: DType | undefined): ValueType | undefined =>
  dtype === undefined ? undefined : { kind: 'sequence', elem: { kind: 'tensor', dtype } };

const elementOf = (c: InferContext, i: number): ValueType | undefined => {
  const type = c.input(i);
  return type?.kind === 'sequence' || type?.kind === 'optional' ? type.elem : undefined;
};

export const sequenceConstruct = defineOp('SequenceConstruct', {
  doc: 'A sequence of the inputs.',
  versions: {
    11: {
      inputs: 'inputs*:T',
      outputs: 'output_sequence:S',
      types: { T: 'ints uints floats complex bool string', S: 'seq(ints uints floats complex bool string)' },
    },
  },
  infer: (c) => [{ type: sequenceOf(c.dtype(0)) }],
});

export const sequenceEmpty = defineOp('SequenceEmpty', {
  doc: 'A sequence without tensors, of an element type (float by default).',
  versions: {
    11: { inputs: '', outputs: 'output:S', types: { S: 'seq(ints uints floats complex bool string)' }, attributes: { dtype: 'int' } },
  },
  infer: (c) => [{ type: sequenceOf(c.attrs.has('dtype') ? dtypeAttribute(c.attrs.int('dtype'), 'dtype') : 'float32') }],
});

export const sequenceAt = defineOp('SequenceAt', {
  doc: 'The tensor at a position; negative positions count from the back.',
  versions: {
    11: {
      inputs: 'input_sequence:S position:I',
      outputs: 'tensor:T',
      types: { S: 'seq(ints uints floats complex bool string)', T: 'ints uints floats complex bool string', I: 'int32 int64' },
    },
  },
  infer: (c) => [{ type: elementOf(c, 0) }],
});

export const sequenceInsert = defineOp('SequenceInsert', {
  doc: 'The sequence with a tensor inserted before a position, or at the end.',
  versions: {
    11: {
      inputs: 'input_sequence:S tensor:T position?:I',
      outputs: 'output_sequence:S',
      types: { T: 'ints uints floats complex bool string', S: 'seq(ints uints floats complex bool string)', I: 'int32 int64' },
    },
  },
  infer: (c) => [{ type: c.input(0) }],
});

export const sequenceErase = defineOp('SequenceErase', {
  doc: 'The sequence without the tensor at a position, or without the last.',
  versions: {
    11: {
      inputs: 'input_sequence:S position?:I',
      outputs: 'output_sequence:S',
      types: { S: 'seq(ints uints floats complex bool string)', I: 'int32 int64' },
    },
  },
  infer: (c) => [{ type: c.input(0) }],
});

export const sequenceLength = defineOp('SequenceLength', {
  doc: 'The number of tensors in a sequence.',
  versions: {
    11: { inputs: 'input_sequence:S', outputs: 'length:I', types: { S: 'seq(ints uints floats complex bool string)', I: 'int64' } },
  },
  infer: () => [{ shape: [] }],
});

export const sequenceMap = defineOp('SequenceMap', {
  doc: 'The body applied to each element of a sequence (or of several in step), its outputs collected in sequences.',
  versions: {
    17: {
      inputs: 'input_sequence:S additional_inputs**:V',
      outputs: 'out_sequence**:S',
      types: { S: 'seq(ints uints floats complex bool string)', V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)' },
      attributes: { body: 'graph!' },
    },
  },
  infer: (c) => {
    const inputs = Array.from({ length: c.inputCount }, (_, i) => (c.input(i)?.kind === 'sequence' ? elementOf(c, i) : c.input(i)));
    return c.subgraph('body', inputs).map((type) => (type?.kind === 'tensor' ? { type: sequenceOf(type.dtype) } : undefined));
  },
});

export const splitToSequence = defineOp('SplitToSequence', {
  doc: 'The parts of a tensor along an axis as a sequence: of given lengths, or one slice each.',
  versions: {
    11: {
      inputs: 'input:T split?:I',
      outputs: 'output_sequence:S',
      types: { T: 'ints uints floats complex bool string', I: 'int32 int64', S: 'seq(ints uints floats complex bool string)' },
      attributes: { axis: 'int=0', keepdims: 'int=1' },
    },
    24: { types: { T: 'ints uints floats complex bfloat16 bool string', S: 'seq(ints uints floats complex bfloat16 bool string)' } },
  },
  infer: (c) => [{ type: sequenceOf(c.dtype(0)) }],
});

export const concatFromSequence = defineOp('ConcatFromSequence', {
  doc: 'The tensors of a sequence one after another along an axis, or stacked along a new one.',
  versions: {
    11: {
      inputs: 'input_sequence:S',
      outputs: 'concat_result:T',
      types: { S: 'seq(ints uints floats complex bool string)', T: 'ints uints floats complex bool string' },
      attributes: { axis: 'int!', new_axis: 'int=0' },
    },
  },
  infer: (c) => {
    const elem = elementOf(c, 0);
    return [{ dtype: elem?.kind === 'tensor' ? elem.dtype : undefined }];
  },
});

export const optional = defineOp('Optional', {
  doc: 'An optional that holds the input, or an empty one of a given type.',
  versions: {
    15: {
      inputs: 'input?:V',
      outputs: 'output:O',
      types: { V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)', O: 'optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
      attributes: { type: 'type_proto' },
    },
    28: { types: { V: 'all seq(all)', O: 'optional(all seq(all))' } },
  },
  infer: (c) => {
    const elem = c.input(0) ?? (c.attrs.has('type') ? c.attrs.type('type') : undefined);
    return [{ type: elem === undefined ? undefined : { kind: 'optional', elem } }];
  },
});

export const optionalHasElement = defineOp('OptionalHasElement', {
  doc: 'Whether an optional holds a value; a plain tensor or sequence always does.',
  versions: {
    15: {
      inputs: 'input:O',
      outputs: 'output:B',
      types: { O: 'optional(ints uints floats complex bool string seq(ints uints floats complex bool string))', B: 'bool' },
    },
    18: {
      inputs: 'input?:O',
      types: { O: 'ints uints floats complex bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    28: { types: { O: 'all seq(all) optional(all seq(all))' } },
  },
  infer: () => [{ shape: [] }],
});

export const optionalGetElement = defineOp('OptionalGetElement', {
  doc: 'The value an optional holds.',
  versions: {
    15: {
      inputs: 'input:O',
      outputs: 'output:V',
      types: { O: 'optional(ints uints floats complex bool string seq(ints uints floats complex bool string))', V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)' },
    },
    18: {
      types: { O: 'ints uints floats complex bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    28: { types: { O: 'all seq(all) optional(all seq(all))', V: 'all seq(all)' } },
  },
  infer: (c) => [{ type: c.input(0)?.kind === 'optional' ? elementOf(c, 0) : c.input(0) }],
});
