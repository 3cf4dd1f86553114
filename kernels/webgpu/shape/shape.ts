/** Shape and Size of tensors that live on the device: their elements stay there, the answer is the host's. */
import * as contracts from '../../../src/ops/contracts.ts';
import { shapeRange } from '../../../src/ops/shape/geometry.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import { movable } from './movable.ts';

const onDevice = (node: PlacedNode): true | string => movable(node, 0);

export const shape = adapt(contracts.shape, onDevice, ({ attrs, version }) => ([x]: [Tensor], ctx) => {
  const start = version.since < 15 ? 0 : attrs.int('start');
  const end = version.since >= 15 && attrs.has('end') ? attrs.int('end') : undefined;
  const dims = x.dims.slice(...shapeRange(x.dims.length, start, end));
  const y = ctx.output(0, 'int64', [dims.length]);
  dims.forEach((d, i) => ((y.data as BigInt64Array)[i] = BigInt(d)));
  return [y];
}, ['anywhere']);

export const size = adapt(contracts.size, onDevice, () => ([x]: [Tensor], ctx) => {
  const y = ctx.output(0, 'int64', []);
  (y.data as BigInt64Array)[0] = BigInt(x.size);
  return [y];
}, ['anywhere']);
