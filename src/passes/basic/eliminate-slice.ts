import type { Node } from '../../graph/index.ts';
import { EXACT, sameAs, type PatternPass } from '../pass.ts';
import { op, rest } from '../pattern.ts';
import { constantInts, shapeOf } from '../support/constants.ts';

/** Slice(x, 0 : end : 1) = x */
export const eliminateSlice: PatternPass = {
  name: 'eliminate-slice',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Slice that keeps everything. Slice(x, 0 : dim : 1) = x.',
  pattern: op('Slice', 'x', rest('bounds')),
  rewrite(m) {
    const bounds = boundsOf(m.root);
    const shape = shapeOf(m.edge('x'));
    if (bounds === undefined) return undefined;
    const { starts, ends, steps } = bounds;
    const axes = bounds.axes ?? starts.map((_, i) => i);
    const whole = axes.every((axis, i) => {
      const dim = shape?.[axis < 0 ? axis + shape.length : axis];
      // Without a known size, only the largest integers mean "to the end".
      const end = typeof dim === 'number' ? dim : 2 ** 31 - 1;
      return starts[i] === 0 && ends[i] >= end && (steps?.[i] ?? 1) === 1;
    });
    return whole ? sameAs(m.result, m.edge('x')) : undefined;
  },
};

interface Bounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[] | undefined;
  readonly steps: readonly number[] | undefined;
}

// Attributes up to opset 9, inputs since; undefined when they are not constant.
function boundsOf(node: Node): Bounds | undefined {
  const given = (name: string, index: number) => (node.opset < 10 ? node.ints(name) : constantInts(node.inputs[index]));
  const starts = given('starts', 1);
  const ends = given('ends', 2);
  const axes = given('axes', 3);
  const steps = given('steps', 4);
  if (starts === undefined || ends === undefined) return undefined;
  if ((axes === undefined && node.inputs[3] !== undefined) || (steps === undefined && node.inputs[4] !== undefined)) return undefined;
  return { starts, ends, axes, steps };
}
