/** What Concat and Split ask of their shapes; every provider asks it here. */
import { fail } from '../../errors.ts';
import type { Node } from '../../graph/index.ts';
import { toInts, unpack, type Tensor } from '../../tensor/index.ts';
import type { Attrs } from '../define.ts';
import { axisIn, refuseShape, splitSizes } from './geometry.ts';

/** Tensors laid one after another along `axis`, counted from the front; `dims` of the whole. Throws `E_SHAPE` where they differ elsewhere. */
export function joined(parts: readonly { readonly dims: readonly number[] }[], axis: number): { axis: number; dims: number[] } {
  const dims = [...parts[0]!.dims];
  const at = axisIn(axis, dims.length, refuseShape);
  let length = 0;
  for (const part of parts) {
    if (part.dims.length !== dims.length || part.dims.some((d, i) => i !== at && d !== dims[i])) {
      refuseShape(`the inputs differ outside axis ${at}`, `[${dims.join(', ')}]`, `[${part.dims.join(', ')}]`);
    }
    length += part.dims[at]!;
  }
  dims[at] = length;
  return { axis: at, dims };
}

/** A part of a tensor along an axis. */
export interface Part {
  readonly start: number;
  readonly length: number;
  readonly dims: readonly number[];
}

/** How a Split node divides its input, whose sizes may be an input of their own. Throws `E_ATTRIBUTE` and `E_SHAPE` for what does not add up. */
export function divisionOf({ attrs, version, node }: { attrs: Attrs; version: { readonly since: number }; node: Node }): (x: Tensor, sizes?: Tensor) => { axis: number; parts: Part[] } {
  const count = node.outputs.length;
  const fixed = attrs.has('split') ? attrs.ints('split') : undefined;
  if (attrs.has('num_outputs') && attrs.int('num_outputs') !== count) {
    fail('E_ATTRIBUTE', 'num_outputs differs from the number of outputs', { expected: String(count), found: String(attrs.int('num_outputs')) });
  }
  return ({ dims }, sizes) => {
    const axis = axisIn(attrs.has('axis') ? attrs.int('axis') : 0, dims.length, refuseShape);
    const given = sizes === undefined ? fixed : version.since < 2 ? Array.from(unpack(sizes)) : toInts(sizes);
    if (given !== undefined && given.length !== count) refuseShape('split sizes do not fit the outputs', `${count} sizes`, String(given.length));
    let end = 0;
    const parts = splitSizes(dims[axis]!, given, count, version.since >= 18, refuseShape).map((length) => {
      const start = end;
      end += length;
      return { start, length, dims: dims.map((d, i) => (i === axis ? length : d)) };
    });
    return { axis, parts };
  };
}
