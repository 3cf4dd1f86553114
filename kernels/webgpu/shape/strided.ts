/** Copies by strides: what Slice, Transpose, Expand, Tile and Split are made of. */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { collapse, type Tensor } from '../../../src/tensor/index.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { bitsOf } from '../wgsl/element.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';

/** Fills `y`, read as `dims`, with the elements of `x` at `offset` and `strides`; strides may be 0 or negative. */
export function copyStrided(gpu: WebgpuSession, y: Tensor, dims: readonly number[], x: Tensor, strides: readonly number[], offset = 0): Tensor {
  const bits = bitsOf(x.type)!;
  const walk = collapse(dims, [strides]);
  const rank = walk.dims.length;
  const program = gpu.mapProgram(`strided:${bits}:${rank}`, () => ({
    label: 'strided copy', inputs: { x: bits }, output: bits, params: ['offset', ...walkParams(rank, ['x'])],
    code: `fn value(i: u32) -> u32 {
  ${walkCode(rank, ['x'])}
  return x_at(p.offset + x_i);
}`,
  }));
  return gpu.map(program, [x], y, [offset, ...walkValues(walk)]);
}

/** The same as output `0` of a kernel. */
export function stridedOutput(
  gpu: WebgpuSession, ctx: KernelContext, outDims: readonly number[], x: Tensor, dims: readonly number[], strides: readonly number[], offset = 0,
): Tensor {
  return copyStrided(gpu, gpu.output(ctx, x.type, outDims), dims, x, strides, offset);
}
