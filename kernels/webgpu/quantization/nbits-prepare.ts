/** Programs that bring MatMulNBits operands into the layouts of `nbits-format.ts`. */
import type { ProgramSpec } from '../runtime/program.ts';
import { DIVIDE } from '../wgsl/library.ts';
import { rowLoads, scalarLoads, type FloatType } from '../wgsl/rows.ts';
import { chunkOf, planesOf, wordsOf, type NBitsFormat } from './nbits-format.ts';

function transposing(label: string, f: NBitsFormat, rows: number, x: { type: string; code: string }, element: string, from: string): ProgramSpec {
  return {
    label, reads: { x: x.type }, writes: { y: `array<${element}>` },
    code: `${x.code}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = id.x; let r = id.y;
  if (n >= ${f.paddedN}u || r >= ${rows}u) { return; }
  var v = ${element}(0);
  if (n < ${f.N}u) { v = ${from}; }
  y[r * ${f.paddedN}u + n] = v;
}`,
  };
}

/** [N, words] to [words, paddedN]. Workgroups: [paddedN / 64, words]. */
export function packWeights(f: NBitsFormat): ProgramSpec {
  return transposing('pack weights', f, wordsOf(f), { type: 'array<u32>', code: '' }, 'u32', `x[n * ${wordsOf(f)}u + r]`);
}

/** Floats [N, blocks] (scales, zero points) to [blocks, paddedN]. Workgroups: [paddedN / 64, blocks]. */
export function packFloats(f: NBitsFormat, dtype: FloatType): ProgramSpec {
  return transposing('pack scales', f, f.blocks, scalarLoads('x', dtype), 'f32', `load_x(n * ${f.blocks}u + r)`);
}

/** Zero points of `bits` each, rows of N starting on a byte, to floats [blocks, paddedN]. Workgroups: [paddedN / 64, blocks]. */
export function packZeros(f: NBitsFormat): ProgramSpec {
  const rowBytes = Math.ceil((f.blocks * f.bits) / 8), per = 8 / f.bits;
  const code = `fn code(n: u32, b: u32) -> f32 {
  let byte = n * ${rowBytes}u + b / ${per}u;
  return f32((x[byte >> 2u] >> ((byte & 3u) * 8u + (b % ${per}u) * ${f.bits}u)) & ${2 ** f.bits - 1}u);
}`;
  return transposing('pack zero points', f, f.blocks, { type: 'array<u32>', code }, 'f32', 'code(n, r)');
}

/**
 * Rows of A [M, K] to int8 in blocks: scale = max |a| / 127, code = rint(a * (127 / max |a|)), in the order that meets the planes of the
 * weights. codes: [M, words, planes], rowScales: [M, blocks], rowSums: [M, chunks]. Workgroups: [blocks / 64, M].
 */
export function quantizeRows(f: NBitsFormat): ProgramSpec {
  const planes = planesOf(f.bits), chunk = chunkOf(f);
  const perWord = 4 * planes; // elements of A that meet one word of weights
  const inChunk = chunk / perWord, chunks = f.blockSize / chunk;
  const all = Array.from({ length: planes }, (_, i) => i);
  const plane = (s: number) => [0, 1, 2, 3].map((i) => `v[${i * planes + s}]`).join(', ');
  const a = rowLoads('a', f.a, f.K, f.K % f.blockSize !== 0);
  return {
    label: 'quantize rows', reads: { a: a.type }, writes: { codes: 'array<u32>', rowScales: 'array<f32>', rowSums: 'array<i32>' },
    code: `${a.code}\n${DIVIDE}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let b = id.x; let m = id.y;
  if (b >= ${f.blocks}u) { return; }
  var peak = vec4<f32>();
  for (var k = 0u; k < ${f.blockSize}u; k += 4u) { peak = max(peak, abs(load_a(m, b * ${f.blockSize}u + k))); }
  let most = max(max(peak.x, peak.y), max(peak.z, peak.w));
  var inverse = 0.0;
  if (most > 0.0) { inverse = divide(127.0, most); }
  rowScales[m * ${f.blocks}u + b] = divide(most, 127.0);
  for (var c = 0u; c < ${chunks}u; c++) {
    var sum = 0i;
    for (var w = 0u; w < ${inChunk}u; w++) {
      let at = (b * ${chunks}u + c) * ${inChunk}u + w;
      var v: array<i32, ${perWord}>;
      ${all.map((i) => `{ let x = vec4<i32>(round(load_a(m, at * ${perWord}u + ${4 * i}u) * inverse));
        ${[0, 1, 2, 3].map((j) => `v[${4 * i + j}] = x[${j}];`).join(' ')} sum += x.x + x.y + x.z + x.w; }`).join('\n')}
      ${all.map((s) => `codes[(m * ${wordsOf(f)}u + at) * ${planes}u + ${s}u] = pack4xI8(vec4<i32>(${plane(s)}));`).join('\n')}
    }
    rowSums[(m * ${f.blocks}u + b) * ${chunks}u + c] = sum;
  }
}`,
  };
}
