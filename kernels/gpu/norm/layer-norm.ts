/** Layer and RMS normalization of rows, alone or after a residual sum. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { normalizeApply, rowMoment, rowSum } from '../functions/index.ts';
import { adapt, all, onlyTypes, type GpuAdapter } from '../implement.ts';
import { combine } from '../math/combine.ts';

async function normalize(
  gpu: GpuEngine, ctx: KernelContext, x: Tensor, scale: Tensor, bias: Tensor | undefined, n: number, epsilon: number, centered: boolean,
): Promise<Tensor> {
  const rows = [n === 0 ? 0 : x.size / n];
  const centre = centered ? await gpu.run(ctx, rowSum, 'float32', rows, [x, n, 1 / n]) : gpu.table(new Float32Array(rows[0]));
  const variance = await gpu.run(ctx, rowMoment, 'float32', rows, [x, centre, n]);
  const shift = bias === undefined ? gpu.table(new Float32Array(n)) : gpu.view(bias, bias.dims);
  const y = await gpu.run(ctx, normalizeApply, x.type, x.dims, [x, centre, variance, scale, shift, n, epsilon]);
  for (const t of [centre, variance, shift]) t.dispose();
  return y;
}

const noOutputs = (node: Parameters<typeof onlyTypes>[0], ...indices: readonly number[]): true | string =>
  indices.every((i) => node.node.outputs[i] === undefined) || 'mean or deviation is wanted';

function plain(op: OpContract, centered: boolean): GpuAdapter {
  return adapt(
    op,
    (node) => all(onlyTypes(node, 0, ['float32', 'float16']), onlyTypes(node, 1, ['float32', 'float16']), noOutputs(node, 1, 2)),
    ({ attrs }, gpu) => async ([x, scale, bias]: [Tensor, Tensor, Tensor?], ctx) => {
      const n = sizeOf(x.dims.slice(axisIn(attrs.int('axis'), x.dims.length, refuseShape)));
      if (scale.size !== n || (bias !== undefined && bias.size !== n)) refuseShape('scale and bias must have an entry an element of a row', String(n), `${scale.size}${bias === undefined ? '' : ` and ${bias.size}`}`);
      return [await normalize(gpu, ctx, x, scale, bias, n, attrs.float('epsilon'), centered)];
    },
  );
}

function withSkip(op: OpContract, centered: boolean): GpuAdapter {
  return adapt(
    op,
    (node) => all(onlyTypes(node, 0, ['float32', 'float16']), noOutputs(node, 1, 2)),
    ({ attrs, node }, gpu) => async (inputs: readonly (Tensor | undefined)[], ctx) => {
      const [x, skip, gamma] = inputs as [Tensor, Tensor, Tensor];
      const [beta, bias] = centered ? [inputs[3], inputs[4]] : [undefined, inputs[3]];
      let sum = await combine(gpu, ctx, 'add', x.type, x, skip);
      if (bias !== undefined) {
        const biased = await combine(gpu, ctx, 'add', x.type, sum, bias);
        sum.dispose();
        sum = biased;
      }
      const y = await normalize(gpu, ctx, sum, gamma, beta, x.dims.at(-1)!, attrs.float('epsilon'), centered);
      if (node.outputs[3] !== undefined) return [y, undefined, undefined, sum];
      sum.dispose();
      return [y];
    },
  );
}

export const layerNormalization = plain(contracts.layerNormalization, true);
export const rmsNormalization = plain(contracts.rmsNormalization, false);
export const simplifiedLayerNormalization = plain(contracts.simplifiedLayerNormalization, false);
export const skipLayerNormalization = withSkip(contracts.skipLayerNormalization, true);
export const skipSimplifiedLayerNormalization = withSkip(contracts.skipSimplifiedLayerNormalization, false);
