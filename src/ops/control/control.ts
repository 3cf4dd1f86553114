import { defineOp } from '../define.ts';

export const ifOp = defineOp('If', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'cond:B',
      outputs: 'outputs**:V',
      types: { V: 'ints uints floats complex bool string', B: 'bool' },
      attributes: { else_branch: 'graph!', then_branch: 'graph!' },
    },
    11: {},
    13: { types: { V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)' } },
    16: {
      types: { V: 'ints uints floats complex bfloat16 bool string seq(ints uints floats complex bfloat16 bool string) optional(ints uints floats complex bfloat16 bool string seq(ints uints floats complex bfloat16 bool string))' },
    },
    19: {
      types: { V: 'ints uints floats complex fp8 bfloat16 bool string seq(ints uints floats complex fp8 bfloat16 bool string) optional(ints uints floats complex fp8 bfloat16 bool string seq(ints uints floats complex bfloat16 bool string))' },
    },
    21: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool string seq(ints uints floats complex fp8 int4s bfloat16 bool string) optional(ints uints floats complex fp8 int4s bfloat16 bool string seq(ints uints floats complex bfloat16 bool string))' },
    },
    23: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string seq(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string) optional(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string seq(ints uints floats complex bfloat16 bool string))' },
    },
    24: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string) optional(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bfloat16 bool string))' },
    },
    25: {
      types: { V: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string) optional(ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bfloat16 bool string))' },
    },
  },
});

export const loop = defineOp('Loop', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'M?:I cond?:B v_initial**:V',
      outputs: 'v_final_and_scan_outputs**:V',
      types: { V: 'ints uints floats complex bool string', I: 'int64', B: 'bool' },
      attributes: { body: 'graph!' },
    },
    11: {},
    13: { types: { V: 'ints uints floats complex bool string seq(ints uints floats complex bool string)' } },
    16: {
      types: { V: 'ints uints floats complex bfloat16 bool string seq(ints uints floats complex bfloat16 bool string) optional(ints uints floats complex bfloat16 bool string seq(ints uints floats complex bfloat16 bool string))' },
    },
    19: {
      types: { V: 'ints uints floats complex fp8 bfloat16 bool string seq(ints uints floats complex fp8 bfloat16 bool string) optional(ints uints floats complex fp8 bfloat16 bool string seq(ints uints floats complex bfloat16 bool string))' },
    },
    21: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool string seq(ints uints floats complex fp8 int4s bfloat16 bool string) optional(ints uints floats complex fp8 int4s bfloat16 bool string seq(ints uints floats complex bfloat16 bool string))' },
    },
    23: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string seq(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string) optional(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string seq(ints uints floats complex bfloat16 bool string))' },
    },
    24: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string) optional(ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bfloat16 bool string))' },
    },
    25: {
      types: { V: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string) optional(ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bfloat16 bool string))' },
    },
  },
});

export const scan = defineOp('Scan', {
  doc: 'TODO',
  versions: {
    8: {
      inputs: 'sequence_lens?:I initial_state_and_scan_inputs**:V',
      outputs: 'final_state_and_scan_outputs**:V',
      types: { I: 'int64', V: 'ints uints floats complex bool string' },
      attributes: { body: 'graph!', directions: 'ints', num_scan_inputs: 'int!' },
    },
    9: {
      inputs: 'initial_state_and_scan_inputs**:V',
      attributes: { scan_input_axes: 'ints', scan_input_directions: 'ints', scan_output_axes: 'ints', scan_output_directions: 'ints' },
      without: ['directions'],
    },
    11: {},
    16: { types: { V: 'ints uints floats complex bfloat16 bool string' } },
    19: { types: { V: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { V: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});
