import { defineOp } from '../define.ts';
import { intsOf } from '../shape/dims.ts';
import { constantForm } from '../shape/forms.ts';

export const constant = defineOp('Constant', {
  doc: 'A tensor given in an attribute: dense, sparse, or a number, a string or a list of them.',
  versions: {
    1: { inputs: '', outputs: 'output:T', types: { T: 'floats' }, attributes: { value: 'tensor!' } },
    9: { types: { T: 'ints uints floats complex bool string' } },
    11: { attributes: { sparse_value: 'sparse_tensor', value: 'tensor' } },
    12: {
      attributes: { value_float: 'float', value_floats: 'floats', value_int: 'int', value_ints: 'ints', value_string: 'string', value_strings: 'strings' },
    },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: ({ attrs }) => {
    const form = constantForm(attrs);
    switch (form) {
      case 'value': {
        const value = attrs.tensor(form);
        return [{ dtype: value.type, shape: value.dims, value: intsOf(value) }];
      }
      case 'sparse_value': return [{ dtype: attrs.sparse(form).values.type, shape: attrs.sparse(form).dims }];
      case 'value_int': return [{ dtype: 'int64', shape: [], value: [attrs.int(form)] }];
      case 'value_ints': return [{ dtype: 'int64', shape: [attrs.ints(form).length], value: attrs.ints(form) }];
      case 'value_float': return [{ dtype: 'float32', shape: [] }];
      case 'value_floats': return [{ dtype: 'float32', shape: [attrs.floats(form).length] }];
      case 'value_string': return [{ dtype: 'string', shape: [] }];
      case 'value_strings': return [{ dtype: 'string', shape: [attrs.strings(form).length] }];
    }
  },
});
