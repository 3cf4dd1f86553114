import { InferenceSession, Tensor } from '/dist/nibble-onnx.js';

/** Logits of one image, run until the threads had time to come up, and what the provider says of itself. */
export async function digits(numThreads) {
  const session = await InferenceSession.create('/models/digits/qdq_u8s8/model.onnx', { executionProviders: [{ name: 'wasm', numThreads, parallelFrom: 1 }, 'cpu'] });
  const image = new Tensor('float32', Float32Array.from({ length: 64 }, (_, i) => (i % 17) / 16), [1, 1, 8, 8]);
  const logits = [];
  for (let i = 0; i < 30; i++) {
    logits.push([...(await session.run({ image })).logits.data]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { description } = session.explain().available[0];
  return { logits, description };
}
