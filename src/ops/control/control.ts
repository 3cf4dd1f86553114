import type { Dim, ValueType } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { typeText } from '../notation.ts';
import { axisIn, refuseIn } from '../shape/geometry.ts';

/** What two values that may take the same place have in common. Refuses different kinds or element types. */
function common(c: InferContext, a: ValueType | undefined, b: ValueType | undefined): ValueType | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.kind === 'optional' && typeText(a.elem) === typeText(b)) return b; // an optional may be filled on the way
  if (typeText(a) !== typeText(b)) c.fail('subgraphs give different types', typeText(a), typeText(b));
  if (a.kind !== 'tensor' || b.kind !== 'tensor') return a;
  const shape = a.shape?.length === b.shape?.length ? a.shape?.map((d, i) => (d === b.shape![i] ? d : undefined)) : undefined;
  return { kind: 'tensor', dtype: a.dtype, shape };
}

/** A tensor type with its shape changed, or forgotten. */
function withShape(type: ValueType | undefined, change: (shape: readonly Dim[]) => readonly Dim[] | undefined): ValueType | undefined {
  return type?.kind === 'tensor' ? { kind: 'tensor', dtype: type.dtype, shape: type.shape && change(type.shape) } : type;
}

const forgetShape = (type: ValueType | undefined) => withShape(type, () => undefined);

export const ifOp = defineOp('If', {
  doc: 'The outputs of then_branch when cond is true, else those of else_branch.',
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
  infer: (c) => {
    const yes = c.subgraph('then_branch', []);
    const no = c.subgraph('else_branch', []);
    if (yes.length !== no.length) c.fail('the branches give different numbers of outputs', String(yes.length), String(no.length));
    return yes.map((type, i) => ({ type: common(c, type, no[i]) }));
  },
});

export const loop = defineOp('Loop', {
  doc: 'Runs the body up to M times while its condition holds, feeding values to the next turn and stacking scan outputs.',
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
  infer: (c) => {
    const carried = Array.from({ length: c.inputCount - 2 }, (_, i) => c.input(i + 2));
    const [, ...results] = c.subgraph('body', [
      { kind: 'tensor', dtype: 'int64', shape: [] }, { kind: 'tensor', dtype: 'bool', shape: [] }, ...carried.map(forgetShape),
    ]);
    return results.map((type, i) => ({
      type: i < carried.length ? common(c, carried[i], type) : withShape(type, (shape) => [undefined, ...shape]),
    }));
  },
});

// Opset 8: every input has a batch axis first, and scan inputs the sequence axis second.
const inferScan8: InferFunction = (c) => {
  const scans = c.attrs.int('num_scan_inputs');
  const states = c.inputCount - 1 - scans;
  const input = (i: number) => c.input(i + 1);
  const results = c.subgraph('body', Array.from({ length: states + scans }, (_, i) => withShape(input(i), (s) => s.slice(i < states ? 1 : 2))));
  const first = input(states);
  const lead = first?.kind === 'tensor' ? first.shape?.slice(0, 2) : undefined;
  return results.map((type, i) => ({
    type: withShape(type, (shape) => lead && [...lead.slice(0, i < states ? 1 : 2), ...shape]),
  }));
};

const inferScan: InferFunction = (c) => {
  const scans = c.attrs.int('num_scan_inputs');
  const states = c.inputCount - scans;
  if (states < 0) c.fail('more scan inputs than inputs', `at most ${c.inputCount}`, String(scans));
  let length: Dim;
  const results = c.subgraph('body', Array.from({ length: c.inputCount }, (_, i) => {
    if (i < states) return c.input(i);
    return withShape(c.input(i), (shape) => {
      const axis = axisIn(c.attrs.has('scan_input_axes') ? c.attrs.ints('scan_input_axes')[i - states] : 0, shape.length, refuseIn(c));
      length ??= shape[axis];
      return shape.filter((_, a) => a !== axis);
    });
  }));
  return results.map((type, i) => {
    if (i < states) return { type: common(c, c.input(i), type) };
    return {
      type: withShape(type, (shape) => {
        const axis = axisIn(c.attrs.has('scan_output_axes') ? c.attrs.ints('scan_output_axes')[i - states] : 0, shape.length + 1, refuseIn(c));
        return [...shape.slice(0, axis), length, ...shape.slice(axis)];
      }),
    };
  });
};

export const scan = defineOp('Scan', {
  doc: 'Runs the body once for each slice of the scan inputs, feeding states to the next turn and stacking scan outputs.',
  versions: {
    8: {
      inputs: 'sequence_lens?:I initial_state_and_scan_inputs**:V',
      outputs: 'final_state_and_scan_outputs**:V',
      types: { I: 'int64', V: 'ints uints floats complex bool string' },
      attributes: { body: 'graph!', directions: 'ints', num_scan_inputs: 'int!' },
      infer: inferScan8,
    },
    9: {
      inputs: 'initial_state_and_scan_inputs**:V',
      attributes: { scan_input_axes: 'ints', scan_input_directions: 'ints', scan_output_axes: 'ints', scan_output_directions: 'ints' },
      without: ['directions'],
      infer: inferScan,
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
