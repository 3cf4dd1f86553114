import { defineOp } from '../define.ts';

export const sequenceConstruct = defineOp('SequenceConstruct', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'inputs*:T',
      outputs: 'output_sequence:S',
      types: { T: 'ints uints floats complex bool string', S: 'seq(ints uints floats complex bool string)' },
    },
  },
});

export const sequenceEmpty = defineOp('SequenceEmpty', {
  doc: 'TODO',
  versions: {
    11: { inputs: '', outputs: 'output:S', types: { S: 'seq(ints uints floats complex bool string)' }, attributes: { dtype: 'int' } },
  },
});

export const sequenceAt = defineOp('SequenceAt', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'input_sequence:S position:I',
      outputs: 'tensor:T',
      types: { S: 'seq(ints uints floats complex bool string)', T: 'ints uints floats complex bool string', I: 'int32 int64' },
    },
  },
});

export const sequenceInsert = defineOp('SequenceInsert', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'input_sequence:S tensor:T position?:I',
      outputs: 'output_sequence:S',
      types: { T: 'ints uints floats complex bool string', S: 'seq(ints uints floats complex bool string)', I: 'int32 int64' },
    },
  },
});

export const sequenceErase = defineOp('SequenceErase', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'input_sequence:S position?:I',
      outputs: 'output_sequence:S',
      types: { S: 'seq(ints uints floats complex bool string)', I: 'int32 int64' },
    },
  },
});

export const sequenceLength = defineOp('SequenceLength', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'input_sequence:S', outputs: 'length:I', types: { S: 'seq(ints uints floats complex bool string)', I: 'int64' } },
  },
});

export const sequenceMap = defineOp('SequenceMap', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'input_sequence:S additional_inputs**:V',
      outputs: 'out_sequence**:S',
      types: { S: 'seq(ints uints floats complex bool string)', V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)' },
      attributes: { body: 'graph!' },
    },
  },
});

export const splitToSequence = defineOp('SplitToSequence', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'input:T split?:I',
      outputs: 'output_sequence:S',
      types: { T: 'ints uints floats complex bool string', I: 'int32 int64', S: 'seq(ints uints floats complex bool string)' },
      attributes: { axis: 'int=0', keepdims: 'int=1' },
    },
    24: { types: { T: 'ints uints floats complex bfloat16 bool string', S: 'seq(ints uints floats complex bfloat16 bool string)' } },
  },
});

export const concatFromSequence = defineOp('ConcatFromSequence', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'input_sequence:S',
      outputs: 'concat_result:T',
      types: { S: 'seq(ints uints floats complex bool string)', T: 'ints uints floats complex bool string' },
      attributes: { axis: 'int!', new_axis: 'int=0' },
    },
  },
});

export const optional = defineOp('Optional', {
  doc: 'TODO',
  versions: {
    15: {
      inputs: 'input?:V',
      outputs: 'output:O',
      types: { V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)', O: 'optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
      attributes: { type: 'type_proto' },
    },
    28: { types: { V: 'all seq(all)', O: 'optional(all seq(all))' } },
  },
});

export const optionalHasElement = defineOp('OptionalHasElement', {
  doc: 'TODO',
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
});

export const optionalGetElement = defineOp('OptionalGetElement', {
  doc: 'TODO',
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
});
