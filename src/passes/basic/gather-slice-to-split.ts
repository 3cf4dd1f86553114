import type { Edge, Node } from '../../graph/index.ts';
import { int64 } from '../../tensor/index.ts';
import { EXACT, newConstant, newNode, refuse, replaceBy, type SweepPass } from '../pass.ts';
import { constantInts, shapeOf } from '../support/constants.ts';
import { liveNodes } from '../support/nodes.ts';

interface Part {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

/**
 * x[0:a], x[a:b], x[b:] along one axis = Split(x, [a, b - a, n - b])
 *
 * For slices that cover the axis side by side. Before opset 13 the sizes are an attribute.
 */
export const gatherSliceToSplit: SweepPass = {
  name: 'gather-slice-to-split-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Splits once instead of slicing side by side. x[0:a], x[a:b], x[b:n] = Split(x, [a, b - a, n - b]).',
  *sweep(graph) {
    const groups = new Map<Edge, Map<number, Part[]>>();
    for (const node of liveNodes(graph)) {
      const found = node.key === 'Slice' ? partOf(node) : undefined;
      if (found === undefined) continue;
      const x = node.inputs[0]!;
      const axes = groups.get(x) ?? new Map<number, Part[]>();
      groups.set(x, axes.set(found.axis, [...(axes.get(found.axis) ?? []), found.part]));
    }
    for (const [x, axes] of groups) {
      for (const [axis, parts] of axes) {
        if (parts.length < 2) continue;
        parts.sort((a, b) => a.start - b.start);
        const size = shapeOf(x)![axis] as number;
        const sideBySide = parts.every((p, i) => p.start === (i === 0 ? 0 : parts[i - 1].end)) && parts.at(-1)!.end === size;
        if (!sideBySide) {
          yield refuse('the slices leave gaps or overlap', parts[0].node);
          continue;
        }
        const sizes = parts.map((p) => p.end - p.start);
        const modern = parts[0].node.opset >= 13;
        const split = newNode('Split', modern ? [x, newConstant('sizes', int64(sizes))] : [x], parts.map((p) => p.node.outputs[0]!),
          modern ? { axis } : { axis, split: sizes });
        yield { ...replaceBy(split), from: parts.map((p) => p.node) };
      }
    }
  },
};

/** The one axis a Slice cuts, with bounds inside of it; undefined when it cuts several, steps, or the size is not known. */
function partOf(node: Node): { axis: number; part: Part } | undefined {
  const [x, startsAt, endsAt, axesAt, stepsAt] = node.inputs;
  const [starts, ends] = [constantInts(startsAt) ?? node.ints('starts'), constantInts(endsAt) ?? node.ints('ends')];
  const axes = axesAt === undefined ? (node.ints('axes') ?? [0]) : constantInts(axesAt);
  const steps = stepsAt === undefined ? [1] : constantInts(stepsAt);
  const shape = shapeOf(x);
  if (starts?.length !== 1 || ends?.length !== 1 || axes?.length !== 1 || steps?.[0] !== 1 || shape === undefined) return undefined;
  const axis = axes[0] < 0 ? axes[0] + shape.length : axes[0];
  const size = shape[axis];
  if (typeof size !== 'number') return undefined;
  const inside = (i: number) => Math.min(Math.max(i < 0 ? i + size : i, 0), size);
  const [start, end] = [inside(starts[0]), inside(ends[0])];
  return end > start && end - start < size ? { axis, part: { node, start, end } } : undefined;
}
