/** Whole networks on cpu: exact passes alone leave every bit, at all levels; with QDQ fusion off, quantized ones too. */
import { expect, it } from 'vitest';
import { NETWORKS } from '../../conformance/networks/index.ts';
import { InferenceSession, type SessionOptions } from '../../src/main.ts';
import { saveModel } from '../../src/model/index.ts';
import type { Tensor } from '../../src/tensor/index.ts';
import { FULL } from '../full.ts';
import { compare } from './harness.ts';
import { EXACT } from '../../src/passes/index.ts';

const networks = NETWORKS.filter((_, i) => FULL || i % 4 === 1).map((make) => make());

it.each(networks)('$name', async ({ model, feeds }) => {
  const bytes = await saveModel(model);
  const run = async (options: SessionOptions) => {
    const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], ...options });
    const results = await session.run(feeds);
    await session.release();
    return results;
  };
  const expected = await run({ graphOptimizationLevel: 'disabled' });
  for (const graphOptimizationLevel of FULL ? (['basic', 'extended', 'all'] as const) : (['all'] as const)) {
    for (const extra of [{}, { 'session.disable_quant_qdq': '1' }]) {
      const found = await run({ graphOptimizationLevel, allowInexact: false, extra });
      for (const [name, tensor] of Object.entries(expected)) compare(tensor as Tensor, found[name] as Tensor, EXACT, `${name} at ${graphOptimizationLevel}`);
    }
  }
  expect(Object.keys(expected).length).toBeGreaterThan(0);
});
