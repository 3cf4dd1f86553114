/** MatMulNBits for many rows, in tiles: floats with weights dequantized on the way to the tile, or integers with both sides as int8. */
import { tileProduct, type Tile } from '../math/float-tile.ts';
import type { ProgramSpec } from '../runtime/program.ts';
import { chunkOf, hasCorrection, operands, planeOf, planesOf, wordsOf, zeroAt, type NBitsFormat } from './nbits-format.ts';

const DEPTH = 16; // of a step along K: every block is a multiple of it

/** Level 0. Workgroups: [N / tile.columns, M / tile.rows]. */
export function floatGemmProgram(f: NBitsFormat, tile: Tile): ProgramSpec {
  const { reads, writes, code } = operands(f, false);
  const per = 32 / f.bits;
  const mask = f.bits === 8 ? '255u' : f.bits === 4 ? '15u' : '3u';
  const fillB = `
    for (var i = tid; i < ${(DEPTH / per) * tile.columns}u; i += ${tile.threads}u) {
      let n = min(n0 + i % ${tile.columns}u, ${f.paddedN - 1}u); let w = i / ${tile.columns}u;
      let at = ((k0 / ${f.blockSize}u) * ${f.paddedN}u) + n;
      let q = weights[(k0 / ${per}u + w) * ${f.paddedN}u + n];
      let zero = ${zeroAt(f, 'at', false)};
      let scale = scales[at];
      ${Array.from({ length: per }, (_, j) => `putB(w * ${per}u + ${j}u, i % ${tile.columns}u, (f32((q >> ${j * f.bits}u) & ${mask}) - zero) * scale);`).join('\n      ')}
    }`;
  return {
    label: 'MatMulNBits, tiles of floats', reads, writes, params: ['M'],
    code: `${code}\n${tileProduct({
      tile, depth: DEPTH, K: `${f.blocks * f.blockSize}u`, loadA: `load_a(min(m0 + row, p.M - 1u), k0 + 4u * k4)`, fillB,
      store: `if (m < p.M && n < ${f.N}u) { finish(m, n, v); }`,
    })}`,
  };
}

/** Rows, columns and words along K of the tile of integers; 256 threads, each with 4 x 4 results. */
const SIDE = 64;

/** Level 4. Workgroups: [N / 64, M / 64]. */
export function integerGemmProgram(f: NBitsFormat): ProgramSpec {
  const { reads, writes, code } = operands(f, false);
  const planes = planesOf(f.bits);
  const chunk = chunkOf(f), chunks = f.blockSize / chunk;
  const deep = chunk / 4; // int8 words of a chunk
  const words = deep / planes;
  const all = [0, 1, 2, 3];
  return {
    label: 'MatMulNBits, tiles of integers', reads, writes, params: ['M'],
    code: `${code}
var<workgroup> tileA: array<vec4<u32>, ${(deep * SIDE) / 4}>; // [deep, rows]
var<workgroup> tileB: array<vec4<u32>, ${(deep * SIDE) / 4}>; // [deep, columns]
var<workgroup> scaleA: array<vec4<f32>, ${SIDE / 4}>;
var<workgroup> scaleB: array<vec4<f32>, ${SIDE / 4}>;
${hasCorrection(f) ? `var<workgroup> sumA: array<vec4<f32>, ${SIDE / 4}>;\nvar<workgroup> zeroB: array<vec4<f32>, ${SIDE / 4}>;` : ''}
@compute @workgroup_size(16, 16)
fn main(@builtin(local_invocation_id) lane: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let tid = lane.y * 16u + lane.x;
  let m0 = group.y * ${SIDE}u; let n0 = group.x * ${SIDE}u;
  ${all.map((i) => `var acc${i} = vec4<f32>();`).join(' ')}
  for (var c = 0u; c < ${f.blocks * chunks}u; c++) {
    for (var i = tid; i < ${deep * SIDE}u; i += 256u) {
      let m = i / ${deep}u; let d = i % ${deep}u;
      tileA[d * ${SIDE / 4}u + (m >> 2u)][m & 3u] = a[min(m0 + m, p.M - 1u) * ${wordsOf(f) * planes}u + c * ${deep}u + d];
    }
    for (var i = tid; i < ${words * SIDE}u; i += 256u) {
      let n = i % ${SIDE}u; let w = i / ${SIDE}u;
      let q = weights[(c * ${words}u + w) * ${f.paddedN}u + min(n0 + n, ${f.paddedN - 1}u)];
      ${Array.from({ length: planes }, (_, s) => `tileB[(w * ${planes}u + ${s}u) * ${SIDE / 4}u + (n >> 2u)][n & 3u] = ${planeOf(f.bits, 'q', s, true)};`).join('\n      ')}
    }
    let b = c / ${chunks}u;
    if (tid < ${SIDE}u) {
      let m = min(m0 + tid, p.M - 1u);
      scaleA[tid >> 2u][tid & 3u] = rowScales[m * ${f.blocks}u + b];
      ${hasCorrection(f) ? `sumA[tid >> 2u][tid & 3u] = f32(rowSums[m * ${f.blocks * chunks}u + c]);` : ''}
    } else if (tid < ${2 * SIDE}u) {
      let i = tid - ${SIDE}u; let at = b * ${f.paddedN}u + min(n0 + i, ${f.paddedN - 1}u);
      scaleB[i >> 2u][i & 3u] = scales[at];
      ${hasCorrection(f) ? `zeroB[i >> 2u][i & 3u] = ${zeroAt(f, 'at', false)};` : ''}
    }
    workgroupBarrier();
    ${all.map((i) => `var sum${i} = vec4<i32>();`).join(' ')}
    for (var d = 0u; d < ${deep}u; d++) {
      let x = tileA[d * ${SIDE / 4}u + lane.y]; let y = tileB[d * ${SIDE / 4}u + lane.x];
      ${all.map((i) => `sum${i} += vec4<i32>(${all.map((j) => `dot4I8Packed(x[${i}], y[${j}])`).join(', ')});`).join('\n      ')}
    }
    ${all.map((i) => `acc${i} += (vec4<f32>(sum${i})${hasCorrection(f) ? ` - zeroB[lane.x] * sumA[lane.y][${i}]` : ''}) * (scaleB[lane.x] * scaleA[lane.y][${i}]);`).join('\n    ')}
    workgroupBarrier();
  }
  let n = n0 + lane.x * 4u;
  if (n < ${f.N}u) {
    ${all.map((i) => `if (m0 + lane.y * 4u + ${i}u < p.M) { finish(m0 + lane.y * 4u + ${i}u, n, acc${i}); }`).join('\n    ')}
  }
}`,
  };
}
