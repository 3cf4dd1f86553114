/**
 * Attention of one query of one head to the keys of its window, a workgroup each:
 *
 *     score[t] = softcap(q . k[t] * scale) + bias; weights = softmax(score, with sink); out = sum over t of weights[t] * v[t]
 *
 * Keys come in chunks of a workgroup's size, the sums rescaled where a chunk has a larger maximum, so that any number of them fits.
 * https://arxiv.org/abs/2205.14135
 */
import type { ProgramSpec } from '../runtime/program.ts';
import { elementOf, encoder, loader } from '../wgsl/element.ts';
import { HALF } from '../wgsl/library.ts';
import type { FloatType } from '../wgsl/rows.ts';
import { turning } from './cache-program.ts';

export interface AttendForm {
  readonly dtype: FloatType;
  /** Queries are rotated here. */
  readonly rotary: boolean;
  readonly interleaved: boolean;
  readonly softcap: boolean;
  /** What is added to the scores; false of a bool mask hides a key. */
  readonly bias: FloatType | 'bool' | undefined;
  /** A weight that no key gets: 0 for all heads, or one of each. */
  readonly sink: 'none' | 'zero' | 'heads';
  /** Elements of a head of keys, and of values. */
  readonly H: number;
  readonly V: number;
}

/**
 * Steps from one batch, head and row to the next, of q, k, v and out; of the bias also from key to key. A query at a position sees `ahead` keys
 * behind its own (-1: all), the last `window` of those (0: all), and `left` before its own (-1: all).
 */
export const ATTEND_PARAMS = [
  ...['q', 'k', 'v', 'out'].flatMap((name) => [`${name}Batch`, `${name}Head`, `${name}Row`]), 'biasBatch', 'biasHead', 'biasQuery', 'biasKey',
  'S', 'group', 'half', 'ahead:i32', 'window', 'left:i32', 'scale:f32', 'cap:f32',
];

const CHUNK = 64;

/** `samples` holds, of each sample: keys, position of the first query among them; `positions` is [B, S]. Workgroups: [S, N, B]. */
export function attendProgram(f: AttendForm): ProgramSpec {
  const { storage, lanes } = elementOf(f.dtype);
  const outputs = Math.ceil(f.V / CHUNK); // of a thread
  const each = (body: (j: number) => string) => Array.from({ length: outputs }, (_, j) => body(j)).join('\n    ');
  const vectors = f.H % 4 === 0;
  return {
    label: 'attention', params: ATTEND_PARAMS,
    reads: {
      samples: 'array<vec2<i32>>', x: storage, k: storage, v: storage, ...(f.rotary && { cos: storage, sin: storage, positions: 'array<u32>' }),
      ...(f.bias && { bias: elementOf(f.bias).storage }), ...(f.sink === 'heads' && { sinks: storage }),
    },
    writes: { out: storage },
    code: `${f.dtype === 'float16' || f.bias === 'float16' ? HALF : ''}
${['x', 'k', 'v', ...(f.rotary ? ['cos', 'sin'] : []), ...(f.sink === 'heads' ? ['sinks'] : [])].map((n) => loader(n, f.dtype)).join('\n')}
${f.bias === undefined ? '' : loader('bias', f.bias)}
${encoder('out', f.dtype)}
${turning(f.rotary, f.interleaved)}
var<workgroup> q: array<f32, ${f.H}>;
var<workgroup> scores: array<f32, ${CHUNK}>;
var<workgroup> folded: array<f32, ${CHUNK}>;
${lanes === 1 ? '' : `var<workgroup> result: array<f32, ${f.V + (f.V % 2)}>;`}
const LOWEST = -3.4028234e38;
@compute @workgroup_size(${CHUNK})
fn main(@builtin(local_invocation_index) tid: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let s = group.x; let n = group.y; let b = group.z;
  let sample = samples[b];
  for (var i = tid; i < ${f.H}u; i += ${CHUNK}u) { q[i] = turned(b * p.qBatch + n * p.qHead + s * p.qRow, i, ${f.rotary ? 'positions[b * p.S + s]' : '0u'}); }
  let position = sample.y + i32(s);
  let end = u32(clamp(select(position + p.ahead + 1, sample.x, p.ahead < 0), 0, sample.x));
  var first = select(0u, end - p.window, p.window != 0u && end > p.window);
  if (p.left >= 0) { first = max(first, u32(clamp(position - p.left, 0, i32(end)))); }
  let kAt = b * p.kBatch + (n / p.group) * p.kHead; let vAt = b * p.vBatch + (n / p.group) * p.vHead;
  ${f.sink === 'none' ? 'var most = LOWEST; var total = 0.0;' : `var most = ${f.sink === 'zero' ? '0.0' : 'sinks_at(n)'}; var total = 1.0;`}
  ${each((j) => `var acc${j} = 0.0;`)}
  for (var t0 = first; t0 < end; t0 += ${CHUNK}u) {
    workgroupBarrier();
    let t = t0 + tid;
    var score = LOWEST;
    var seen = t < end;
    if (seen) {
      let at = kAt + t * p.kRow;
      var sum = 0.0;
      ${vectors ? `var sums = vec4<f32>();
      for (var i = 0u; i < ${f.H}u; i += 4u) { sums += vec4<f32>(q[i], q[i + 1u], q[i + 2u], q[i + 3u]) * vec4<f32>(k_at(at + i), k_at(at + i + 1u), k_at(at + i + 2u), k_at(at + i + 3u)); }
      sum = sums.x + sums.y + sums.z + sums.w;` : `for (var i = 0u; i < ${f.H}u; i++) { sum += q[i] * k_at(at + i); }`}
      score = sum * p.scale;
      ${f.softcap ? 'score = p.cap * tanh(clamp(score / p.cap, -15.0, 15.0));' : ''}
      ${f.bias === undefined ? '' : `let added = bias_at(b * p.biasBatch + n * p.biasHead + s * p.biasQuery + t * p.biasKey);
      ${f.bias === 'bool' ? 'seen = added != 0u;' : 'seen = bitcast<u32>(added) != 0xff800000u; // -inf hides a key\n      score = max(score + added, LOWEST);'}
      score = select(LOWEST, score, seen);`}
    }
    folded[tid] = score;
    for (var half = ${CHUNK / 2}u; half > 0u; half >>= 1u) {
      workgroupBarrier();
      if (tid < half) { folded[tid] = max(folded[tid], folded[tid + half]); }
    }
    workgroupBarrier();
    let peak = max(most, folded[0]);
    let weight = select(0.0, exp(score - peak), seen);
    scores[tid] = weight;
    workgroupBarrier();
    folded[tid] = weight;
    for (var half = ${CHUNK / 2}u; half > 0u; half >>= 1u) {
      workgroupBarrier();
      if (tid < half) { folded[tid] += folded[tid + half]; }
    }
    workgroupBarrier();
    let shrink = exp(most - peak);
    total = total * shrink + folded[0];
    most = peak;
    ${each((j) => `acc${j} *= shrink;`)}
    let count = min(${CHUNK}u, end - t0);
    for (var c = 0u; c < count; c++) {
      let w = scores[c]; let at = vAt + (t0 + c) * p.vRow + tid;
      ${each((j) => `if (tid + ${j * CHUNK}u < ${f.V}u) { acc${j} += w * v_at(at + ${j * CHUNK}u); }`)}
    }
  }
  let scale = select(0.0, 1.0 / total, total > 0.0);
  let base = b * p.outBatch + n * p.outHead + s * p.outRow;
  ${lanes === 1 ? each((j) => `if (tid + ${j * CHUNK}u < ${f.V}u) { out[base + tid + ${j * CHUNK}u] = acc${j} * scale; }`) : `
  ${each((j) => `if (tid + ${j * CHUNK}u < ${f.V}u) { result[tid + ${j * CHUNK}u] = acc${j} * scale; }`)}
  workgroupBarrier();
  for (var i = 2u * tid; i < ${f.V}u; i += ${2 * CHUNK}u) { out[(base + i) >> 1u] = out_bits(result[i]) | (out_bits(result[i + 1u]) << 16u); }`}
}`,
  };
}
