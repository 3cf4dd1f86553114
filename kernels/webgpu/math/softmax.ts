import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { rowsOutput } from '../runtime/rows.ts';
import { fold } from '../runtime/gpu.ts';
import { FLOATS, elementOf, loader } from '../wgsl/element.ts';
import { EXP, LOG } from '../wgsl/functions.ts';
import { HALF } from '../wgsl/library.ts';
import { ROW, ROW_MAIN, workgroupReduce } from '../wgsl/reduce.ts';

/**
 * Lines of x along `axis`, one workgroup a line: the maximum, the sum of e^(x - max), then `result` of x - max and the sum. Before opset 13
 * `axis` and all later axes form one line. As in the standard's own cases, halves are rounded after every step, their sum at its end.
 */
const alongAxis = (op: OpContract, result: string): WebgpuAdapter => adapt(op, (node) => onlyTypes(node, 0, ...FLOATS), (node, gpu) => {
  const type = node.inputType(0)!;
  const program = gpu.program(`${op.type}:${type}`, () => ({
    label: op.type, reads: { x: elementOf(type).storage }, writes: { y: 'array<f32>' }, params: ['rows', 'length', 'inner', 'low:f32'],
    code: `${HALF}${EXP}${LOG}
${loader('x', type)}
fn step(x: f32) -> f32 { return ${type === 'float16' ? 'half_to_float(float_to_half(x))' : 'x'}; }
${workgroupReduce('largest', 'f32', 'max(a, b)')}
${workgroupReduce('total', 'f32', 'a + b')}
${ROW_MAIN}
  let start = (row / p.inner) * p.length * p.inner + row % p.inner;
  var m = p.low;
  for (var k = lid; k < p.length; k += ${ROW}u) { m = max(m, x_at(start + k * p.inner)); }
  m = largest(m, lid);
  var s = 0.0;
  for (var k = lid; k < p.length; k += ${ROW}u) { s += step(exp_of(step(x_at(start + k * p.inner) - m))); }
  s = step(total(s, lid));
  for (var k = lid; k < p.length; k += ${ROW}u) { let d = step(x_at(start + k * p.inner) - m); y[start + k * p.inner] = ${result}; }
}`,
  }));
  return ([x]: [Tensor], ctx) => {
    const dims = x.dims.length === 0 ? [1] : x.dims;
    const axis = axisIn(node.attrs.int('axis'), dims.length, refuseShape);
    const outer = sizeOf(dims.slice(0, axis));
    const [length, inner] = node.version.since < 13 ? [sizeOf(dims.slice(axis)), 1] : [dims[axis], sizeOf(dims.slice(axis + 1))];
    const rows = length === 0 ? 0 : outer * inner;
    return [rowsOutput(gpu, ctx, type, x.dims, (y) => gpu.run(program, [x, y], [rows, length, inner, -Infinity], fold(rows)))];
  };
});

export const softmax = alongAxis(contracts.softmax, 'step(exp_of(d)) / s');
export const logSoftmax = alongAxis(contracts.logSoftmax, 'd - step(log_of(s))');
