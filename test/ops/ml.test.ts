/** ai.onnx.ml beside onnxruntime where the two follow the standard alike; maps and sequences, which onnxruntime-node does not hand over. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floats as floatList, ModelBuilder, type AttributeValue } from '../../src/model/builder.ts';
import { InferenceSession } from '../../src/session.ts';
import { dtypeInfo, int64, Tensor, type DType, type OnnxMap, type Sequence, type Value, type ValueType } from '../../src/tensor/index.ts';
import { both, distance, mismatches, runHere, oneNode, type OneNode } from '../../conformance/fuzz/beside-ort.ts';
import { int, ints, tensor } from '../../conformance/fuzz/draw.ts';

const ML = 'ai.onnx.ml';
const SEED = Number(process.env['NIBBLE_FUZZ_SEED'] ?? 1);
const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 20);

type Attributes = Readonly<Record<string, AttributeValue>>;

async function compare(node: OneNode): Promise<void> {
  const { here, there } = await both(node);
  for (const [name, expected] of Object.entries(there)) {
    if (dtypeInfo(expected.type).class === 'float') expect([name, distance(here[name], expected) < 1e-5, distance(here[name], expected)]).toEqual([name, true, expect.anything()]);
    else expect([name, mismatches(here[name], expected)]).toEqual([name, 0]);
  }
}

const f32 = (dims: readonly number[], of: (i: number) => number): Tensor => new Tensor('float32', Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => of(i)), dims);
const text = (values: readonly string[], dims: readonly number[] = [values.length]): Tensor => new Tensor('string', [...values], dims);
const wave = (i: number): number => Math.fround(Math.sin(i * 1.7) * 2);
const x = f32([4, 3], wave);

const FEATURES: readonly (readonly [string, string, Attributes, readonly Tensor[], DType])[] = [
  ['Normalizer, largest', 'Normalizer', { norm: 'MAX' }, [x], 'float32'],
  ['Normalizer, sum', 'Normalizer', { norm: 'L1' }, [x], 'float32'],
  ['Normalizer, length', 'Normalizer', { norm: 'L2' }, [x], 'float32'],
  ['Normalizer of a zero row', 'Normalizer', { norm: 'L2' }, [f32([2, 3], (i) => (i < 3 ? 0 : i))], 'float32'],
  ['Normalizer of integers', 'Normalizer', { norm: 'L1' }, [int64([1, -2, 3])], 'float32'],
  ['Scaler, a feature each', 'Scaler', { offset: floatList([1, 2, 3]), scale: floatList([0.5, 2, 3]) }, [x], 'float32'],
  ['Binarizer', 'Binarizer', { threshold: 0.3 }, [x], 'float32'],
  ['ArrayFeatureExtractor', 'ArrayFeatureExtractor', {}, [x, int64([2, 0], [1, 2])], 'float32'],
  ['ArrayFeatureExtractor of a vector', 'ArrayFeatureExtractor', {}, [f32([3], wave), int64([2, 0])], 'float32'],
  ['ArrayFeatureExtractor of strings', 'ArrayFeatureExtractor', {}, [text(['a', 'b', 'c', 'd'], [2, 1, 2]), int64([1])], 'string'],
  ['FeatureVectorizer', 'FeatureVectorizer', { inputdimensions: [2, 4] }, [x, f32([4, 2], wave)], 'float32'],
  ['Imputer of NaN', 'Imputer', { imputed_value_floats: floatList([1, 2, 3]), replaced_value_float: NaN }, [f32([2, 3], (i) => (i % 2 === 0 ? i : NaN))], 'float32'],
  ['Imputer of integers', 'Imputer', { imputed_value_int64s: [7], replaced_value_int64: 3 }, [int64([1, 3, 5, 3, 2, 3], [2, 3])], 'int64'],
  ['OneHotEncoder of integers', 'OneHotEncoder', { cats_int64s: [1, 2, 5], zeros: 1 }, [int64([1, 5, 2, 9], [2, 2])], 'float32'],
  ['OneHotEncoder of strings', 'OneHotEncoder', { cats_strings: ['a', 'b'], zeros: 1 }, [text(['a', 'z', 'b'])], 'float32'],
  ['CategoryMapper to integers', 'CategoryMapper', { cats_int64s: [1, 2, 5], cats_strings: ['a', 'b', 'c'] }, [text(['a', 'c', 'z'])], 'int64'],
  ['CategoryMapper to strings', 'CategoryMapper', { cats_int64s: [1, 2, 5], cats_strings: ['a', 'b', 'c'] }, [int64([1, 5, 9])], 'string'],
  ['LabelEncoder to floats', 'LabelEncoder', { keys_int64s: [1, 2, 3], values_floats: floatList([0.5, 1.5, 2.5]) }, [int64([1, 2, 7])], 'float32'],
];

test.each(FEATURES)('%s', async (_, opType, attributes, inputs, output) => {
  await compare({ opType, domain: ML, opsets: { [ML]: 3 }, attributes, inputs, outputs: [output] });
});

const numbers = (length: number): fc.Arbitrary<number[]> => ints(length, -64, 64).map((v) => v.map((n) => n / 32));
const labelled = (strings: boolean, count: number, suffix: string): Attributes =>
  (strings ? { classlabels_strings: ['a', 'b', 'c', 'd'].slice(0, count) } : { [`classlabels_${suffix}`]: [5, 6, 7, 8].slice(0, count) });

describe('classifiers and regressors', () => {
  test('linear', async () => {
    await fc.assert(fc.asyncProperty(fc.record({
      classes: int(2, 4), strings: fc.boolean(), transform: fc.constantFrom('NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'), x: tensor('float32', [4, 3]), coefficients: numbers(12), intercepts: numbers(4), single: fc.boolean(),
    }), async (v) => {
      // Two labels may share a single score; onnxruntime leaves softmax out there.
      const targets = v.single && v.transform.length < 6 ? 1 : v.classes;
      const attributes = { coefficients: floatList(v.coefficients.slice(0, 3 * targets)), intercepts: floatList(v.intercepts.slice(0, targets)), post_transform: v.transform };
      if (targets > 1) await compare({ opType: 'LinearRegressor', domain: ML, attributes: { ...attributes, targets }, inputs: [v.x], outputs: ['float32'] });
      await compare({
        opType: 'LinearClassifier', domain: ML, attributes: { ...attributes, ...labelled(v.strings, targets === 1 ? 2 : targets, 'ints') },
        inputs: [v.x], outputs: [v.strings ? 'string' : 'int64', 'float32'],
      });
    }), { numRuns: RUNS, seed: SEED });
  });

  test('support vector machines', async () => {
    await fc.assert(fc.asyncProperty(fc.record({
      perClass: fc.array(int(1, 3), { minLength: 2, maxLength: 4 }), kernel: fc.constantFrom('LINEAR', 'POLY', 'RBF', 'SIGMOID'), transform: fc.constantFrom('NONE', 'LOGISTIC'),
      probabilities: fc.boolean(), strings: fc.boolean(), x: tensor('float32', [4, 3]), pool: numbers(100), oneClass: int(0, 1),
    }), async (v) => {
      const count = v.perClass.reduce((a, b) => a + b, 0), classes = v.perClass.length, pairs = (classes * (classes - 1)) / 2;
      const kernel = { kernel_params: floatList([0.5, 0.25, 2]), kernel_type: v.kernel, support_vectors: floatList(v.pool.slice(0, count * 3)) };
      const weights = v.pool.slice(40).map((w) => w / 4);
      await compare({
        opType: 'SVMRegressor', domain: ML, attributes: { ...kernel, coefficients: floatList(weights.slice(0, count)), n_supports: count, rho: floatList([0.1]), one_class: v.oneClass },
        inputs: [v.x], outputs: ['float32'],
      });
      await compare({
        opType: 'SVMClassifier', domain: ML, inputs: [v.x], outputs: [v.strings ? 'string' : 'int64', 'float32'],
        attributes: {
          ...kernel, coefficients: floatList(weights.slice(0, (classes - 1) * count)), rho: floatList(weights.slice(10, 10 + pairs)), vectors_per_class: v.perClass,
          post_transform: v.transform, ...labelled(v.strings, classes, 'ints'),
          ...(v.probabilities ? { prob_a: floatList(weights.slice(20, 20 + pairs)), prob_b: floatList(weights.slice(30, 30 + pairs)) } : {}),
        },
      });
    }), { numRuns: RUNS, seed: SEED });
  });
});

interface Forest {
  readonly nodes: Record<string, (number | string)[]>;
  readonly leaves: { tree: number; node: number; id: number; weight: number }[];
}

/** Trees of depth 2 over 3 features: the thresholds, questions and weights come from `pool`. */
function forest(trees: number, targets: number, pool: readonly number[]): Forest {
  const nodes: Forest['nodes'] = { treeids: [], nodeids: [], featureids: [], modes: [], values: [], truenodeids: [], falsenodeids: [], missing_value_tracks_true: [] };
  const leaves: Forest['leaves'] = [];
  let at = 0;
  const next = () => pool[at++ % pool.length];
  const pick = (n: number) => Math.abs(Math.round(next() * 32)) % n;
  for (let tree = 0; tree < trees; tree++) {
    for (let node = 0; node < 7; node++) {
      const leaf = node >= 3;
      const row = { treeids: tree, nodeids: node, featureids: leaf ? 0 : pick(3), modes: leaf ? 'LEAF' : ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'][pick(4)], values: leaf ? 0 : next(), truenodeids: leaf ? 0 : 2 * node + 1, falsenodeids: leaf ? 0 : 2 * node + 2, missing_value_tracks_true: leaf ? 0 : pick(2) };
      for (const [name, value] of Object.entries(row)) nodes[name].push(value);
      if (leaf) for (let id = 0; id < targets; id++) leaves.push({ tree, node, id, weight: next() });
    }
  }
  return { nodes, leaves };
}

function treeAttributes({ nodes, leaves }: Forest, kind: 'target' | 'class'): Attributes {
  return {
    ...Object.fromEntries(Object.entries(nodes).map(([name, values]) => [`nodes_${name}`, name === 'values' ? floatList(values as number[]) : (values as number[])])),
    [`${kind}_treeids`]: leaves.map((l) => l.tree), [`${kind}_nodeids`]: leaves.map((l) => l.node), [`${kind}_ids`]: leaves.map((l) => l.id),
    [`${kind}_weights`]: floatList(leaves.map((l) => l.weight)),
  };
}

test('trees', async () => {
  await fc.assert(fc.asyncProperty(fc.record({
    trees: int(1, 4), targets: int(3, 4), pool: numbers(90), aggregate: fc.constantFrom('SUM', 'AVERAGE', 'MIN', 'MAX'), transform: fc.constantFrom('NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO'),
    base: fc.option(numbers(4), { nil: undefined }), x: tensor('float32', [5, 3]), strings: fc.boolean(), positive: fc.boolean(),
  }), async (v) => {
    const all = forest(v.trees, v.targets, v.pool);
    const base = v.base === undefined ? {} : { base_values: floatList(v.base.slice(0, v.targets)) };
    await compare({
      opType: 'TreeEnsembleRegressor', domain: ML, attributes: { ...treeAttributes(all, 'target'), ...base, n_targets: v.targets, aggregate_function: v.aggregate, post_transform: v.transform },
      inputs: [v.x], outputs: ['float32'],
    });
    const labels: DType = v.strings ? 'string' : 'int64';
    await compare({
      opType: 'TreeEnsembleClassifier', domain: ML, attributes: { ...treeAttributes(all, 'class'), ...base, post_transform: v.transform, ...labelled(v.strings, v.targets, 'int64s') },
      inputs: [v.x], outputs: [labels, 'float32'],
    });
    // Two classes that share one score; onnxruntime leaves softmax out there.
    const single = forest(v.trees, 1, v.positive ? v.pool.map(Math.abs) : v.pool);
    await compare({
      opType: 'TreeEnsembleClassifier', domain: ML, inputs: [v.x], outputs: [labels, 'float32'],
      attributes: { ...treeAttributes(single, 'class'), post_transform: v.transform === 'LOGISTIC' ? 'LOGISTIC' : 'NONE', ...labelled(v.strings, 2, 'int64s') },
    });
  }), { numRuns: RUNS, seed: SEED });
});

test('a branch that leads back is refused', async () => {
  const loop = forest(1, 1, [0.5, 1]);
  loop.nodes['truenodeids'][1] = 0;
  const { bytes, feeds } = oneNode({ opType: 'TreeEnsembleRegressor', domain: ML, attributes: treeAttributes(loop, 'target'), inputs: [x], outputs: ['float32'] });
  await expect(runHere(bytes, feeds)).rejects.toMatchObject({ code: 'E_ATTRIBUTE' });
});

const element: ValueType = { kind: 'tensor', dtype: 'float32', shape: [] };
const map = (entries: Readonly<Record<string, number>>): OnnxMap =>
  ({ kind: 'map', key: 'string', value: element, entries: new Map(Object.entries(entries).map(([k, v]) => [k, f32([], () => v)])) });

async function runOne(opType: string, input: ValueType, attributes: Attributes, value: Value): Promise<Value> {
  const b = new ModelBuilder({ opset: 21 });
  b.output(b.node(opType, [b.input('x', input)], attributes, { domain: ML, outputs: ['y'] })[0]);
  const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'] });
  return (await session.run({ x: value }))['y'];
}

describe('maps', () => {
  test('ZipMap makes a map a row', async () => {
    const y = (await runOne('ZipMap', { kind: 'tensor', dtype: 'float32', shape: [2, 2] }, { classlabels_strings: ['a', 'b'] }, f32([2, 2], (i) => i))) as Sequence;
    expect(y.items.map((m) => [...(m as OnnxMap).entries].map(([k, v]) => [k, (v as Tensor).data[0]]))).toEqual([[['a', 0], ['b', 1]], [['a', 2], ['b', 3]]]);
  });

  test('DictVectorizer puts values in the order of its vocabulary', async () => {
    const y = (await runOne('DictVectorizer', { kind: 'map', key: 'string', value: element }, { string_vocabulary: ['c', 'a', 'z'] }, map({ a: 1, b: 2, c: 3 }))) as Tensor;
    expect([y.dims, [...(y.data as Float32Array)]]).toEqual([[1, 3], [3, 1, 0]]);
  });

  test.each([['DENSE', [2.5, 1.5]], ['SPARSE', [0, 2.5, 0, 1.5]]] as const)('CastMap, %s', async (form, expected) => {
    const entries = new Map([[3n, f32([], () => 1.5)], [1n, f32([], () => 2.5)]]);
    const y = (await runOne('CastMap', { kind: 'map', key: 'int64', value: element }, { map_form: form, max_map: 4 }, { kind: 'map', key: 'int64', value: element, entries })) as Tensor;
    expect([y.dims, [...(y.data as Float32Array)]]).toEqual([[1, expected.length], expected]);
  });
});
