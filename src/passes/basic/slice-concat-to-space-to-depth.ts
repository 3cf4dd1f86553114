import type { Edge } from '../../graph/index.ts';
import { int64 } from '../../tensor/index.ts';
import { EXACT, fresh, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, rest } from '../pattern.ts';
import { constantInts, shapeOf } from '../support/constants.ts';

/** Every block-th row from `y` on, and column from `x` on, of an image [N, C, H, W]. */
interface Cut {
  readonly image: Edge;
  readonly block: number;
  readonly y: number;
  readonly x: number;
}

/**
 * Concat(x[:, :, 0::b, 0::b], x[:, :, 0::b, 1::b], ...) = SpaceToDepth(x, b)
 *
 * YOLO's focus. SpaceToDepth puts the cuts in the order of rows; another order is a Gather of the channels behind it.
 */
export const sliceConcatToSpaceToDepth: PatternPass = {
  name: 'slice-concat-to-space-to-depth-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Regroups pixels in one node. concat(x[0::2, 0::2], x[0::2, 1::2], x[1::2, 0::2], x[1::2, 1::2]) = SpaceToDepth(x, 2).',
  pattern: as('concat', op('Concat', rest('cuts'))),
  rewrite(m) {
    const edges = m.list('cuts');
    const cuts = edges.map((e) => (e === undefined ? undefined : cutOf(e)));
    const [first] = cuts;
    if (first === undefined || !cuts.every((c) => c !== undefined)) return undefined;
    const { image, block } = first;
    const axis = m.root.int('axis', 0);
    if (!cuts.every((c) => c.image === image && c.block === block) || cuts.length !== block * block) return undefined;
    if (axis !== 1 && axis !== -3) return refuse('the cuts do not become channels');
    const order = cuts.map((c) => c.y * block + c.x);
    if (new Set(order).size !== order.length) return refuse('a cut comes twice');
    const [, channels, height, width] = shapeOf(image)!;
    if (![height, width].every((d) => typeof d === 'number' && d % block === 0)) return refuse('height or width may not be a multiple of the step');
    if (order.every((place, i) => place === i)) return replaceBy(newNode('SpaceToDepth', [image], [m.result], { blocksize: block }));
    if (typeof channels !== 'number') return refuse('the number of channels is not known');
    const deep = fresh('deep');
    const places = order.flatMap((place) => Array.from({ length: channels }, (_, c) => place * channels + c));
    return replaceBy(
      newNode('SpaceToDepth', [image], [deep], { blocksize: block }),
      newNode('Gather', [deep, newConstant('channels', int64(places))], [m.result], { axis: 1 }),
    );
  },
};

// One Slice of both axes, or two of one each.
function cutOf(edge: Edge): Cut | undefined {
  const starts = new Map<number, number>();
  let [from, block] = [edge, 0];
  for (let node = from.producer; node?.key === 'Slice' && starts.size < 2; node = from.producer) {
    const [at, ends, axes, steps] = [1, 2, 3, 4].map((i) => constantInts(node!.inputs[i]));
    const step = steps?.[0] ?? 1;
    const plain = at !== undefined && ends !== undefined && axes !== undefined && steps?.every((s) => s === step) === true && (block === 0 || step === block);
    if (!plain || step < 2 || axes.length > 2) return undefined;
    const shape = shapeOf(node.inputs[0]);
    for (const [i, axis] of axes.entries()) {
      const a = axis < 0 ? axis + 4 : axis;
      const size = shape?.[a];
      if (shape?.length !== 4 || (a !== 2 && a !== 3) || starts.has(a) || at[i]! < 0 || at[i]! >= step || !(typeof size === 'number' ? ends[i]! >= size : ends[i]! >= 2 ** 31 - 1)) return undefined;
      starts.set(a, at[i]!);
    }
    [from, block] = [node.inputs[0]!, step];
  }
  const [y, x] = [starts.get(2), starts.get(3)];
  return y === undefined || x === undefined ? undefined : { image: from, block, y, x };
}
