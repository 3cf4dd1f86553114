import { expect, it } from 'vitest';
import { InferenceSession } from '../../src/main.ts';
import { describeEdge, diffGraphs, summarize, type GraphSummary } from '../../src/passes/index.ts';
import { model } from '../cli/command.ts';

const digits = model('digits/qdq_u8s8/model.onnx');

async function atLevel(graphOptimizationLevel: 'disabled' | 'all', more = {}): Promise<GraphSummary> {
  const session = await InferenceSession.create(digits, { executionProviders: ['cpu'], graphOptimizationLevel, ...more });
  return summarize(session.model.graph);
}

it('takes a snapshot after every patch that asks for one', async () => {
  const taken: GraphSummary[] = [];
  const after = await atLevel('all', { onPatch: (entry: { patch: number }, snapshot: () => GraphSummary) => {
    expect(entry.patch).toBe(taken.length + 1);
    taken.push(snapshot());
  } });
  expect(taken.length).toBeGreaterThan(5);
  for (const [i, snapshot] of taken.entries()) {
    const ids = snapshot.nodes.map((n) => n.id);
    expect(new Set(ids).size).toBe(ids.length);
    if (i > 0) {
      const { removed, added, changed } = diffGraphs(taken[i - 1]!, snapshot);
      expect(removed.length + added.length + changed.length).toBeGreaterThan(0);
    }
  }
  expect(taken.at(-1)!.nodes.map((n) => n.id).sort()).toEqual(after.nodes.map((n) => n.id).sort());
});

it('tells removed, added, changed and kept nodes apart, with what became of them', async () => {
  const [before, after] = [await atLevel('disabled'), await atLevel('all')];
  const diff = diffGraphs(before, after);
  expect(diff.removed.length + diff.changed.length + diff.kept).toBe(before.nodes.length);
  expect(diff.added.length + diff.changed.length + diff.kept).toBe(after.nodes.length);
  const conv = diff.removed.find(({ node }) => node.name === '/0/Conv')!;
  expect(conv.into.map((id) => after.nodes.find((n) => n.id === id)!.op)).toEqual(['QLinearConv']);
  expect(diffGraphs(before, before)).toMatchObject({ removed: [], added: [], changed: [], changedEdges: [], kept: before.nodes.length });
});

it('says how edges are quantized', async () => {
  const { edges } = await atLevel('disabled');
  const shown = (id: string): string => describeEdge(edges.find((e) => e.id === id)!);
  expect(shown('image_QuantizeLinear_Output')).toBe('uint8[n, 1, 8, 8], scale 0.003922, zero point 0');
  expect(shown('onnx::Conv_43_quantized')).toMatch(/^constant int8\[16, 1, 3, 3\], scale [\d.]+ to [\d.]+ \(16\), zero point 0 \(16\)$/);
});
