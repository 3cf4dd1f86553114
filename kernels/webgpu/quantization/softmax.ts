import { qLinearSoftmax as contract } from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import { softmaxTable } from '../../../src/ops/quantization/lookup-table.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes } from '../implement.ts';
import { fold } from '../runtime/gpu.ts';
import { rowsOutput } from '../runtime/rows.ts';
import { elementOf, loader } from '../wgsl/element.ts';
import { DIVIDE, FLAT } from '../wgsl/library.ts';
import { single } from './parameters.ts';
import { keptTable } from './table.ts';

/**
 * y = saturate(rint(e * n / sum(e)) + y_zero_point) with e from a table of max - x: see lookup-table.ts. The sum runs in order, as its
 * rounding decides codes: one invocation a row.
 */
export const qLinearSoftmax = adapt(contract, (node) => onlyTypes(node, 0, 'uint8', 'int8'), ({ attrs, inputType }, gpu) => {
  const type = inputType(0)!;
  const { scalar, storage } = elementOf(type);
  const [low, high] = integerRange(type);
  const flat = attrs.int('opset') < 13;
  const kept = keptTable(gpu);
  const program = gpu.program(`QLinearSoftmax:${type}`, () => ({
    label: 'QLinearSoftmax', reads: { x: storage, table: 'array<f32>' }, writes: { y: `array<${scalar}>` },
    params: ['rows', 'length', 'inner', 'steps:f32', 'zero:f32', 'low:f32', 'high:f32'],
    code: `${DIVIDE}${FLAT}
${loader('x', type)}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) nwg: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let row = flat(wid, nwg) * 64u + lid;
  if (row >= p.rows) { return; }
  let start = (row / p.inner) * p.length * p.inner + row % p.inner;
  var largest = ${scalar}(p.low);
  for (var k = 0u; k < p.length; k++) { largest = max(largest, x_at(start + k * p.inner)); }
  var sum = 0.0;
  for (var k = 0u; k < p.length; k++) { sum += table[largest - x_at(start + k * p.inner)]; }
  for (var k = 0u; k < p.length; k++) {
    let e = table[largest - x_at(start + k * p.inner)];
    y[start + k * p.inner] = ${scalar}(clamp(round(divide(e * p.steps, sum)) + p.zero, p.low, p.high));
  }
}`,
  }));
  return ([x, xScale, , yScale, yZero]: [Tensor, Tensor, Tensor | undefined, Tensor, Tensor], ctx) => {
    if (x.size === 0) return [gpu.output(ctx, type, x.dims)];
    const axis = axisIn(attrs.int('axis'), x.dims.length, refuseShape);
    const outer = sizeOf(x.dims.slice(0, axis));
    const [length, inner] = flat ? [sizeOf(x.dims.slice(axis)), 1] : [x.dims[axis], sizeOf(x.dims.slice(axis + 1))];
    const scale = single(xScale, 'X_scale');
    const { table, steps } = softmaxTable(scale, length, single(yScale, 'y_scale'));
    const block = kept(`${scale},${length}`, () => table);
    const params = [outer * inner, length, inner, steps, single(yZero, 'y_zero_point'), low, high];
    return [rowsOutput(gpu, ctx, type, x.dims, (y) => gpu.run(program, [x, block, y], params, fold(Math.ceil((outer * inner) / 64))))];
  };
}, ['device', 'host', 'host', 'host', 'host']);
