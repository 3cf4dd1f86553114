/** A node on the wasm provider beside the same node on the scalar one. */
import { expect } from 'vitest';
import { ModelBuilder } from '../../src/model/index.ts';
import { InferenceSession, Tensor } from '../../src/main.ts';
import type { DType } from '../../src/tensor/index.ts';

type Attributes = Parameters<ModelBuilder['node']>[2];

export interface NodeCase {
  readonly op: string;
  readonly domain?: string;
  readonly attrs?: Attributes;
  /** Inputs in order; an absent optional one is undefined. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Numbers of the inputs that are constants of the model. */
  readonly constants?: readonly number[];
  readonly outputs?: number;
  readonly opset?: number;
}

function modelOf({ op, domain, attrs, inputs, constants = [], outputs = 1, opset = 21 }: NodeCase): Uint8Array {
  const b = new ModelBuilder({ opset });
  const edges = inputs.map((t, i) => {
    if (t === undefined) return undefined;
    return constants.includes(i) ? b.constant(`x${i}`, t) : b.input(`x${i}`, t.type as DType, [...t.dims]);
  });
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
  for (const y of b.node(op, edges, attrs ?? {}, { outputs: names, name: 'node', ...(domain === undefined ? {} : { domain }) })) b.output(y);
  return b.bytes();
}

/** Outputs of wasm and of cpu; fails when wasm did not run the node. Every run is done twice, so that planned memory is used too. */
export async function both(c: NodeCase): Promise<{ wasm: Tensor[]; cpu: Tensor[] }> {
  const bytes = modelOf(c);
  const feeds = Object.fromEntries(c.inputs.flatMap((t, i) => (t === undefined || c.constants?.includes(i) ? [] : [[`x${i}`, t]])));
  const run = async (executionProviders: readonly string[]): Promise<Tensor[]> => {
    const session = await InferenceSession.create(bytes, { executionProviders: [...executionProviders], graphOptimizationLevel: 'disabled' });
    if (executionProviders[0] === 'wasm') expect(session.explain().nodes.map((n) => `${n.provider} ${n.reason}`)).toEqual(['wasm first in the list']);
    await session.run(feeds);
    const results = await session.run(feeds);
    const outputs = session.outputNames.map((name) => results[name] as Tensor);
    const copies = outputs.map((t) => new Tensor(t.type, (t.data as Float32Array).slice() as never, t.dims));
    await session.release();
    return copies;
  };
  return { wasm: await run(['wasm', 'cpu']), cpu: await run(['cpu']) };
}

/** Largest |wasm - cpu| / max(1, |cpu|) there may be; 0 asks for the same bits (NaN equals NaN). */
export async function same(c: NodeCase, tolerance = 0): Promise<void> {
  const { wasm, cpu } = await both(c);
  expect(wasm.map((t) => [t.type, t.dims])).toEqual(cpu.map((t) => [t.type, t.dims]));
  wasm.forEach((t, k) => {
    const found = t.data as Float32Array, wanted = cpu[k].data as Float32Array;
    for (let i = 0; i < wanted.length; i++) {
      if (Object.is(found[i], wanted[i])) continue;
      const distance = Math.abs(found[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]));
      if (tolerance === 0 || !(distance <= tolerance)) expect.fail(`output ${k}, element ${i}: ${found[i]}, cpu has ${wanted[i]}`);
    }
  });
}

/** Repeatable floats in [-scale, scale). */
export function floats(dims: readonly number[], scale = 2, seed = 1): Tensor {
  let state = seed * 2654435761;
  const data = Float32Array.from({ length: dims.reduce((n, d) => n * d, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
  return new Tensor('float32', data, [...dims]);
}
