/** What onnxruntime's JavaScript packages have in common. They take tensors, of most element types. */
import { readFileSync } from 'node:fs';
import type { InferenceSession, InferenceSessionFactory, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { fail } from '../../src/errors.ts';
import { loadModel } from '../../src/model/index.ts';
import { Tensor, type DType, type TensorData, type Value } from '../../src/tensor/index.ts';
import { Verdict, type LoadedModel, type Runtime } from '../runtime.ts';

/** The part of onnxruntime-common's API that the packages export. */
export interface OrtPackage {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** Element types that `ort.Tensor` knows; others never reach the runtime. */
const TYPES: ReadonlySet<string> = new Set<DType>([
  'float32', 'float64', 'float16', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'uint32', 'int64', 'uint64', 'bool', 'string', 'uint4', 'int4',
]);

export function ortRuntime(name: string, version: string, ort: OrtPackage): Runtime {
  return {
    name,
    version,
    async load(modelPath, { level, providers, config }): Promise<LoadedModel> {
      const bytes = readFileSync(modelPath);
      const { graph } = loadModel(bytes);
      const session = await guarded(() => ort.InferenceSession.create(bytes, {
        graphOptimizationLevel: level, logSeverityLevel: 4, intraOpNumThreads: 1, ...(providers && { executionProviders: [...providers] }), ...(config && { extra: nested(config) }),
      }));
      const types = new Map([...graph.inputs, ...graph.outputs].map((e) => [e.name, e.type]));
      return {
        inputs: session.inputNames.map((input) => ({ name: input, type: types.get(input) })),
        outputs: session.outputNames.map((output) => ({ name: output, type: types.get(output) })),
        operators: [...new Set(graph.nodes.map((n) => n.key))],
        async run(feeds) {
          const given = Object.fromEntries(Object.entries(feeds).map(([input, value]) => [input, toOrt(ort, value)]));
          const results = await guarded(() => session.run(given));
          return Object.fromEntries(Object.entries(results).map(([output, value]) => [output, fromOrt(value)]));
        },
        release: () => session.release(),
      };
    },
  };
}

/** After a trap, a WebAssembly module's state is lost, and with it every later case of the process. */
async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw new Verdict('died', `WebAssembly trap: ${error.message}`);
    throw new Verdict('refused', reasonIn(error instanceof Error ? error.message : String(error)));
  }
}

/** Without the C++ function and the source line that lead the message. */
function reasonIn(message: string): string {
  return message.replace(/^.*ERROR_MESSAGE: /s, '').replace(/\S+\.(?:cc|h):\d+ [^\n]*?\) (?=\S)/, '').trim();
}

/** `{ 'session.x': '1' }` as the packages take it: `{ session: { x: '1' } }`. */
function nested(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const session = Object.entries(config).filter(([key]) => key.startsWith('session.')).map(([key, value]) => [key.slice('session.'.length), value]);
  return { session: Object.fromEntries(session) };
}

export function toOrt(ort: OrtPackage, value: Value): OrtTensor {
  if (!(value instanceof Tensor)) fail('E_TYPE', `onnxruntime's JavaScript API takes no ${value.kind} values`);
  if (!TYPES.has(value.type)) fail('E_TYPE', `onnxruntime's JavaScript API has no ${value.type} tensors`);
  const { data } = value;
  // Packed types are bytes there, signed or not.
  const taken = value.type === 'int4' ? new Uint8Array((data as Int8Array).buffer, (data as Int8Array).byteOffset, data.length) : data;
  return new ort.Tensor(value.type as 'float32', taken as Float32Array, value.dims);
}

export function fromOrt(value: InferenceSession.OnnxValueMapType[string]): Value {
  const tensor = value as OrtTensor;
  const type = tensor.type as DType;
  const data = tensor.data as TensorData;
  if (type === 'float16' || type === 'int4') {
    // Float16Array, where the engine has it, holds the same bits.
    const { buffer, byteOffset, length } = data as Uint16Array<ArrayBuffer>;
    return new Tensor(type, type === 'float16' ? new Uint16Array(buffer, byteOffset, length) : new Int8Array(buffer, byteOffset, length), tensor.dims);
  }
  return new Tensor(type, data, tensor.dims);
}
