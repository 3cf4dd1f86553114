/** MatMulNBits for few rows: every weight is read once, and K is split over the threads of a workgroup. */
import type { ProgramSpec } from '../runtime/program.ts';
import { chunkOf, hasCorrection, operands, planeOf, planesOf, wordsOf, zeroAt, type NBitsFormat } from './nbits-format.ts';

export interface GemvTile {
  /** Threads side by side, each with four columns. */
  readonly lanes: number;
  /** Threads that share the blocks of a column. */
  readonly depth: number;
  /** Rows of A in one pass over the weights. */
  readonly rows: number;
}

/**
 * As many threads along K as there are blocks, in a workgroup of at most `most`: what a GPU has to hide the latency of its memory with.
 */
export function gemvTile({ blocks }: NBitsFormat, M: number, most: number): GemvTile {
  const lanes = most >= 1024 && blocks >= 128 ? 8 : 4;
  let depth = 4;
  while (2 * depth * lanes <= most && depth < Math.min(blocks, 128)) depth *= 2;
  return { lanes, depth, rows: Math.min(M, 4) };
}

/** Words of a column that are asked for before the first one is used. */
const AHEAD = 4;

const AXES = ['x', 'y', 'z', 'w'] as const;

/** y = a * weights^T + bias. Workgroups: [paddedN / (4 lanes), M / rows]. */
export function gemvProgram(f: NBitsFormat, { lanes, depth, rows }: GemvTile): ProgramSpec {
  const integer = f.level === 4;
  const n4 = f.paddedN / 4;
  const words = wordsOf(f) / f.blocks;
  const planes = planesOf(f.bits);
  const ahead = Math.min(words, AHEAD); // both are powers of two
  const each = (count: number, body: (i: number) => string) => Array.from({ length: count }, (_, i) => body(i)).join('\n');
  const exact = f.wholeZeros;
  const floatWord = () => `
        ${each(rows, (r) => each(planes, (i) => `let a${r}_${i} = load_a(row${r}, at * ${4 * planes}u + ${4 * i}u);`))}
        ${exact ? AXES.map((c) => each(planes, (i) => `{ let u = ${codesLess(f.bits, i, `q.${c}`, `zero.${c}`)};
          ${each(rows, (r) => `sum${r}.${c} += dot(u, a${r}_${i});`)} }`)).join('\n') : `
        ${each(rows, (r) => each(planes, (s) => `let v${r}_${s} = ${everyPlanesth(r, s, planes)};`))}
        ${AXES.map((c) => each(planes, (s) => `{ let u = vec4<f32>(unpack4xU8(${planeOf(f.bits, `q.${c}`, s)})) - zero.${c};
          ${each(rows, (r) => `sum${r}.${c} += dot(u, v${r}_${s});`)} }`)).join('\n')}`}`;
  const integerWord = () => `
        ${each(rows, (r) => each(planes, (s) => `let v${r}_${s} = a[(row${r} * ${wordsOf(f)}u + at) * ${planes}u + ${s}u];`))}
        ${AXES.map((c) => each(planes, (s) => `{ let u = ${planeOf(f.bits, `q.${c}`, s, true)};
          ${each(rows, (r) => `sum${r}.${c} += dot4I8Packed(u, v${r}_${s});`)} }`)).join('\n')}`;
  const chunks = f.blockSize / chunkOf(f);
  const rowSum = (r: number) => Array.from({ length: chunks }, (_, c) => `rowSums[(row${r} * ${f.blocks}u + b) * ${chunks}u + ${c}u]`).join(' + ');
  const close = (r: number) => (integer
    ? `acc${r} += (vec4<f32>(sum${r})${hasCorrection(f) ? ` - zero * f32(${rowSum(r)})` : ''}) * (scale * rowScales[row${r} * ${f.blocks}u + b]);`
    : `acc${r} += sum${r} * scale;`);
  const { reads, writes, code } = operands(f, true);
  return {
    label: `MatMulNBits, ${rows} rows`, reads, writes, params: ['M'],
    code: `${code}
var<workgroup> partial: array<vec4<f32>, ${lanes * depth}>;
@compute @workgroup_size(${lanes}, ${depth})
fn main(@builtin(local_invocation_id) lane: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let column = group.x * ${lanes}u + lane.x;
  let m0 = group.y * ${rows}u;
  ${each(rows, (r) => `let row${r} = min(m0 + ${r}u, p.M - 1u); var acc${r} = vec4<f32>();`)}
  if (column < ${n4}u) {
    for (var b = lane.y; b < ${f.blocks}u; b += ${depth}u) {
      let zero = ${zeroAt(f, `b * ${n4}u + column`, true)};
      let scale = scales[b * ${n4}u + column];
      ${each(rows, (r) => `var sum${r} = vec4<${integer ? 'i32' : 'f32'}>();`)}
      for (var i = 0u; i < ${words}u; i += ${ahead}u) {
        let first = b * ${words}u + i;
        ${each(ahead, (w) => `let q${w} = weights[(first + ${w}u) * ${n4}u + column];`)}
        ${each(ahead, (w) => `{ let at = first + ${w}u; let q = q${w};${integer ? integerWord() : floatWord()} }`)}
      }
      ${each(rows, close)}
    }
  }
  ${each(rows, (r) => `${r > 0 ? 'workgroupBarrier();' : ''}
  partial[lane.y * ${lanes}u + lane.x] = acc${r};
  ${folds(depth).map(([span, left]) => `workgroupBarrier();
  if (lane.y < ${left}u) {
    var sum = partial[lane.y * ${lanes}u + lane.x];
    for (var d = lane.y + ${left}u; d < ${span}u; d += ${left}u) { sum += partial[d * ${lanes}u + lane.x]; }
    partial[lane.y * ${lanes}u + lane.x] = sum;
  }`).join('\n  ')}
  if (lane.y == 0u && column < ${n4}u && m0 + ${r}u < p.M) { finish(m0 + ${r}u, column * 4u, partial[lane.x]); }`)}
}`,
  };
}

/** The steps that add up `depth` partial sums, eight of them at a time: from how many to how many. */
function folds(depth: number): [span: number, left: number][] {
  const steps: [number, number][] = [];
  for (let span = depth; span > 1;) {
    const left = Math.ceil(span / 8);
    steps.push([span, left]);
    span = left;
  }
  return steps;
}

/** The four values of A that meet plane `s`: elements s, s + planes, s + 2 planes and s + 3 planes of those loaded. */
function everyPlanesth(r: number, s: number, planes: number): string {
  return `vec4<f32>(${[0, 1, 2, 3].map((i) => `a${r}_${Math.floor((i * planes + s) / 4)}.${AXES[(i * planes + s) % 4]}`).join(', ')})`;
}

/**
 * Codes 4 v to 4 v + 3 of a word less their zero point as floats without a conversion: put as they lie into the low bits of 2^23, they are
 * 2^23 + code * 2^place. Times 2^-place, less 2^(23 - place) + zero, is exact, and one instruction.
 */
function codesLess(bits: number, v: number, word: string, zero: string): string {
  const at = [0, 1, 2, 3].map((i) => (4 * v + i) * bits);
  const place = at.map((b) => b % 16);
  const vector = (type: string, parts: readonly (string | number)[]) => `vec4<${type}>(${parts.join(', ')})`;
  const words = vector('u32', at.map((b) => (b < 16 ? word : `${word} >> 16u`)));
  const masks = vector('u32', place.map((b) => `${(2 ** bits - 1) * 2 ** b}u`));
  const lifted = `bitcast<vec4<f32>>((${words} & ${masks}) | vec4<u32>(0x4b000000u))`;
  return `fma(${lifted}, ${vector('f32', place.map((b) => 2 ** -b))}, -(${vector('f32', place.map((b) => 2 ** (23 - b)))} + ${zero}))`;
}
