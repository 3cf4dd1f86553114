import { describe, expect, it } from 'vitest';
import ort from 'onnxruntime-node';
import { InferenceSession } from '../../src/main.ts';
import { saveModel } from '../../src/model/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { checkGraph } from '../../conformance/proofs/check-graph.ts';
import { compare } from './harness.ts';
import { randomInput, randomModel } from '../../conformance/proofs/random-graph.ts';
import { EXACT } from '../../src/passes/index.ts';

const COUNT = Number(process.env['NIBBLE_GRAPHS'] ?? 60);
const seeds = Array.from({ length: COUNT }, (_, i) => i + 1);
const LEVELS = ['basic', 'extended', 'all'] as const;

describe('levels', () => {
  it(`give the same bits on ${COUNT} random graphs when only exact passes run`, async () => {
    let applied = 0;
    for (const seed of seeds) {
      const bytes = saveModel(randomModel(seed));
      const feeds = { x: randomInput(seed) };
      const plain = await InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', executionProviders: ['cpu'] });
      const names = plain.model.graph.nodes.flatMap((n) => n.outputs).flatMap((e) => (e === undefined ? [] : [e.name]));
      const expected = await plain.run(feeds, names);
      for (const level of LEVELS) {
        const session = await InferenceSession.create(bytes, { graphOptimizationLevel: level, executionProviders: ['cpu'], allowInexact: false });
        checkGraph(session.model.graph);
        applied += session.explain().passes.filter((p) => p.outcome === 'applied').length;
        // Every tensor of the original model, by its name: those that passes removed are computed again.
        const found = await session.run(feeds, names);
        for (const name of names) compare(expected[name] as Tensor, found[name] as Tensor, EXACT, `seed ${seed}, ${level}, ${name}`);
      }
    }
    expect(applied).toBeGreaterThan(COUNT * 10);
  });

  it(`break nothing on ${COUNT} random graphs when all passes run, and onnxruntime runs what is saved`, async () => {
    const far: string[] = [];
    for (const seed of seeds) {
      const bytes = saveModel(randomModel(seed));
      const feeds = { x: randomInput(seed) };
      const session = await InferenceSession.create(bytes, { graphOptimizationLevel: 'all', executionProviders: ['cpu'] });
      checkGraph(session.model.graph);
      const broken = session.explain().passes.filter((p) => p.reason?.includes('would break its contract'));
      expect(broken.map((p) => `${p.pass}: ${p.reason}`), `seed ${seed}`).toEqual([]);
      const found = await session.run(feeds);
      const peer = await ort.InferenceSession.create(await session.save(), { graphOptimizationLevel: 'disabled' });
      const x = feeds.x;
      const theirs = await peer.run({ x: new ort.Tensor('float32', x.data as Float32Array, x.dims) });
      for (const name of session.outputNames) {
        const mine = found[name] as Tensor;
        const other = theirs[name];
        expect([...mine.dims], `seed ${seed}, ${name}`).toEqual([...other.dims]);
        if (!agree(mine.data as Float32Array, other.data as Float32Array)) far.push(`seed ${seed}, ${name}`);
      }
      await peer.release();
    }
    expect(far.length, far.join('; ')).toBeLessThanOrEqual(COUNT / 50);
  });
});

// onnxruntime's float kernels add in another order. Where a quantizer follows, that may become a step, which a product then
// spreads over a row: rare enough to tell from a wrong graph.
function agree(a: Float32Array, b: Float32Array): boolean {
  let far = 0;
  for (let i = 0; i < a.length; i++) {
    const near = Math.abs(a[i] - b[i]) <= 1e-3 * Math.max(1, Math.abs(b[i])) || (Number.isNaN(a[i]) && Number.isNaN(b[i]));
    if (!near) far++;
  }
  return far <= a.length / 5;
}
