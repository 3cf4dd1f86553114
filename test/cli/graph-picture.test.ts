import { expect, it } from 'vitest';
import { picturesOf } from '../../src/cli/graph-picture.ts';
import { diffGraphs, type GraphSummary } from '../../src/passes/index.ts';

/** x -> t0 -> t1 ... in a chain of Neg, with Abs at one place. */
function chain(length: number, abs: number): GraphSummary {
  const name = (i: number): string => (i < 0 ? 'x' : `t${i}`);
  return {
    nodes: Array.from({ length }, (_, i) => ({
      id: name(i), name: `n${i}`, op: i === abs ? 'Abs' : 'Neg', graph: 'main', inputs: [name(i - 1)], outputs: [name(i)], attributes: {}, origin: [`n${i}`],
    })),
    edges: Array.from({ length: length + 1 }, (_, i) => ({ id: name(i - 1), type: 'float32[2]', constant: false })),
    inputs: ['x'], outputs: [name(length - 1)],
  };
}

it('draws a small graph whole', () => {
  const [before, after] = picturesOf(diffGraphs(chain(10, -1), chain(10, 4)), ['before', 'after']);
  expect([before.hidden, after.hidden]).toEqual([0, 0]);
  expect(before.boxes.filter((b) => b.mark === 'removed').map((b) => [b.name, b.details])).toEqual([['n4', ['now in Abs n4']]]);
  expect(after.boxes.filter((b) => b.mark === 'added').map((b) => [b.name, b.details])).toEqual([['n4', ['stands for n4']]]);
  expect(after.arrows).toHaveLength(11);
  expect(after.arrows[0]!.label).toBe('float32[2]');
});

it('draws a large graph near its changes alone', () => {
  const [before, after] = picturesOf(diffGraphs(chain(5000, -1), chain(5000, 2000)), ['before', 'after']);
  expect(before.boxes.map((b) => b.name)).toEqual(['n1998', 'n1999', 'n2000', 'n2001', 'n2002']);
  expect(after.boxes.map((b) => b.mark)).toEqual(['kept', 'kept', 'added', 'kept', 'kept']);
  expect(after.hidden).toBe(4995);
});
