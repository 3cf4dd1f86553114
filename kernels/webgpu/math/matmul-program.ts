/** Matrix products of floats, batched, with operands at any strides: in tiles, or for few rows with K split over a workgroup. */
import type { ProgramSpec } from '../runtime/program.ts';
import { halfEncoder } from '../wgsl/library.ts';
import type { FloatType } from '../wgsl/rows.ts';
import { tileProduct, type Tile } from './float-tile.ts';

/** What a program is made for. */
export interface MatMulForm {
  readonly a: FloatType;
  readonly b: FloatType;
  /** What is stored: float16 only where rows of y are whole words. */
  readonly y: FloatType;
  /** Rows of A are stored one after the other, in whole vectors of four. */
  readonly aVectors: boolean;
  /** Rows of B and y are. */
  readonly bVectors: boolean;
  /** y = alpha * A * B + beta * C */
  readonly c: FloatType | undefined;
}

export const formKey = (f: MatMulForm): string => `${f.a} ${f.b} ${f.y} ${f.aVectors} ${f.bVectors} ${f.c}`;

/**
 * M, N, K; where element [m, k] of A and [k, n] of B lie; the batch as [b0, b1, b2] and how far its matrices are apart in A and B; factors;
 * strides of C.
 */
export const MATMUL_PARAMS = ['M', 'N', 'K', 'aRow', 'aColumn', 'bRow', 'bColumn', 'b1', 'b2', 'aBatch[3]', 'bBatch[3]', 'alpha:f32', 'beta:f32', 'cRow', 'cColumn'];

const storage = (dtype: FloatType, vectors: boolean): string =>
  (vectors ? (dtype === 'float32' ? 'array<vec4<f32>>' : 'array<vec2<u32>>') : dtype === 'float32' ? 'array<f32>' : 'array<u32>');

/** `NAME_at(i)` and, for vectors, `NAME_at4(i)`: four elements from i on. */
function loads(name: string, dtype: FloatType, vectors: boolean): string {
  if (vectors) {
    return dtype === 'float32' ? `fn ${name}_at4(i: u32) -> vec4<f32> { return ${name}[i >> 2u]; }`
      : `fn ${name}_at4(i: u32) -> vec4<f32> { let w = ${name}[i >> 2u]; return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y)); }`;
  }
  return dtype === 'float32' ? `fn ${name}_at(i: u32) -> f32 { return ${name}[i]; }`
    : `fn ${name}_at(i: u32) -> f32 { return unpack2x16float(${name}[i >> 1u])[i & 1u]; }`;
}

function common(f: MatMulForm): { reads: Record<string, string>; writes: Record<string, string>; code: string } {
  const y = f.y === 'float32'
    ? 'y[at >> 2u] = v;' : 'y[at >> 2u] = vec2<u32>(y_half(v.x) | (y_half(v.y) << 16u), y_half(v.z) | (y_half(v.w) << 16u));';
  const store = f.bVectors ? y : 'for (var i = 0u; i < 4u; i++) { if (n + i < p.N) { y[at + i] = v[i]; } }';
  const added = f.c === undefined ? ''
    : 'for (var i = 0u; i < 4u; i++) { if (n + i < p.N) { v[i] += p.beta * c_at(m * p.cRow + (n + i) * p.cColumn); } }';
  return {
    reads: { a: storage(f.a, f.aVectors), b: storage(f.b, f.bVectors), ...(f.c && { c: storage(f.c, false) }) },
    writes: { y: storage(f.y, f.bVectors) },
    code: `${f.y === 'float16' ? halfEncoder('y_half') : ''}
${loads('a', f.a, f.aVectors)}\n${loads('b', f.b, f.bVectors)}\n${f.c === undefined ? '' : loads('c', f.c, false)}
fn batchOf(z: u32) -> vec3<u32> { return vec3<u32>(z / (p.b1 * p.b2), (z / p.b2) % p.b1, z % p.b2); }
fn a4(at: u32, m: u32, k: u32) -> vec4<f32> {
  ${f.aVectors ? 'if (m >= p.M || k >= p.K) { return vec4<f32>(); } return a_at4(at + m * p.aRow + k);'
    : 'var v = vec4<f32>(); if (m < p.M) { for (var i = 0u; i < 4u; i++) { if (k + i < p.K) { v[i] = a_at(at + m * p.aRow + (k + i) * p.aColumn); } } } return v;'}
}
fn b4(at: u32, k: u32, n: u32) -> vec4<f32> {
  ${f.bVectors ? 'if (k >= p.K || n >= p.N) { return vec4<f32>(); } return b_at4(at + k * p.bRow + n);'
    : 'var v = vec4<f32>(); if (k < p.K) { for (var i = 0u; i < 4u; i++) { if (n + i < p.N) { v[i] = b_at(at + k * p.bRow + (n + i) * p.bColumn); } } } return v;'}
}
fn finish(z: u32, m: u32, n: u32, product: vec4<f32>) {
  var v = product * p.alpha;
  ${added}
  let at = (z * p.M + m) * p.N + n;
  ${store}
}`,
  };
}

const OFFSETS = `let batch = batchOf(group.z);
  let aAt = batch.x * p.aBatch_0 + batch.y * p.aBatch_1 + batch.z * p.aBatch_2;
  let bAt = batch.x * p.bBatch_0 + batch.y * p.bBatch_1 + batch.z * p.bBatch_2;`;

const DEPTH = 16;

/** Workgroups: [N / tile.columns, M / tile.rows, batch]. */
export function tiledMatMul(f: MatMulForm, tile: Tile): ProgramSpec {
  const { reads, writes, code } = common(f);
  const n4 = tile.columns / 4;
  return {
    label: 'MatMul in tiles', reads, writes, params: MATMUL_PARAMS,
    code: `${code}\n${tileProduct({
      tile, depth: DEPTH, K: 'p.K', begin: OFFSETS, loadA: 'a4(aAt, m0 + row, k0 + 4u * k4)',
      fillB: `for (var i = tid; i < ${DEPTH * n4}u; i += ${tile.threads}u) { putB4(i / ${n4}u, i % ${n4}u, b4(bAt, k0 + i / ${n4}u, n0 + 4u * (i % ${n4}u))); }`,
      store: 'if (m < p.M && n < p.N) { finish(group.z, m, n, v); }',
    })}`,
  };
}

/** For M of 1 to 4: every element of B is read once. 8 threads side by side with four columns each, 32 along K. Workgroups: [N / 32, 1, batch]. */
export function thinMatMul(f: MatMulForm, rows: number): ProgramSpec {
  const { reads, writes, code } = common(f);
  const each = (body: (r: number) => string) => Array.from({ length: rows }, (_, r) => body(r)).join('\n  ');
  return {
    label: `MatMul of ${rows} rows`, reads, writes, params: MATMUL_PARAMS,
    code: `${code}
var<workgroup> partial: array<vec4<f32>, 256>;
@compute @workgroup_size(8, 32)
fn main(@builtin(local_invocation_id) lane: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  ${OFFSETS}
  let n = (group.x * 8u + lane.x) * 4u;
  ${each((r) => `var acc${r} = vec4<f32>();`)}
  for (var k = lane.y * 4u; k < p.K; k += 128u) {
    ${each((r) => `let x${r} = a4(aAt, ${r}u, k);`)}
    ${[0, 1, 2, 3].map((i) => `{ let w = b4(bAt, k + ${i}u, n); ${each((r) => `acc${r} += x${r}[${i}] * w;`)} }`).join('\n    ')}
  }
  ${each((r) => `${r > 0 ? 'workgroupBarrier();' : ''}
  partial[lane.y * 8u + lane.x] = acc${r};
  for (var half = 16u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane.y < half) { partial[lane.y * 8u + lane.x] += partial[(lane.y + half) * 8u + lane.x]; }
  }
  if (lane.y == 0u && n < p.N && ${r}u < p.M) { finish(group.z, ${r}u, n, partial[lane.x]); }`)}
}`,
  };
}
