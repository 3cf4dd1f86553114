/** onnxruntime's native CPU provider through onnxruntime-node. It takes tensors of most element types only. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { fail } from '../../src/errors.ts';
import { loadModel } from '../../src/model/index.ts';
import { Tensor, type DType, type TensorData, type Value } from '../../src/tensor/index.ts';
import type { LoadedModel, Runtime } from '../runtime.ts';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

export const ortNode: Runtime = {
  name: 'ort-node',
  version,
  async load(modelPath, { level, providers, config }): Promise<LoadedModel> {
    const { graph } = loadModel(readFileSync(modelPath));
    const session = await ort.InferenceSession.create(modelPath, {
      graphOptimizationLevel: level, logSeverityLevel: 4, intraOpNumThreads: 1, ...(providers && { executionProviders: [...providers] }), ...(config && { extra: nested(config) }),
    });
    const types = new Map([...graph.inputs, ...graph.outputs].map((e) => [e.name, e.type]));
    return {
      inputs: session.inputNames.map((name) => ({ name, type: types.get(name) })),
      outputs: session.outputNames.map((name) => ({ name, type: types.get(name) })),
      operators: [...new Set(graph.nodes.map((n) => n.key))],
      async run(feeds) {
        const results = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(value)])));
        return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
      },
      release: () => session.release(),
    };
  },
};

/** `{ 'session.x': '1' }` as onnxruntime-node takes it: `{ session: { x: '1' } }`. */
function nested(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const session = Object.entries(config).filter(([key]) => key.startsWith('session.')).map(([key, value]) => [key.slice('session.'.length), value]);
  return { session: Object.fromEntries(session) };
}

function toOrt(value: Value): ort.Tensor {
  if (!(value instanceof Tensor)) return fail('E_TYPE', `onnxruntime-node takes no ${value.kind} values`);
  return new ort.Tensor(value.type as 'float32', value.data as Float32Array, value.dims);
}

function fromOrt(value: ort.InferenceSession.OnnxValueMapType[string]): Value {
  const tensor = value as ort.Tensor;
  // Float16Array, where the engine has it, holds the same bits.
  const data = tensor.type === 'float16' ? new Uint16Array((tensor.data as Uint16Array).buffer as ArrayBuffer) : tensor.data;
  return new Tensor(tensor.type as DType, data as TensorData, tensor.dims);
}
