/** Every version of every mathematical operator runs with every element type its contract allows. */
import { describe, expect, test } from 'vitest';
import { cpu } from '../../kernels/cpu/index.ts';
import { ModelBuilder, type AttributeValue } from '../../src/model/builder.ts';
import type { OpContract, OpVersion } from '../../src/ops/define.ts';
import * as contracts from '../../src/ops/math/index.ts';
import { registerProvider } from '../../src/runtime/registry.ts';
import { InferenceSession } from '../../src/session.ts';
import { dtypeInfo, packData, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';

registerProvider(cpu);

/** What an operator needs beyond [2, 2] tensors of ones: shapes of inputs by name, and attributes it cannot do without. */
const NEEDS: Readonly<Record<string, { readonly dims?: Readonly<Record<string, readonly number[]>>; readonly attributes?: Readonly<Record<string, AttributeValue>> }>> = {
  BitShift: { attributes: { direction: 'LEFT' } },
  CumSum: { dims: { axis: [] } }, CumProd: { dims: { axis: [] } },
  ReduceSum: { dims: { axes: [1] } }, ReduceMean: { dims: { axes: [1] } }, ReduceMax: { dims: { axes: [1] } }, ReduceMin: { dims: { axes: [1] } },
  ReduceProd: { dims: { axes: [1] } }, ReduceL1: { dims: { axes: [1] } }, ReduceL2: { dims: { axes: [1] } }, ReduceLogSum: { dims: { axes: [1] } },
  ReduceLogSumExp: { dims: { axes: [1] } }, ReduceSumSquare: { dims: { axes: [1] } },
  Clip: { dims: { min: [], max: [] } },
  Dropout: { dims: { ratio: [], training_mode: [] } },
  Einsum: { attributes: { equation: 'ij->ji' } },
  Inverse: { dims: { X: [1, 1] } },
  DFT: { dims: { input: [1, 2, 1], dft_length: [], axis: [] } },
  STFT: { dims: { signal: [1, 2, 1], frame_step: [], window: [1], frame_length: [] } },
  BlackmanWindow: { dims: { size: [] } }, HannWindow: { dims: { size: [] } }, HammingWindow: { dims: { size: [] } },
  MelWeightMatrix: { dims: { num_mel_bins: [], dft_length: [], sample_rate: [], lower_edge_hertz: [], upper_edge_hertz: [] } },
  NegativeLogLikelihoodLoss: { dims: { target: [2], weight: [2] } },
  SoftmaxCrossEntropyLoss: { dims: { labels: [2], weights: [2] } },
  RandomNormal: { attributes: { shape: [2] } }, RandomUniform: { attributes: { shape: [2] } },
  RandomNormalLike: { attributes: { dtype: 1 } }, RandomUniformLike: { attributes: { dtype: 1 } }, Bernoulli: { attributes: { dtype: 6 } },
};

function ones(dtype: DType, dims: readonly number[]): Tensor {
  const size = sizeOf(dims);
  if (dtype === 'string') return new Tensor(dtype, new Array<string>(size).fill('1'), dims);
  if (dtypeInfo(dtype).class === 'complex') return new Tensor(dtype, new Array<number>(2 * size).fill(1), dims);
  return new Tensor(dtype, packData(dtype, new Array<number>(size).fill(1), size), dims);
}

/** One run with type variable `name` bound to `dtype`, the others to their first type. */
async function runWith(op: OpContract, version: OpVersion, name: string, dtype: DType): Promise<void> {
  const needs = NEEDS[op.type] ?? {};
  const b = new ModelBuilder({ opset: op.domain === '' ? version.since : 21 });
  const feeds: Record<string, Tensor> = {};
  const inputs = version.inputs.map((formal) => {
    const type = formal.type === name ? dtype : [...version.types.get(formal.type)!.tensors][0]!;
    // a 0-d ratio of one would drop everything
    if (formal.name === 'ratio') return undefined;
    const tensor = ones(type, needs.dims?.[formal.name] ?? [2, 2]);
    if (formal.name === 'upper_edge_hertz' && tensor.type === 'float32') (tensor.data as Float32Array)[0] = 100;
    feeds[formal.name] = tensor;
    return b.input(formal.name, type, tensor.dims);
  });
  const attributes = { ...needs.attributes, ...(op.type === 'Mod' && dtypeInfo(dtype).class === 'float' && version.since < 28 && { fmod: 1 }) };
  const edges = b.node(op.type, inputs, attributes, { domain: op.domain, outputs: version.outputs.map((o) => o.name) });
  for (const edge of edges) b.output(edge);
  const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
  const results = await session.run(feeds);
  for (const [i, formal] of version.outputs.entries()) {
    const made = results[formal.name] as Tensor;
    expect(version.types.get(formal.type)!.tensors.has(made.type)).toBe(true);
    const edgeType = edges[i]!.type;
    if (formal.type === name) expect(made.type).toBe(dtype);
    else if (edgeType?.kind === 'tensor') expect(made.type).toBe(edgeType.dtype);
  }
}

describe.each((Object.values(contracts) as OpContract[]).map((op) => [`${op.domain}${op.domain && '.'}${op.type}`, op] as const))('%s', (_, op) => {
  test.each(op.versions.map((version) => [version.since, version] as const))('since %i', async (_since, version) => {
    for (const name of new Set(version.inputs.map((formal) => formal.type))) {
      for (const dtype of version.types.get(name)!.tensors) await runWith(op, version, name, dtype);
    }
  });
});

describe('an attribute chooses the element type', () => {
  test.each([
    ['HannWindow', 'output_datatype', new Tensor('int64', [2], []), [0, 1]],
    ['Bernoulli', 'dtype', new Tensor('float32', [0, 1, 1, 0], [4]), [0, 1, 1, 0]],
  ] as const)('%s', async (opType, attribute, input, expected) => {
    const contract = (Object.values(contracts) as OpContract[]).find((op) => op.type === opType)!;
    const version = contract.versions.at(-1)!;
    for (const dtype of version.types.get(version.outputs[0]!.type)!.tensors) {
      const b = new ModelBuilder({ opset: version.since });
      b.output(b.node(opType, [b.input('x', input.type, input.dims)], { [attribute]: dtypeInfo(dtype).onnx }), 'y');
      const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
      expect((await session.run({ x: input }))['y']).toEqual(new Tensor(dtype, packData(dtype, expected, expected.length), [expected.length]));
    }
  });
});
