import { sizeOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';

/** A tensor of one value: what sums and maxima of nothing are. */
export function filled(gpu: GpuEngine, type: DType, dims: readonly number[], value: number): Tensor {
  const table = gpu.table(new Float32Array(sizeOf(dims)).fill(value));
  const y = gpu.view(table, dims, type);
  table.dispose();
  return y;
}
