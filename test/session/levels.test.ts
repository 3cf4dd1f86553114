/** With QDQ fusion off, the scalar provider gives the same bits at every level. */
import { expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../../src/main.ts';
import { difference } from '../../conformance/proofs/contract.ts';
import { Random } from '../../conformance/proofs/random.ts';
import { EXACT } from '../../src/passes/index.ts';

const MODELS = ['dynamic', 'fp32', 'qdq_a16w8', 'qdq_s8s8', 'qdq_u8s8', 'qop_u8s8r', 'qop_u8u8'].map((name) => `digits/${name}`).concat(
  'tiny-llm/genai_int4_b32_sym', 'tiny-llm/genai_qdq_int4_b32_sym',
);

function feedOf(name: string, type: string, shape: readonly (number | string | undefined)[]): Tensor {
  const dims = shape.map((d) => (typeof d === 'number' ? d : /past/.test(String(d)) ? 0 : /seq|total/.test(String(d)) ? 5 : 1));
  const size = dims.reduce((a, b) => a * b, 1);
  if (type === 'int64') return new Tensor('int64', BigInt64Array.from({ length: size }, (_, i) => (name.includes('mask') ? 1n : BigInt(7 * i + 3))), dims);
  return new Random(5).tensor('float32', ...dims);
}

it.each(MODELS)('%s', { timeout: 60_000 }, async (name) => {
  const outputs: Readonly<Record<string, Tensor>>[] = [];
  for (const graphOptimizationLevel of ['disabled', 'basic', 'extended', 'all'] as const) {
    const session = await InferenceSession.create(`models/${name}/model.onnx`, {
      executionProviders: ['cpu'], graphOptimizationLevel, extra: { session: { disable_quant_qdq: '1' } },
    });
    const feeds = Object.fromEntries(session.inputMetadata.map((i) => (i.isTensor ? [i.name, feedOf(i.name, i.type, i.shape)] : [])));
    outputs.push((await session.run(feeds)) as Record<string, Tensor>);
    await session.release();
  }
  const [expected, ...others] = outputs;
  for (const found of others) {
    for (const output of Object.keys(expected!)) expect(difference(expected![output]!, found[output]!, EXACT), output).toBeUndefined();
  }
});
