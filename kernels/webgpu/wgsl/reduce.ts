/** Reductions within a workgroup: every invocation brings a value, all get the result. */

/** Invocations of a workgroup that shares a row. */
export const ROW = 128;

/**
 * `fn NAME(v: T, lid: u32) -> T` over a workgroup of ROW invocations, by halving. `combine` is an expression of a and b. Call it from
 * uniform control flow.
 */
export function workgroupReduce(name: string, type: string, combine: string): string {
  return `
var<workgroup> ${name}_shared: array<${type}, ${ROW}>;
fn ${name}_combine(a: ${type}, b: ${type}) -> ${type} { return ${combine}; }
fn ${name}(v: ${type}, lid: u32) -> ${type} {
  ${name}_shared[lid] = v;
  workgroupBarrier();
  for (var half = ${ROW / 2}u; half > 0u; half >>= 1u) {
    if (lid < half) { ${name}_shared[lid] = ${name}_combine(${name}_shared[lid], ${name}_shared[lid + half]); }
    workgroupBarrier();
  }
  let result = ${name}_shared[0];
  workgroupBarrier();
  return result;
}`;
}

/** Head of a kernel with one workgroup a row: `row` and `lid` are set, rows past `p.rows` return. */
export const ROW_MAIN = `
@compute @workgroup_size(${ROW})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) nwg: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let row = wid.y * nwg.x + wid.x;
  if (row >= p.rows) { return; }`;
