/** One workgroup a group of elements: what reductions and global pools are made of. */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { collapse, sizeOf, stridesOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { fold } from '../runtime/gpu.ts';
import { rowsOutput } from '../runtime/rows.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { elementOf, loader } from '../wgsl/element.ts';
import { LOG } from '../wgsl/functions.ts';
import { HALF } from '../wgsl/library.ts';
import { ROW, ROW_MAIN, workgroupReduce } from '../wgsl/reduce.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';

export interface Reduction {
  readonly label: string;
  readonly start: (dtype: DType) => number;
  /** Of a and b. */
  readonly combine: string;
  /** Of an element x. */
  readonly element?: string;
  /** Of the folded value v and the number of elements `count` (f32). */
  readonly finish?: string;
}

/** y = x reduced over `axes` (counted from the front, ascending), of shape `dims`. */
export function reduceOver(
  gpu: WebgpuSession, ctx: KernelContext, x: Tensor, axes: readonly number[], dims: readonly number[], reduction: Reduction,
): Tensor {
  const { label, start, combine, element = 'x', finish = 'v' } = reduction;
  const { scalar, storage } = elementOf(x.type);
  const strides = stridesOf(x.dims);
  const over = (chosen: readonly number[]) => collapse(chosen.map((a) => x.dims[a]), [chosen.map((a) => strides[a])]);
  const kept = over([...x.dims.keys()].filter((a) => !axes.includes(a))), folded = over(axes);
  const [outer, inner] = [kept.dims.length, folded.dims.length];
  const program = gpu.program(`${label}:${x.type}:${outer}:${inner}`, () => ({
    label, reads: { x: storage }, writes: { y: `array<${scalar}>` },
    params: ['rows', 'length', `start:${scalar}`, ...walkParams(outer, ['o']), ...walkParams(inner, ['f']).map((q) => q.replace('d[', 'e['))],
    code: `${HALF}${LOG}
${loader('x', x.type)}
${workgroupReduce('folded', scalar, combine)}
fn element(x: ${scalar}) -> ${scalar} { return ${element}; }
fn group_start(i: u32) -> u32 {
  ${walkCode(outer, ['o'])}
  return o_i;
}
fn member(i: u32) -> u32 {
  ${walkCode(inner, ['f']).replaceAll('p.d_', 'p.e_')}
  return f_i;
}
${ROW_MAIN}
  let start_at = group_start(row);
  var v = p.start;
  for (var k = lid; k < p.length; k += ${ROW}u) { v = folded_combine(v, element(x_at(start_at + member(k)))); }
  v = folded(v, lid);
  let count = f32(p.length);
  if (lid == 0u) { y[row] = ${finish}; }
}`,
  }));
  const rows = sizeOf(dims), length = sizeOf(axes.map((a) => x.dims[a]));
  return rowsOutput(gpu, ctx, x.type, dims, (y) =>
    gpu.run(program, [x, y], [rows, length, start(x.type), ...walkValues(kept), ...walkValues(folded)], fold(rows)));
}
