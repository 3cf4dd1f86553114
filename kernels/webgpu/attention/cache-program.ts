/**
 * The step from a past to a present cache of keys or values: past rows copied, new ones rotated and appended, zeros behind them.
 *
 *     present [B, G, capacity, H] = past [B, G, pastCapacity, H] for rows before `kept`, then new rows, then zeros
 */
import type { ProgramSpec } from '../runtime/program.ts';
import { elementOf, encoder, loader } from '../wgsl/element.ts';
import { HALF } from '../wgsl/library.ts';
import type { FloatType } from '../wgsl/rows.ts';

export interface CacheForm {
  readonly dtype: FloatType;
  readonly past: boolean;
  /** Rows are turned by their position. */
  readonly rotary: boolean;
  readonly interleaved: boolean;
}

/** Heads of x begin at element `start`; steps from one batch, head and row of x to the next. */
export const CACHE_PARAMS = ['G', 'H', 'capacity', 'pastCapacity', 'added', 'xBatch', 'xHead', 'xRow', 'start', 'half', 'words'];

/** WGSL of `turned(at, i, position) -> f32`: element i of the head at element `at` of x, rotated where asked for. */
export function turning(rotary: boolean, interleaved: boolean): string {
  if (!rotary) return 'fn turned(at: u32, i: u32, position: u32) -> f32 { return x_at(at + i); }';
  const [pair, first, partner] = interleaved ? ['i / 2u', '(i & 1u) == 0u', '1u'] : ['select(i - p.half, i, i < p.half)', 'i < p.half', 'p.half'];
  return `
fn turned(at: u32, i: u32, position: u32) -> f32 {
  let v = x_at(at + i);
  if (i >= 2u * p.half) { return v; }
  let table = position * p.half + ${pair};
  let c = cos_at(table); let s = sin_at(table);
  if (${first}) { return v * c - x_at(at + i + ${partner}) * s; }
  return x_at(at + i - ${partner}) * s + v * c;
}`;
}

/** One invocation a word of present; `kept` holds the rows of past that each sample keeps, `positions` [B, added]. Workgroups: words / 64, folded. */
export function cacheProgram({ dtype, past, rotary, interleaved }: CacheForm): ProgramSpec {
  const { lanes, bits, storage } = elementOf(dtype);
  return {
    label: 'cache', params: CACHE_PARAMS,
    reads: { kept: 'array<u32>', x: storage, ...(past && { past: storage }), ...(rotary && { cos: storage, sin: storage, positions: 'array<u32>' }) }, writes: { present: storage },
    code: `${dtype === 'float16' ? HALF : ''}
${loader('x', dtype)}
${past ? loader('past', dtype) : ''}
${rotary ? `${loader('cos', dtype)}\n${loader('sin', dtype)}` : ''}
${encoder('present', dtype)}
${turning(rotary, interleaved)}
fn value(e: u32) -> f32 {
  let i = e % p.H; let row = (e / p.H) % p.capacity; let g = (e / (p.H * p.capacity)) % p.G; let b = e / (p.H * p.capacity * p.G);
  let kept_rows = kept[b];
  if (row < kept_rows) { ${past ? 'return past_at(((b * p.G + g) * p.pastCapacity + row) * p.H + i);' : 'return 0.0;'} }
  let s = row - kept_rows;
  if (s >= p.added) { return 0.0; }
  return turned(p.start + b * p.xBatch + g * p.xHead + s * p.xRow, i, ${rotary ? 'positions[b * p.added + s]' : '0u'});
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let w = id.x + id.y * groups.x * 64u;
  if (w >= p.words) { return; }
  ${lanes === 1 ? 'present[w] = value(w);' : `present[w] = present_bits(value(2u * w)) | (present_bits(value(2u * w + 1u)) << ${bits}u);`}
}`,
  };
}
