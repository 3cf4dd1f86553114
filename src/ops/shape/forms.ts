/** Attributes that decide an element type, or that come in several forms. */
import { fail } from '../../errors.ts';
import { dtypeFromOnnx, isDType, type DType } from '../../tensor/index.ts';
import type { Attrs, OpVersion } from '../define.ts';

/** The element type an attribute names by its ONNX number. */
export function dtypeAttribute(number: number, name: string): DType {
  return dtypeFromOnnx(number) ?? fail('E_ATTRIBUTE', 'there is no such element type', {
    arg: { kind: 'attribute', name }, expected: 'a TensorProto.DataType from 1 to 28', found: String(number),
  });
}

export type ConstantForm = (typeof CONSTANT_FORMS)[number];

/** Which attribute a Constant node gives its value in. Throws `E_ATTRIBUTE` unless there is exactly one. */
export function constantForm(attrs: Attrs): ConstantForm {
  const given = CONSTANT_FORMS.filter((name) => attrs.has(name));
  if (given.length !== 1) fail('E_ATTRIBUTE', 'a Constant needs exactly one value attribute', { found: given.join(', ') || 'none' });
  return given[0];
}
const CONSTANT_FORMS = [
  'value', 'sparse_value', 'value_float', 'value_floats', 'value_int', 'value_ints', 'value_string', 'value_strings',
] as const;

/** The type `to` names: a number, in opset 1 still a word. */
export function castTarget(version: OpVersion, attrs: Attrs): DType {
  if (version.attributes.get('to')?.kind === 'int') return dtypeAttribute(attrs.int('to'), 'to');
  const word = attrs.string('to').toLowerCase();
  const name = word === 'float' ? 'float32' : word === 'double' ? 'float64' : word;
  return isDType(name) ? name : fail('E_ATTRIBUTE', 'there is no such element type', { arg: { kind: 'attribute', name: 'to' }, found: word });
}
