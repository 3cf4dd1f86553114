/**
 * Normalization of rows, one workgroup a row:
 *
 *     s = x [+ skip + bias],  y = (s - mean) / sqrt(variance + epsilon) * scale + shift
 *
 * RMS normalization leaves the mean at 0. Sums are float32 whatever the element type.
 */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { fold } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { convert } from '../shape/cast.ts';
import { elementOf, encoder, loader } from '../wgsl/element.ts';
import { HALF } from '../wgsl/library.ts';
import { ROW, ROW_MAIN, workgroupReduce } from '../wgsl/reduce.ts';

export interface RowNorm {
  readonly x: Tensor;
  /** Repeats where it is smaller than x. */
  readonly skip?: Tensor | undefined;
  /** [length]: added to x and skip. */
  readonly bias?: Tensor | undefined;
  /** [length] */
  readonly scale: Tensor;
  /** [length] */
  readonly shift?: Tensor | undefined;
  /** Elements of a row. */
  readonly length: number;
  readonly epsilon: number;
  readonly centered: boolean;
  /** Which outputs are wanted beside y. */
  readonly wantsSum: boolean;
  readonly wantsMoments: boolean;
}

export interface NormOutputs {
  readonly y: Tensor;
  readonly sum?: Tensor;
  readonly mean?: Tensor;
  readonly inverse?: Tensor;
}

/** `rowDims`: shape of the moments. */
export function normalizeRows(gpu: WebgpuSession, ctx: KernelContext, norm: RowNorm, rowDims: readonly number[]): NormOutputs {
  const { x, skip, bias, scale, shift, length, epsilon, centered, wantsSum, wantsMoments } = norm;
  const inputs: [string, Tensor][] = [['x', x], ['scale', scale]];
  if (skip !== undefined) inputs.push(['skip', skip]);
  if (bias !== undefined) inputs.push(['bias', bias]);
  if (shift !== undefined) inputs.push(['shift', shift]);
  // Rows of halves that do not fill whole words are written in float32 first.
  const { lanes } = elementOf(x.type);
  const type: DType = length % lanes === 0 ? x.type : 'float32';
  const step = elementOf(type).lanes;
  const y = gpu.output(ctx, x.type, x.dims);
  const sum = wantsSum ? gpu.output(ctx, x.type, x.dims) : undefined;
  const wide = (t: Tensor): Tensor => (type === x.type ? t : gpu.scratch('float32', t.dims));
  const targets: [string, Tensor][] = [['y', wide(y)]];
  if (sum !== undefined) targets.push(['sum', wide(sum)]);
  const mean = wantsMoments && centered ? gpu.output(ctx, 'float32', rowDims) : undefined;
  const inverse = wantsMoments ? gpu.output(ctx, 'float32', rowDims) : undefined;
  if (mean !== undefined) targets.push(['mean', mean]);
  if (inverse !== undefined) targets.push(['inverse', inverse]);
  const has = (name: string): boolean => [...inputs, ...targets].some(([n]) => n === name);
  const key = `norm:${inputs.map(([n, t]) => n + t.type).join()}:${targets.map(([n, t]) => n + t.type).join()}:${centered}`;
  const program = gpu.program(key, () => ({
    label: 'row normalization', reads: Object.fromEntries(inputs.map(([n, t]) => [n, elementOf(t.type).storage])),
    writes: Object.fromEntries(targets.map(([n, t]) => [n, elementOf(t.type).storage])), params: ['rows', 'length', 'skipped', 'epsilon:f32'],
    code: `${HALF}
${inputs.map(([n, t]) => loader(n, t.type)).join('\n')}
${encoder('out', type)}
${workgroupReduce('total', 'f32', 'a + b')}
fn s_at(i: u32, k: u32) -> f32 {
  var s = x_at(i);
  ${skip === undefined ? '' : 's += skip_at(i % p.skipped);'}
  ${bias === undefined ? '' : 's += bias_at(k);'}
  return s;
}
fn y_at(i: u32, k: u32, center: f32, deviation: f32) -> f32 {
  return (s_at(i, k) - center) / deviation * scale_at(k)${shift === undefined ? '' : ' + shift_at(k)'};
}
${ROW_MAIN}
  let start = row * p.length;
  var acc = 0.0;
  var center = 0.0;
  ${centered ? `for (var k = lid; k < p.length; k += ${ROW}u) { acc += s_at(start + k, k); }
  center = total(acc, lid) / f32(p.length);
  acc = 0.0;` : ''}
  for (var k = lid; k < p.length; k += ${ROW}u) { let d = s_at(start + k, k) - center; acc += d * d; }
  let deviation = sqrt(total(acc, lid) / f32(p.length) + p.epsilon);
  for (var k = lid * ${step}u; k < p.length; k += ${ROW * step}u) {
    let i = start + k;
    ${write('y', type, (lane) => `y_at(i + ${lane}u, k + ${lane}u, center, deviation)`)}
    ${has('sum') ? write('sum', type, (lane) => `s_at(i + ${lane}u, k + ${lane}u)`) : ''}
  }
  if (lid == 0u) { ${has('mean') ? 'mean[row] = center;' : ''} ${has('inverse') ? 'inverse[row] = 1.0 / deviation;' : ''} }
}`,
  }));
  const rows = length === 0 ? 0 : x.size / length;
  gpu.run(program, [...inputs, ...targets].map(([, t]) => t), [rows, length, skip?.size ?? 1, epsilon], fold(rows));
  for (const [from, to] of [[targets[0][1], y], [targets[1]?.[1], sum]] as const) {
    if (to === undefined || from === undefined || from === to) continue;
    convert(gpu, from, to);
    from.dispose();
  }
  return { y, ...(sum && { sum }), ...(mean && { mean }), ...(inverse && { inverse }) };
}

/** Stores one word: an f32, or two halves. */
function write(name: string, type: DType, element: (lane: number) => string): string {
  if (type === 'float32') return `${name}[i] = ${element(0)};`;
  return `${name}[i >> 1u] = out_bits(${element(0)}) | (out_bits(${element(1)}) << 16u);`;
}

/** A parameter as one row: refuses (undefined) what is not [length] with the shape of a row. */
export function isRow(parameter: Tensor, rowDims: readonly number[]): boolean {
  const own = parameter.dims.slice(-rowDims.length);
  return parameter.size === sizeOf(rowDims) && own.length === rowDims.length && own.every((d, i) => d === rowDims[i]);
}
