/** Models saved after each level, loaded by onnxruntime: they give there what the originals give, with no more nodes than its own. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { findCases, readDataSet } from '../../conformance/case.ts';
import { ours, theirs, total } from '../../conformance/count-nodes.ts';
import { NETWORKS } from '../../conformance/networks/index.ts';
import { fromOrt, toOrt } from '../../conformance/runtimes/ort.ts';
import { InferenceSession } from '../../src/main.ts';
import { loadModel, saveModel } from '../../src/model/index.ts';
import { Tensor, unpack, type Value } from '../../src/tensor/index.ts';
import { FULL } from '../full.ts';
import { sharedArchive } from '../shared.ts';

const LEVELS = ['basic', 'extended', 'all'] as const;
type Level = (typeof LEVELS)[number];

type Values = Readonly<Record<string, Value>>;

/** Parts of the largest magnitude that a float output may move by: rounding of sums in another order, of float16 too. */
const FLOAT = 2e-5;
const HALF = 4e-3;

async function onOnnxruntime(bytes: Uint8Array, feeds: Values): Promise<Values> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(ort, value)])));
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
}

async function saved(bytes: Uint8Array, level: Level): Promise<Uint8Array> {
  const session = await InferenceSession.create(bytes, { graphOptimizationLevel: level, executionProviders: ['cpu'] });
  const copy = session.save();
  await session.release();
  return copy;
}

async function check(bytes: Uint8Array, feeds: Values, levels: readonly Level[], part: number): Promise<void> {
  const expected = await onOnnxruntime(bytes, feeds);
  for (const level of levels) {
    const found = await onOnnxruntime(await saved(bytes, level), feeds);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      const [a, b] = [value as Tensor, found[name] as Tensor];
      expect([b.type, b.dims], name).toEqual([a.type, a.dims]);
      const [x, y] = [Float64Array.from(unpack(a)), Float64Array.from(unpack(b))];
      const largest = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      let worst = 0;
      for (let i = 0; i < x.length; i++) worst = Math.max(worst, Math.abs(x[i]! - y[i]!));
      expect(worst, `${name} at ${level}: moved by this, where ${largest} is the largest`).toBeLessThanOrEqual(part * largest);
    }
  }
}

describe('generated networks', () => {
  // The fast loop takes every third, and one level each.
  const networks = NETWORKS.filter((_, i) => FULL || i % 3 === 1).map((make) => make());
  it.each(networks.map((network, i) => ({ ...network, i })))('$name', async ({ model, feeds, i }) => {
    await check(saveModel(model), feeds, FULL ? LEVELS : [LEVELS[(i + 1) % LEVELS.length]!], FLOAT);
  });

  it.each(networks)('$name has at most as many nodes as in onnxruntime', async ({ model }) => {
    const bytes = saveModel(model);
    for (const level of FULL ? LEVELS : (['all'] as const)) expect(total(await ours(bytes, level)), level).toBeLessThanOrEqual(total(await theirs(bytes, level)));
  });
});

const nets = sharedArchive('suites', 'nets-public');
const llm = sharedArchive('models', 'tiny-llm');
const real = [...(nets === undefined ? [] : findCases([nets])), ...(llm === undefined || !FULL ? [] : findCases([join(llm, 'llm')]))];

describe.skipIf(real.length === 0)('networks beside the project', () => {
  it.each(real)('$name', async ({ name, dir }) => {
    const bytes = readFileSync(join(dir, 'model.onnx'));
    const { graph } = loadModel(bytes);
    const slots = (edges: typeof graph.inputs) => edges.map((e) => ({ name: e.name, type: e.type }));
    const { inputs } = readDataSet(dir, 'test_data_set_0', slots(graph.inputs), slots(graph.outputs));
    await check(bytes, inputs, FULL ? LEVELS : ['all'], name.includes('fp16') ? HALF : FLOAT);
  }, 120_000);
});
