/** The judge of the campaign: which moved values it lets pass, and which not. */
import { expect, it } from 'vitest';
import { replay } from '../../conformance/fuzz/replay.ts';
import { explainStep } from '../../conformance/proofs/contract.ts';
import { evaluateGraph } from '../../conformance/proofs/evaluate.ts';
import { input, parse } from '../../conformance/proofs/expression.ts';
import { termsOf } from '../../conformance/proofs/terms.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { LSB, type TrailEntry } from '../../src/passes/index.ts';
import { pack } from '../../src/tensor/index.ts';

const VALUES = { x: input('float32', 2, 2), s: pack('float32', [1], []), z: pack('uint8', [128], []) };
const BEFORE = 'q = QuantizeLinear(x, s, z); e = DequantizeLinear(q, s, z); d = Transpose(e)';
// The quantizer's own result has another name here, as where a pass has moved the Transpose before it.
const AFTER = 'h = QuantizeLinear(x, s, z); u = Transpose(h); d = DequantizeLinear(u, s, z)';

/** What the judge says when the optimized graph's quantizer has seen other numbers than the original's. */
function judged(x: readonly number[], seen: readonly number[]): ReturnType<typeof replay> {
  const [before, after] = [BEFORE, AFTER].map((text) => parse(text, VALUES).graph);
  for (const graph of [before!, after!]) inferGraph(graph);
  const values = evaluateGraph(after!, { x: pack('float32', seen, [2, 2]) });
  values.set(after!.inputs[0]!, pack('float32', x, [2, 2]));
  const entry: TrailEntry = { pass: 'moved', level: 'extended', graph: before!.path, round: 1, outcome: 'applied', contract: LSB, before: before!.nodes.map((n) => n.name), after: after!.nodes.map((n) => n.name) };
  return replay(before!, after!, values, [entry]);
}

it('lets a step pass that a hidden quantizer made at a tie, and counts it', () => {
  expect(judged([0.5, 1.25, 2.5, -1.5], [0.75, 1.25, 2.75, -1.25])).toEqual({ failures: [], steps: 1 });
});

it('flags a step away from ties, and two steps at a tie', () => {
  expect(judged([0.5, 1.25, 2.5, 3], [0.5, 1.75, 2.5, 3]).failures).toHaveLength(1);
  expect(judged([0.5, 1.25, 2.5, 3], [0.5, 1.25, 3.75, 3]).failures).toHaveLength(1);
  expect(judged([0.5, 1.25, 2.5, 3], [0.5, 1.25, 1.25, 3]).failures).toHaveLength(1);
});

it('knows that a float bias is rounded to the units of the sums, also before a Relu', () => {
  const { graph } = parse('y = QuantizeLinear(Relu(Gemm(x, w, b)), s, z)', { ...VALUES, w: pack('float32', [1, 2, 3, 4], [2, 2]), b: pack('float32', [1, 2], [2]) });
  inferGraph(graph);
  const values = evaluateGraph(graph, { x: pack('float32', [1, 2, 3, 4], [2, 2]) });
  expect(explainStep(graph.outputs[0]!, values, termsOf(graph, values))!(0)!.error).toBeGreaterThan(2 ** -8);
});
