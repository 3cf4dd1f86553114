import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { planRuns, type Runs } from '../math/runs.ts';
import type { WasmRuntime } from '../runtime.ts';

/** A choice between two operands, laid out: all three broadcast. */
export interface Choice {
  readonly dims: readonly number[];
  readonly size: number;
  /** Writes elements of `width` bytes to `to`: x where the condition byte is not 0, z elsewhere. */
  choose(wasm: WasmRuntime, width: number, condition: number, x: number, z: number, to: number): void;
}

export function chooseRuns(condition: Tensor, x: Tensor, z: Tensor): Choice {
  const { dims } = planRuns(planRuns(condition.dims, x.dims).dims, z.dims);
  const plans = [condition, x, z].map((t) => planRuns(dims, t.dims));
  const size = sizeOf(dims);
  const length = Math.min(...plans.map((p) => p.length)); // runs are trailing axes: the shortest divides the others
  const [ofC, ofX, ofZ] = plans.map(elementAt);
  const [cStep, xStep, zStep] = plans.map((p) => p.bStep);
  return {
    dims, size,
    choose(wasm, width, c, p, q, to) {
      const { simd } = wasm.kernels;
      const select = width === 1 ? simd.select8 : width === 2 ? simd.select16 : width === 4 ? simd.select32 : simd.select64;
      for (let at = 0; at < size; at += length) {
        select(c + ofC(at), cStep, p + width * ofX(at), xStep, q + width * ofZ(at), zStep, to + width * at, length);
      }
    },
  };
}

/** Which element of the broadcast operand stands at an element of the result. */
function elementAt({ runs, length, bStep }: Runs): (at: number) => number {
  return (at) => runs.b[Math.floor(at / length)] + bStep * (at % length);
}
