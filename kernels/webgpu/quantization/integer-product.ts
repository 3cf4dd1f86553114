/**
 * Products of 8-bit codes, exact in 32-bit integers, four multiply-adds a step. Codes are taken as int8: uint8 ones less 128, as their zero
 * points are. With a' and b' the int8 codes and za, zb their zero points,
 *
 *     sum over k of (a' - za) * (b' - zb) = sum a' b' - za * sum b' - zb * sum a' + K * za * zb
 *
 * On the device, B is [K / 16, paddedN] vectors of four words, 16 codes along K in each; A is [M, K / 4] words.
 */
import type { ProgramSpec } from '../runtime/program.ts';
import { elementOf, loader } from '../wgsl/element.ts';

/** What becomes of the sums. */
export type Finish =
  /** int32 */
  | { readonly kind: 'sums' }
  /** saturate(rint(float32(sum) * multipliers[n]) + zero): codes of `type`, as words of four where rows are whole words, else as int32. */
  | { readonly kind: 'codes'; readonly type: 'uint8' | 'int8' }
  /** float32(sum) * (row scale * column scale) + bias */
  | { readonly kind: 'floats'; readonly bias: boolean };

export interface IntegerForm {
  /** A's codes are uint8: 128 is taken off on the way in. */
  readonly aUnsigned: boolean;
  /** Rows of A are whole vectors of 16 codes. */
  readonly aVectors: boolean;
  /** Rows of y are whole vectors of four. */
  readonly yVectors: boolean;
  /** How zero points of A are stored: as int32 with 128 taken off where codes are uint8, or as they came. */
  readonly aZero: 'int32' | 'uint8' | 'int8';
  /** Some column has a zero point other than 0 (as int8): sums of A's rows are taken. */
  readonly bZeros: boolean;
  readonly finish: Finish;
  /** int32 [.., N] or broadcast, added to the sums. */
  readonly c: boolean;
}

/**
 * aWords: words of a row of A; batch as [b0, b1, b2] and matrices' distances in A (words), in B (matrices), in y's rows; aParameter: from one row's
 * zero point and scale to the next; low and high: the range of codes less the zero point.
 */
export const INTEGER_PARAMS = ['M', 'N', 'K', 'paddedN', 'aWords', 'b1', 'b2', 'aBatch[3]', 'bBatch[3]', 'aZeroStep', 'aScaleStep', 'cRow', 'cColumn', 'zero:i32', 'low:i32', 'high:i32'];

function common(f: IntegerForm): { reads: Record<string, string>; writes: Record<string, string>; code: string } {
  const { finish } = f;
  const flip = (w: string, type: string) => (f.aUnsigned ? `${w} ^ ${type}(0x80808080u)` : w);
  const a16 = f.aVectors
    ? `if (m >= p.M || k16 * 4u >= p.aWords) { return vec4<u32>(); } return ${flip('a[(at + m * p.aWords) / 4u + k16]', 'vec4<u32>')};`
    : `var v = vec4<u32>(); if (m < p.M) { for (var i = 0u; i < 4u; i++) { let w = k16 * 4u + i; if (w < p.aWords) { v[i] = ${flip('a[at + m * p.aWords + w]', 'u32')}; } } } return v;`;
  const results: Record<Finish['kind'], string> = {
    sums: 'let v = sum;',
    codes: `let v = vec4<i32>(clamp(round(vec4<f32>(sum) * vec4<f32>(${lines('multipliers')})), vec4<f32>(f32(p.low)), vec4<f32>(f32(p.high)))) + p.zero;`,
    floats: `let v = vec4<f32>(sum) * (aScale[m * p.aScaleStep] * vec4<f32>(${lines('bScale')}))${finish.kind === 'floats' && finish.bias ? ` + vec4<f32>(${lines('bias')})` : ''};`,
  };
  const words = finish.kind === 'codes' && f.yVectors;
  const element = finish.kind === 'floats' ? 'f32' : 'i32';
  const store = words ? 'y[at >> 2u] = pack4xU8(vec4<u32>(v));'
    : f.yVectors ? 'y[at >> 2u] = v;' : 'for (var i = 0u; i < 4u; i++) { if (n + i < p.N) { y[at + i] = v[i]; } }';
  return {
    reads: {
      a: f.aVectors ? 'array<vec4<u32>>' : 'array<u32>', b: 'array<vec4<u32>>', bSums: 'array<i32>', aZero: elementOf(f.aZero).storage, ...(f.bZeros && { bZero: 'array<i32>' }),
      ...(f.c && { c: 'array<i32>' }), ...(finish.kind === 'codes' && { multipliers: 'array<f32>' }),
      ...(finish.kind === 'floats' && { aScale: 'array<f32>', bScale: 'array<f32>', ...(finish.bias && { bias: 'array<f32>' }) }),
    },
    writes: { y: words ? 'array<u32>' : f.yVectors ? `array<vec4<${element}>>` : `array<${element}>` },
    code: `${loader('aZero', f.aZero)}
fn a16(at: u32, m: u32, k16: u32) -> vec4<u32> { ${a16} }
// From the sum on, one after another: GPUs add in the instruction that multiplies.
fn dot16(sum: i32, x: vec4<u32>, y: vec4<u32>) -> i32 {
  var s = sum + dot4I8Packed(x.x, y.x);
  s += dot4I8Packed(x.y, y.y);
  s += dot4I8Packed(x.z, y.z);
  return s + dot4I8Packed(x.w, y.w);
}
fn ones16(sum: i32, x: vec4<u32>) -> i32 { return dot16(sum, x, vec4<u32>(0x01010101u)); }
fn finish(z: u32, bMatrix: u32, m: u32, n: u32, products: vec4<i32>, rowSum: i32) {
  var sum = products;
  let za = i32(aZero_at(m * p.aZeroStep))${f.aZero === 'uint8' ? ' - 128' : ''};
  let columns = bMatrix * p.paddedN + n;
  sum -= za * vec4<i32>(bSums[columns], bSums[columns + 1u], bSums[columns + 2u], bSums[columns + 3u]);
  ${f.bZeros ? `let zb = vec4<i32>(${lines('bZero')}); sum += zb * (i32(p.K) * za - rowSum);` : ''}
  ${f.c ? 'for (var i = 0u; i < 4u; i++) { if (n + i < p.N) { sum[i] += c[m * p.cRow + (n + i) * p.cColumn]; } }' : ''}
  ${results[finish.kind]}
  let at = (z * p.M + m) * p.N + n;
  ${store}
}`,
  };
}

const lines = (name: string): string => [0, 1, 2, 3].map((i) => `${name}[n + ${i}u]`).join(', ');

const OFFSETS = `let z = group.z;
  let z0 = z / (p.b1 * p.b2); let z1 = (z / p.b2) % p.b1; let z2 = z % p.b2;
  let aAt = z0 * p.aBatch_0 + z1 * p.aBatch_1 + z2 * p.aBatch_2;
  let bMatrix = z0 * p.bBatch_0 + z1 * p.bBatch_1 + z2 * p.bBatch_2;
  let depth = (p.K + 15u) / 16u;
  let bAt = bMatrix * depth * p.paddedN;`;

/** Vectors of 16 codes in a step along K. */
const STEP = 4;

/** A tile of 16 t rows and 64 columns: 256 threads, each with t rows and 4 columns. Workgroups: [N / 64, M / (16 t), batch]. */
export function tiledIntegers(f: IntegerForm, t: number): ProgramSpec {
  const { reads, writes, code } = common(f);
  const rows = 16 * t;
  const each = (body: (i: number) => string, by = '\n      ') => Array.from({ length: t }, (_, i) => body(i)).join(by);
  const vectors = Math.ceil(t / 4);
  const ofA = (body: (i: number) => string) => `${t < 4 ? `if (mA < ${rows}u) ` : ''}{ ${Array.from({ length: vectors }, (_, i) => body(i)).join(' ')} }`;
  const load = (k0: string) => `${ofA((i) => `nextA${i} = a16(aAt, m0 + mA + ${64 * i}u, ${k0} + kA);`)} nextB = b[bAt + min(${k0} + kB, depth - 1u) * p.paddedN + nB];`;
  const store = `${ofA((i) => `tileA[kA * ${rows}u + mA + ${64 * i}u] = nextA${i};`)} tileB[kB * 64u + (cB & 3u) * 16u + (cB >> 2u)] = nextB;`;
  return {
    label: 'integer product in tiles', reads, writes, params: INTEGER_PARAMS,
    code: `${code}
var<workgroup> tileA: array<vec4<u32>, ${STEP * rows}>; // [STEP, rows]
var<workgroup> tileB: array<vec4<u32>, ${STEP * 64}>; // [STEP, 4, 16]: column 4 c + j at j * 16 + c
@compute @workgroup_size(16, 16)
fn main(@builtin(local_invocation_id) lane: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let tid = lane.y * 16u + lane.x;
  let m0 = group.y * ${rows}u; let n0 = group.x * 64u;
  ${OFFSETS}
  ${each((i) => `var acc${i} = vec4<i32>(); var ones${i} = 0i;`, ' ')}
  let mA = tid / ${STEP}u; let kA = tid % ${STEP}u; // what this thread brings: ${vectors} vectors of A, one of B
  let cB = tid % 64u; let kB = tid / 64u;
  let nB = min(n0 + cB, p.paddedN - 1u);
  ${Array.from({ length: vectors }, (_, i) => `var nextA${i} = vec4<u32>();`).join(' ')} var nextB = vec4<u32>();
  ${load('0u')}
  for (var k0 = 0u; k0 < depth; k0 += ${STEP}u) {
    ${store}
    workgroupBarrier();
    ${load(`k0 + ${STEP}u`)} // on their way while this step is computed
    for (var k = 0u; k < ${STEP}u; k++) {
      ${[0, 1, 2, 3].map((j) => `let y${j} = tileB[k * 64u + ${16 * j}u + lane.x];`).join(' ')}
      ${each((i) => `{ let x = tileA[k * ${rows}u + lane.y + ${16 * i}u];
        acc${i} = vec4<i32>(${['x', 'y', 'z', 'w'].map((c, j) => `dot16(acc${i}.${c}, x, y${j})`).join(', ')});${f.bZeros ? ` ones${i} = ones16(ones${i}, x);` : ''} }`)}
    }
    workgroupBarrier();
  }
  let n = n0 + 4u * lane.x;
  if (n < p.N) {
    ${each((i) => `if (m0 + lane.y + ${16 * i}u < p.M) { finish(z, bMatrix, m0 + lane.y + ${16 * i}u, n, acc${i}, ones${i}); }`)}
  }
}`,
  };
}

/** For M of 1 to 4: 32 columns, K split over 8 threads each. Workgroups: [N / 32, 1, batch]. */
export function thinIntegers(f: IntegerForm, rows: number): ProgramSpec {
  const { reads, writes, code } = common(f);
  const each = (body: (i: number) => string) => Array.from({ length: rows }, (_, i) => body(i)).join('\n  ');
  return {
    label: `integer product of ${rows} rows`, reads, writes, params: INTEGER_PARAMS,
    code: `${code}
var<workgroup> partial: array<i32, 256>;
var<workgroup> partialOnes: array<i32, 8>;
@compute @workgroup_size(32, 8)
fn main(@builtin(local_invocation_id) lane: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  ${OFFSETS}
  let n0 = group.x * 32u;
  let column = min(n0 + lane.x, p.paddedN - 1u);
  ${each((r) => `var acc${r} = 0i; var ones${r} = 0i;`)}
  for (var k = lane.y; k < depth; k += 8u) {
    let w = b[bAt + k * p.paddedN + column];
    ${each((r) => `{ let x = a16(aAt, ${r}u, k); acc${r} = dot16(acc${r}, x, w);${f.bZeros ? ` ones${r} = ones16(ones${r}, x);` : ''} }`)}
  }
  let tid = lane.y * 32u + lane.x;
  ${each((r) => `${r > 0 ? 'workgroupBarrier();' : ''}
  partial[tid] = acc${r};
  if (lane.x == 0u) { partialOnes[lane.y] = ones${r}; }
  for (var half = 4u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane.y < half) {
      partial[tid] += partial[tid + half * 32u];
      if (lane.x == 0u) { partialOnes[lane.y] += partialOnes[lane.y + half]; }
    }
  }
  workgroupBarrier();
  { let n = n0 + 4u * tid;
    if (tid < 8u && n < p.N && ${r}u < p.M) { finish(z, bMatrix, ${r}u, n, vec4<i32>(partial[4u * tid], partial[4u * tid + 1u], partial[4u * tid + 2u], partial[4u * tid + 3u]), partialOnes[0]); } }`)}
}`,
  };
}

/**
 * B as products read it, from codes [matrices, K, N] (element [k, n] at k * row + n * column), and the sums of its columns.
 * Workgroups: [paddedN / 64, matrices].
 */
export function packRight(unsigned: boolean): ProgramSpec {
  return {
    label: 'pack B', reads: { x: 'array<u32>' }, writes: { b: 'array<vec4<u32>>', bSums: 'array<i32>' }, params: ['N', 'K', 'paddedN', 'row', 'column'],
    code: `
fn code(at: u32) -> u32 { return ((x[at >> 2u] >> ((at & 3u) * 8u)) & 255u)${unsigned ? ' ^ 128u' : ''}; }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = id.x; let matrix = id.y; let depth = (p.K + 15u) / 16u;
  if (n >= p.paddedN) { return; }
  var sum = 0i;
  for (var k16 = 0u; k16 < depth; k16++) {
    var v = vec4<u32>();
    if (n < p.N) {
      for (var i = 0u; i < 16u; i++) {
        let k = k16 * 16u + i;
        if (k < p.K) { v[i >> 2u] |= code(matrix * p.K * p.N + k * p.row + n * p.column) << ((i & 3u) * 8u); }
      }
    }
    for (var i = 0u; i < 4u; i++) { sum += dot4I8Packed(v[i], 0x01010101u); }
    b[(matrix * depth + k16) * p.paddedN + n] = v;
  }
  bSums[matrix * p.paddedN + n] = sum;
}`,
  };
}

/** A as int8 words [rows, K / 4], from codes with element [r, k] at r * row + k * column of each matrix. Workgroups: [K / 256, rows, matrices]. */
export function packLeft(unsigned: boolean): ProgramSpec {
  return {
    label: 'pack A', reads: { x: 'array<u32>' }, writes: { y: 'array<u32>' }, params: ['M', 'K', 'row', 'column'],
    code: `
fn code(at: u32) -> u32 { return ((x[at >> 2u] >> ((at & 3u) * 8u)) & 255u)${unsigned ? ' ^ 128u' : ''}; }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let words = (p.K + 3u) / 4u;
  if (id.x >= words) { return; }
  var v = 0u;
  for (var i = 0u; i < 4u; i++) { let k = 4u * id.x + i; if (k < p.K) { v |= code(id.z * p.M * p.K + id.y * p.row + k * p.column) << (8u * i); } }
  y[(id.z * p.M + id.y) * words + id.x] = v;
}`,
  };
}
