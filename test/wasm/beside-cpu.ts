/** A node on the wasm provider beside the same node on the scalar one. */
import { expect } from 'vitest';
import type { WasmOptions } from '../../kernels/wasm/index.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { InferenceSession, Tensor, type SessionOptions } from '../../src/main.ts';
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

/** A model of these nodes side by side, all of the opset of the first. Inputs of node k are called xk_0, xk_1, ..., outputs yk_0, ... */
export function modelOf(cases: readonly NodeCase[]): { bytes: Uint8Array; feeds: Record<string, Tensor> } {
  const b = new ModelBuilder({ opset: cases[0]?.opset ?? 21 });
  const feeds: Record<string, Tensor> = {};
  cases.forEach(({ op, domain, attrs, inputs, constants = [], outputs = 1 }, k) => {
    const edges = inputs.map((t, i) => {
      const name = `x${k}_${i}`;
      if (t === undefined) return undefined;
      if (constants.includes(i)) return b.constant(name, t);
      feeds[name] = t;
      return b.input(name, t.type as DType, [...t.dims]);
    });
    const names = Array.from({ length: outputs }, (_, i) => `y${k}_${i}`);
    for (const y of b.node(op, edges, attrs ?? {}, { outputs: names, name: `node${k}`, ...(domain === undefined ? {} : { domain }) })) b.output(y);
  });
  return { bytes: b.bytes(), feeds };
}

type Providers = NonNullable<SessionOptions['executionProviders']>;

const create = (bytes: Uint8Array, executionProviders: Providers): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { executionProviders, graphOptimizationLevel: 'disabled' });

/** Those of the nodes that wasm takes. */
export async function taken(cases: readonly NodeCase[]): Promise<NodeCase[]> {
  const session = await create(modelOf(cases).bytes, ['wasm', 'cpu']);
  const { nodes } = session.explain();
  await session.release();
  return cases.filter((_, k) => nodes.find((n) => n.name === `node${k}`)!.provider === 'wasm');
}

/** Outputs of all nodes, of wasm and of cpu; fails when wasm did not run a node. Every run is done twice, so that planned memory is used too. */
export const both = (...cases: readonly NodeCase[]): ReturnType<typeof bothWith> => bothWith({}, cases);

/** `both` with options of the wasm provider. */
export async function bothWith(options: WasmOptions, cases: readonly NodeCase[]): Promise<{ wasm: Tensor[]; cpu: Tensor[]; names: readonly string[] }> {
  const { bytes, feeds } = modelOf(cases);
  let names: readonly string[] = [];
  const run = async (executionProviders: Providers): Promise<Tensor[]> => {
    const session = await create(bytes, executionProviders);
    if (executionProviders.length > 1) {
      for (const n of session.explain().nodes) expect(`${n.name}: ${n.provider} ${n.reason}`).toBe(`${n.name}: wasm first in the list`);
    }
    await session.run(feeds);
    const results = await session.run(feeds);
    names = session.outputNames;
    const copies = names.map((name) => results[name] as Tensor).map((t) => new Tensor(t.type, (t.data as Float32Array).slice() as never, t.dims));
    await session.release();
    return copies;
  };
  return { wasm: await run([{ name: 'wasm', ...options }, 'cpu']), cpu: await run(['cpu']), names };
}

/** Largest |wasm - cpu| / max(1, |cpu|) there may be; 0 asks for the same bits (NaN equals NaN). */
export async function same(c: NodeCase, tolerance = 0): Promise<void> {
  await allSame([c], tolerance);
}

/** `same` for many nodes in one session; `options` are the wasm provider's. */
export async function allSame(cases: readonly NodeCase[], tolerance = 0, options: WasmOptions = {}): Promise<void> {
  const { wasm, cpu, names } = await bothWith(options, cases);
  expect(wasm.map((t) => [t.type, t.dims])).toEqual(cpu.map((t) => [t.type, t.dims]));
  wasm.forEach((t, k) => {
    const found = t.data as Float32Array, wanted = cpu[k].data as Float32Array;
    for (let i = 0; i < wanted.length; i++) {
      if (Object.is(found[i], wanted[i])) continue;
      const distance = Math.abs(found[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]));
      if (tolerance === 0 || !(distance <= tolerance)) expect.fail(`output ${names[k]}, element ${i}: ${found[i]}, cpu has ${wanted[i]}`);
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
