/** Runs a model here and in onnxruntime-node, and says how far apart the results are. */
import * as ort from 'onnxruntime-node';
import { cpu } from '../../kernels/cpu/index.ts';
import { wasm } from '../../kernels/wasm/index.ts';
import { ModelBuilder, type AttributeValue } from '../../src/model/builder.ts';
import { registerProvider } from '../../src/runtime/registry.ts';
import { InferenceSession } from '../../src/session.ts';
import { dtypeInfo, Tensor, unpack, type DType, type TypedArray } from '../../src/tensor/index.ts';

registerProvider(cpu);
registerProvider(wasm);

export type Named = Readonly<Record<string, Tensor>>;

export interface OneNode {
  readonly opType: string;
  readonly domain?: string;
  readonly opset?: number;
  /** Opsets of other domains. */
  readonly opsets?: Readonly<Record<string, number>>;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** In order; undefined leaves an optional input out. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Inputs that are initializers of the model: weights. */
  readonly constants?: readonly number[];
  /** Element types of the outputs; undefined leaves one out. */
  readonly outputs: readonly (DType | undefined)[];
}

/** A model of one node; inputs are called x0, x1, ..., outputs y0, y1, ... */
export function oneNode(node: OneNode): { bytes: Uint8Array; feeds: Named } {
  const b = new ModelBuilder({ opset: node.opset ?? 21, opsets: node.opsets ?? {} });
  const feeds: Record<string, Tensor> = {};
  const inputs = node.inputs.map((t, i) => {
    if (t === undefined) return undefined;
    if (node.constants?.includes(i)) return b.constant(`x${i}`, t);
    feeds[`x${i}`] = t;
    return b.input(`x${i}`, t.type, t.dims.map(() => undefined));
  });
  const names = node.outputs.map((dtype, i) => (dtype === undefined ? '' : `y${i}`));
  const edges = b.node(node.opType, inputs, node.attributes ?? {}, { domain: node.domain ?? '', outputs: names });
  const present = node.outputs.filter((d) => d !== undefined);
  edges.forEach((edge, i) => b.output(edge, edge.name, { kind: 'tensor', dtype: present[i] }));
  return { bytes: b.bytes(), feeds };
}

export async function runHere(bytes: Uint8Array, feeds: Named): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
  return (await session.run(feeds)) as Record<string, Tensor>;
}

export async function runOrt(bytes: Uint8Array, feeds: Named): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 });
  const given = Object.entries(feeds).map(([name, t]) => [name, new ort.Tensor(t.type as 'float32', t.data as Float32Array, t.dims)] as const);
  const results = await session.run(Object.fromEntries(given));
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, new Tensor(t.type as DType, t.data as TypedArray, t.dims)]));
}

/** Both results of a node. */
export async function both(node: OneNode): Promise<{ here: Record<string, Tensor>; there: Record<string, Tensor> }> {
  const { bytes, feeds } = oneNode(node);
  const there = await runOrt(bytes, feeds);
  return { here: await runHere(bytes, feeds), there };
}

/** The largest difference, relative to the largest magnitude of `expected`: floats only. Infinity where shapes or types differ. */
export function distance(found: Tensor, expected: Tensor): number {
  if (found.type !== expected.type || found.dims.join() !== expected.dims.join()) return Infinity;
  const a = unpack(found), b = unpack(expected);
  let most = 0, size = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) !== Number.isNaN(b[i])) return Infinity;
    if (Number.isNaN(a[i]) || a[i] === b[i]) continue;
    most = Math.max(most, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return most === 0 ? 0 : most / Math.max(size, 1e-3);
}

/** How many elements differ: for integers. */
export function mismatches(found: Tensor, expected: Tensor): number {
  if (found.type !== expected.type || found.dims.join() !== expected.dims.join() || dtypeInfo(found.type).class === 'float') return Infinity;
  const a = found.data as ArrayLike<unknown>, b = expected.data as ArrayLike<unknown>;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}
