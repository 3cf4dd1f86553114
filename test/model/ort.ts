/** onnxruntime as a second opinion on files: does it load them, and what do they compute? */
import * as ort from 'onnxruntime-node';

const OPTIONS = { logSeverityLevel: 4, graphOptimizationLevel: 'disabled' } as const;

export type Feed = readonly [type: 'float32' | 'int64' | 'bool' | 'int32', data: readonly unknown[], dims: readonly number[]];

/** Outputs of a model by name, as plain arrays. Rejects when onnxruntime does not take the file. */
export async function runOrt(model: Uint8Array, feeds: Readonly<Record<string, Feed>> = {}): Promise<Record<string, unknown[]>> {
  const session = await ort.InferenceSession.create(model, OPTIONS);
  try {
    const tensors = Object.entries(feeds).map(([name, [type, data, dims]]) => [name, new ort.Tensor(type, data as never, dims)] as const);
    const results = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, Array.from(tensor.data as ArrayLike<unknown>)]));
  } finally {
    await session.release();
  }
}
