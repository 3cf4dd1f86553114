/** Output sizes of Resize and Upsample: from scales, or from sizes with or without keeping the aspect ratio. */
import { fail } from '../../errors.ts';
import { f32 } from '../../numeric/index.ts';
import type { Dim } from '../../tensor/index.ts';
import type { Attrs } from '../define.ts';

/** How one axis is resized. `scale` is undefined while the sizes it follows from are unknown. */
export interface ResizedAxis {
  readonly input: Dim;
  readonly output: Dim;
  readonly scale: number | undefined;
  /** Before it was rounded to `output`: scale * input when the scale is what was given. */
  readonly exactOutput: number | undefined;
}

const POLICIES = ['stretch', 'not_larger', 'not_smaller'];

/**
 * Every axis of an input, resized. `scales` and `sizes` have an entry for each of the `axes` attribute, or for all axes;
 * an empty or missing one does not count, and exactly one must be left. Throws `E_SHAPE`, `E_VALUE` or `E_ATTRIBUTE`.
 */
export function resizeAxes(
  attrs: Attrs, dims: readonly Dim[], scales: readonly number[] | undefined, sizes: readonly Dim[] | undefined,
): ResizedAxis[] {
  const axes = axesOf(attrs, dims.length);
  const byScale = scales !== undefined && scales.length > 0;
  const bySize = sizes !== undefined && sizes.length > 0;
  if (byScale === bySize) fail('E_SHAPE', 'exactly one of scales and sizes must be given', { found: byScale ? 'both' : 'neither' });
  const given = byScale ? scales! : sizes!;
  if (given.length !== axes.length) {
    fail('E_SHAPE', `${byScale ? 'scales' : 'sizes'} does not have an entry an axis`, { expected: String(axes.length), found: String(given.length) });
  }
  if (byScale && scales!.some((s) => !(s > 0 && s < Infinity))) fail('E_VALUE', 'a scale must be positive', { found: `[${scales!.join(', ')}]` });
  const result: ResizedAxis[] = dims.map((d) => ({ input: d, output: d, scale: 1, exactOutput: typeof d === 'number' ? d : undefined }));
  const shared = byScale ? undefined : sharedScale(attrs, axes.map((a) => dims[a]), sizes!);
  axes.forEach((axis, i) => {
    const input = dims[axis];
    if (byScale) result[axis] = scaled(input, scales![i]!);
    else if (shared === 'unknown') result[axis] = { input, output: undefined, scale: undefined, exactOutput: undefined };
    else if (shared !== undefined) result[axis] = scaled(input, shared, (size) => Math.floor(size + 0.5));
    else result[axis] = sized(input, sizes![i]);
  });
  return result;
}

function axesOf(attrs: Attrs, rank: number): readonly number[] {
  const given = attrs.has('axes') ? attrs.ints('axes') : [];
  if (given.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const axes = given.map((a) => (a < 0 ? a + rank : a));
  if (axes.some((a) => a < 0 || a >= rank) || new Set(axes).size !== axes.length) {
    fail('E_ATTRIBUTE', 'axes must be distinct axes of X', {
      arg: { kind: 'attribute', name: 'axes' }, expected: `within [${-rank}, ${rank - 1}]`, found: `[${given.join(', ')}]`,
    });
  }
  return axes;
}

/** floor(size * scale), the product in float32 as onnxruntime forms it. */
function scaled(input: Dim, scale: number, round = Math.floor): ResizedAxis {
  if (typeof input !== 'number') return { input, output: scale === 1 ? input : undefined, scale, exactOutput: undefined };
  const exactOutput = f32(input * scale);
  return { input, output: round(exactOutput), scale, exactOutput };
}

function sized(input: Dim, output: Dim): ResizedAxis {
  if (typeof input !== 'number' || typeof output !== 'number') return { input, output, scale: undefined, exactOutput: undefined };
  if (output < 0) fail('E_VALUE', 'a size must not be negative', { found: String(output) });
  if (input === 0 && output > 0) fail('E_VALUE', 'an empty axis cannot grow', { found: String(output) });
  return { input, output, scale: input === 0 ? 1 : f32(output / input), exactOutput: output };
}

/** The one scale of all axes when the aspect ratio is kept: the smallest or largest that `sizes` asks for. */
function sharedScale(attrs: Attrs, dims: readonly Dim[], sizes: readonly Dim[]): number | undefined | 'unknown' {
  const policy = attrs.has('keep_aspect_ratio_policy') ? attrs.string('keep_aspect_ratio_policy') : 'stretch';
  if (!POLICIES.includes(policy)) {
    fail('E_ATTRIBUTE', 'keep_aspect_ratio_policy has an unknown value', {
      arg: { kind: 'attribute', name: 'keep_aspect_ratio_policy' }, expected: POLICIES.join(', '), found: policy,
    });
  }
  if (policy === 'stretch') return undefined;
  const scales = dims.map((d, i) => sized(d, sizes[i]).scale);
  if (scales.some((s) => s === undefined)) return 'unknown';
  return (policy === 'not_larger' ? Math.min : Math.max)(...(scales as number[]));
}

/** The scales that Upsample held as attributes, first as two sizes of [N, C, H, W], then as a list. */
export function resizeScales(attrs: Attrs): readonly number[] {
  return attrs.has('scales') ? attrs.floats('scales') : [1, 1, attrs.float('height_scale'), attrs.float('width_scale')];
}
