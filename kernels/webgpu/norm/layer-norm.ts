/** LayerNormalization, RMSNormalization, SimplifiedLayerNormalization: the axes from `axis` on form one row. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { FLOATS } from '../wgsl/element.ts';
import { isRow, normalizeRows } from './row-norm.ts';

/** A parameter that broadcasts in another way than row by row is left to the next provider. */
function rowShaped(node: PlacedNode, index: number): true | string {
  if (node.node.inputs[index] === undefined) return true;
  const x = node.inputShape(0), own = node.inputShape(index);
  if (x === undefined || own === undefined) return 'shapes are unknown';
  const axis = node.attrs.int('axis');
  const row = x.slice(axis < 0 ? axis + x.length : axis);
  const fits = own.length === row.length && own.every((d, i) => d === row[i] || typeof row[i] !== 'number');
  return fits || `input ${index} is not one row`;
}

const layer = (op: OpContract, centered: boolean, saves: boolean, half: boolean): WebgpuAdapter => adapt(
  op,
  (node) => all(
    onlyTypes(node, 0, ...(half ? FLOATS : ['float32'])), onlyTypes(node, 1, ...FLOATS), onlyTypes(node, 2, ...FLOATS),
    node.inputType(0) === node.inputType(1) || 'the scale has another type', node.attrs.int('stash_type') === 1 || 'stash_type is not float32',
    rowShaped(node, 1), rowShaped(node, 2),
  ),
  ({ attrs }, gpu) => ([x, scale, shift]: [Tensor, Tensor, Tensor?], ctx) => {
    const axis = axisIn(attrs.int('axis'), x.dims.length, refuseShape);
    const rowDims = x.dims.slice(axis);
    for (const parameter of [scale, shift]) {
      if (parameter !== undefined && !isRow(parameter, rowDims)) {
        fail('E_SHAPE', 'the scale or bias does not broadcast to the input', { expected: describeShape(rowDims), found: describeShape(parameter.dims) });
      }
    }
    const { y, mean, inverse } = normalizeRows(gpu, ctx, {
      x, scale, shift, length: sizeOf(rowDims), epsilon: Math.fround(attrs.float('epsilon')), centered, wantsSum: false,
      wantsMoments: saves && (ctx.wants(1) || ctx.wants(2)),
    }, x.dims.map((d, i) => (i < axis ? d : 1)));
    return centered ? [y, mean, inverse] : [y, inverse];
  },
);

export const layerNormalization = layer(contracts.layerNormalization, true, true, true);
export const simplifiedLayerNormalization = layer(contracts.simplifiedLayerNormalization, false, true, true);
/** Halves round once more before the scale: not here. */
export const rmsNormalization = layer(contracts.rmsNormalization, false, false, false);
