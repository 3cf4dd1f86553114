/** Constant: a tensor that stands in an attribute. */
import type { SparseTensor } from '../../../src/graph/index.ts';
import { constant as contract } from '../../../src/ops/contracts.ts';
import { constantForm, type ConstantForm } from '../../../src/ops/shape/forms.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { blockMover, fillWith, mover, zeroOf } from '../support/index.ts';
import { indicesInto, tupleOffsets } from '../support/indices.ts';

export const constant = implement(contract, (placed) => {
  const form = constantForm(placed.attrs);
  if (form === 'sparse_value') {
    const sparse = placed.attrs.sparse(form);
    return (_inputs: [], ctx) => [writeOut(ctx, sparse)];
  }
  const value = constantTensor(placed, form);
  return (_inputs: [], ctx) => {
    const y = ctx.output(0, value.type, value.dims);
    blockMover(y, value)(0, 0, value.size);
    return [y];
  };
});

function constantTensor({ attrs, node }: PlacedNode, form: Exclude<ConstantForm, 'sparse_value'>): Tensor {
  switch (form) {
    case 'value': return attrs.tensor(form);
    case 'value_float': return new Tensor('float32', [attrs.float(form)], []);
    case 'value_floats': return new Tensor('float32', attrs.floats(form), [attrs.floats(form).length]);
    case 'value_string': return new Tensor('string', [attrs.string(form)], []);
    case 'value_strings': return new Tensor('string', attrs.strings(form), [attrs.strings(form).length]);
  }
  // Integers are read from the node itself, where all 64 bits are kept.
  const attribute = node.attributes.get(form);
  if (attribute?.type === 'int') return new Tensor('int64', [attribute.value], []);
  const values = attribute?.type === 'ints' ? attribute.value : [];
  return new Tensor('int64', values, [values.length]);
}

/** A sparse tensor with its zeros: values [count] at linear indices [count] or index tuples [count, rank]. */
function writeOut(ctx: KernelContext, { values, indices, dims }: SparseTensor): Tensor {
  const y = ctx.output(0, values.type, dims);
  fillWith(y, zeroOf(y.type));
  const move = mover(y, values);
  const places = indices.dims.length === 2 ? tupleOffsets(indices, dims) : indicesInto(indices, y.size);
  places.forEach((to, i) => move(to, 1, i, 1, 1));
  return y;
}
