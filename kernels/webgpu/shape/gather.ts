import { gather as contract } from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import { bitsOf } from '../wgsl/element.ts';
import { indicesOnDevice } from './indices.ts';
import { movable } from './movable.ts';

/** data: [outer, length, inner], indices: [count] -> [outer, count, inner] */
export const gather = adapt(contract, (node) => movable(node, 0), (node, gpu) => {
  const bits = bitsOf(node.inputType(0)!)!;
  const program = gpu.mapProgram(`Gather:${bits}`, () => ({
    label: 'Gather', inputs: { x: bits, rows: 'int32' }, output: bits, params: ['count', 'length', 'inner'],
    code: `fn value(i: u32) -> u32 {
  let line = i / p.inner;
  let row = u32(rows_at(line % p.count));
  return x_at(((line / p.count) * p.length + row) * p.inner + i % p.inner);
}`,
  }));
  return ([data, indices]: [Tensor, Tensor], ctx) => {
    const axis = axisIn(node.attrs.int('axis'), data.dims.length, refuseShape);
    const rows = indicesOnDevice(gpu, indices, data.dims[axis]);
    const y = gpu.output(ctx, data.type, [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)]);
    gpu.map(program, [data, rows], y, [indices.size, data.dims[axis], sizeOf(data.dims.slice(axis + 1))]);
    rows.dispose();
    return [y];
  };
}, ['device', 'host']);
