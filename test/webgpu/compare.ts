/** One node on a GPU provider and on cpu, on the same inputs. */
import { expect } from 'vitest';
import { InferenceSession, Tensor, type DType } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { unpack } from '../../src/tensor/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import '../../src/webgpu.ts';

export const random = mulberry32(11);
export const floats = (dims: readonly number[], scale = 1): Tensor =>
  new Tensor('float32', Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => (random() - 0.5) * 2 * scale), dims);
export const codes = (type: 'uint8' | 'int8', dims: readonly number[]): Tensor => {
  const bytes = Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random() * 256);
  return new Tensor(type, type === 'uint8' ? bytes : new Int8Array(bytes.buffer), dims);
};

export interface Case {
  readonly op: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** `constant` inputs are initializers, packed at preparation. */
  readonly inputs: readonly ({ readonly tensor: Tensor; readonly constant?: boolean } | undefined)[];
  readonly outputs?: readonly DType[];
  /** Largest error relative to the largest value; 0 asks for equal elements. */
  readonly tolerance?: number;
  readonly opset?: number;
  /** The provider that must run it; `webgpu` where nothing is said. */
  readonly provider?: string;
}

/** Runs the node on both, expects it to be placed on webgpu, and compares all outputs. */
export async function same({ op, domain = '', attributes = {}, inputs, outputs = ['float32'], tolerance = 0, opset = 21, provider = 'webgpu' }: Case): Promise<void> {
  const b = new ModelBuilder({ opset, irVersion: 10 });
  const feeds: Record<string, Tensor> = {};
  const args = inputs.map((input, i) => {
    if (input === undefined) return undefined;
    if (input.constant) return b.constant(`c${i}`, input.tensor);
    feeds[`x${i}`] = input.tensor;
    return b.input(`x${i}`, input.tensor.type, input.tensor.dims);
  });
  const made = b.node(op, args, attributes as never, { domain, outputs: outputs.map((_, i) => `y${i}`) });
  outputs.forEach((dtype, i) => b.output(made[i], `y${i}`, { kind: 'tensor', dtype, shape: undefined }));
  const results: Record<string, unknown>[] = [];
  for (const providers of [['cpu'], [provider, 'cpu']]) {
    const session = await InferenceSession.create(b.bytes(), { executionProviders: providers, graphOptimizationLevel: 'disabled' });
    if (providers[0] === provider) {
      const [node] = session.explain().nodes;
      expect(`${node.provider} ${JSON.stringify(node.refused)}`).toBe(`${provider} []`);
    }
    results.push(await session.run(feeds));
    await session.release();
  }
  outputs.forEach((_, i) => {
    const [expected, found] = results.map((r) => r[`y${i}`] as Tensor);
    expect(found.dims).toEqual(expected.dims);
    expect(found.type).toBe(expected.type);
    const [x, y] = [unpack(expected), unpack(found)];
    let most = 0, worst = 0, at = -1;
    for (let j = 0; j < x.length; j++) {
      if (Number.isFinite(x[j])) most = Math.max(most, Math.abs(x[j]));
      const off = x[j] === y[j] || (Number.isNaN(x[j]) && Number.isNaN(y[j])) ? 0 : Math.abs(x[j] - y[j]);
      if (!(off <= worst)) [worst, at] = [off, j];
    }
    expect(worst, `output ${i}, element ${at}: ${y[at]} instead of ${x[at]}`).toBeLessThanOrEqual(tolerance * most);
  });
}
