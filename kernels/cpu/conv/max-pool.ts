import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { forEachRun, type WindowAxis } from '../../../src/ops/conv/window.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, stridesOf, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { forEachPlane, layPool } from './pool-layout.ts';

/** Y's memory filled with the least value of its type. */
function leastOutput(ctx: KernelContext, x: Tensor, dims: readonly number[]): { y: NumberArray; finish: () => Tensor } {
  if (dtypeInfo(x.type).class === 'float') {
    const out = floatOutput(ctx, 0, x.type, dims);
    out.y.fill(-Infinity);
    return out;
  }
  const tensor = ctx.output(0, x.type, dims);
  const y = tensor.data as NumberArray;
  y.fill(integerRange(x.type)[0]);
  return { y, finish: () => tensor };
}

/**
 * y[n, c, o] = max over the window's elements inside X (NaN wins); Indices are their places in X as one flat array,
 * counted with the first spatial axis fastest when storage_order is 1.
 */
function maximum(contract: OpContract, channelsLast: boolean) {
  return implement(contract, ({ attrs }) => ([x]: [Tensor], ctx) => {
    const pool = layPool(attrs, x, channelsLast);
    const { axes, dims, xAt, yAt } = pool;
    const values = unpack(x);
    const { y, finish } = leastOutput(ctx, x, dims);
    const step = axes.at(-1)?.stride ?? 1;
    const indices = ctx.wants(1) ? ctx.output(1, 'int64', dims) : undefined;
    if (y.length === 0) return [finish(), indices];
    const best = indices && (ctx.scratch('int32', axes.map((a) => a.output)).data as Int32Array); // position in X's plane of each maximum
    const columnMajor = attrs.has('storage_order') && attrs.int('storage_order') === 1;
    forEachPlane(pool, ctx, (xBase, yBase) => {
      best?.fill(-1);
      forEachRun(axes, (_tap, input, output, count) => {
        for (let i = 0; i < count; i++) {
          const v = values[xBase + (input + i * step) * xAt.position];
          const at = yBase + (output + i) * yAt.position;
          if (v > y[at] || v !== v) {
            y[at] = v;
            if (best !== undefined) best[output + i] = input + i * step;
          }
        }
      });
      if (best === undefined) return;
      if (columnMajor) toColumnMajor(best, axes);
      const flat = indices!.data as BigInt64Array;
      for (let o = 0; o < best.length; o++) flat[yBase + o] = BigInt(xBase + best[o]);
    });
    return [finish(), indices];
  });
}

export const maxPool = maximum(contracts.maxPool, false);
export const nhwcMaxPool = maximum(contracts.nhwcMaxPool, true);

// Row-major positions of a plane as column-major ones: [h, w] -> h + w * H.
function toColumnMajor(positions: Int32Array, axes: readonly WindowAxis[]): void {
  const sizes = axes.map((a) => a.input);
  const rows = stridesOf(sizes);
  const columns = stridesOf([...sizes].reverse()).reverse();
  for (let i = 0; i < positions.length; i++) {
    let rest = positions[i], position = 0;
    for (let a = 0; a < sizes.length; a++) {
      position += Math.floor(rest / rows[a]) * columns[a];
      rest %= rows[a];
    }
    positions[i] = position;
  }
}
