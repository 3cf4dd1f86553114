/** Quantization of activations while a model runs: DynamicQuantizeLinear, and DynamicQuantizeMatMul's first step. */
import { dynamicQuantizeLinear as contract } from '../../../src/ops/contracts.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes } from '../implement.ts';
import type { ProgramSpec } from '../runtime/program.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { DIVIDE } from '../wgsl/library.ts';

/** Workgroups that look for the range, each over its share; every workgroup of the second pass takes the range of all shares. */
const SHARES = 64;
/** Elements up to which one workgroup does everything. */
const SMALL = 4096;

/** Comparisons, so that NaN is passed over. */
const RANGE = `
var<workgroup> lows: array<f32, 256>;
var<workgroup> highs: array<f32, 256>;
fn widen(range: vec2<f32>, x: f32) -> vec2<f32> { return vec2<f32>(select(range.x, x, x < range.x), select(range.y, x, x > range.y)); }
fn combine(tid: u32, range: vec2<f32>) -> vec2<f32> {
  lows[tid] = range.x; highs[tid] = range.y;
  for (var half = 128u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (tid < half) { lows[tid] = min(lows[tid], lows[tid + half]); highs[tid] = max(highs[tid], highs[tid + half]); }
  }
  workgroupBarrier();
  return vec2<f32>(lows[0], highs[0]);
}`;

const FIND: ProgramSpec = {
  label: 'range', reads: { x: 'array<f32>' }, writes: { ranges: 'array<vec2<f32>>' }, params: ['n'],
  code: `${RANGE}
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) tid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  var range = vec2<f32>();
  for (var i = id.x; i < p.n; i += ${256 * SHARES}u) { range = widen(range, x[i]); }
  let all = combine(tid, range);
  if (tid == 0u) { ranges[group.x] = all; }
}`,
};

/** `small`: finds the range itself. */
const quantize = (small: boolean): ProgramSpec => ({
  label: 'quantize by range', reads: { x: 'array<f32>', ...(!small && { ranges: 'array<vec2<f32>>' }) }, writes: { codes: 'array<u32>', scale: 'array<f32>', zero: 'array<u32>' }, params: ['n'],
  code: `${DIVIDE}\n${RANGE}
@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) tid: u32, @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  var range = vec2<f32>();
  ${small ? 'for (var i = tid; i < p.n; i += 256u) { range = widen(range, x[i]); }' : `if (tid < ${SHARES}u) { range = ranges[tid]; }`}
  let all = combine(tid, range);
  var step = 1.0;
  if (all.x != all.y) { step = divide(all.y - all.x, 255.0); }
  let point = clamp(round(0.0 - divide(all.x, step)), 0.0, 255.0);
  if (group.x == 0u && tid == 0u) { scale[0] = step; zero[0] = u32(point); }
  let words = (p.n + 3u) / 4u;
  for (var w = group.x * 256u + tid; w < words; w += groups.x * 256u) {
    var v = vec4<u32>();
    for (var i = 0u; i < 4u; i++) {
      if (4u * w + i < p.n) { v[i] = u32(clamp(round(divide(x[4u * w + i], step)) + point, 0.0, 255.0)); }
    }
    codes[w] = pack4xU8(v);
  }
}`,
});

/** uint8 codes of a float32 tensor over the range of its values and 0, with their scale and zero point. */
export function quantizeDynamically(
  gpu: WebgpuSession, x: Tensor, make: (dtype: DType, dims: readonly number[]) => Tensor,
): { readonly codes: Tensor; readonly scale: Tensor; readonly zeroPoint: Tensor } {
  const made = { codes: make('uint8', x.dims), scale: make('float32', []), zeroPoint: make('uint8', []) };
  const out = [made.codes, made.scale, made.zeroPoint];
  if (x.size <= SMALL) {
    gpu.run(gpu.program('quantize by range, small', () => quantize(true)), [x, ...out], [x.size], [1]);
    return made;
  }
  const ranges = gpu.scratch('float32', [2 * SHARES]);
  gpu.run(gpu.program('range', () => FIND), [x, ranges], [x.size], [SHARES]);
  gpu.run(gpu.program('quantize by range', () => quantize(false)), [x, ranges, ...out], [x.size], [Math.min(1024, Math.ceil(x.size / 2048))]);
  ranges.dispose();
  return made;
}

/** y = saturate(rint(x / y_scale) + y_zero_point) in uint8 over the range of x and 0. Outputs: y, y_scale, y_zero_point */
export const dynamicQuantizeLinear = adapt(contract, (node) => onlyTypes(node, 0, 'float32'), (_, gpu) => ([x]: [Tensor], ctx) => {
  const { codes, scale, zeroPoint } = quantizeDynamically(gpu, x, (dtype, dims) => gpu.output(ctx, dtype, dims));
  return [codes, scale, zeroPoint];
});
