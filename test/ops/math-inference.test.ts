/** What is known of mathematical operators before they run: integers of shapes, and models that cannot be right. */
import { describe, expect, test } from 'vitest';
import { ModelBuilder, type AttributeValue } from '../../src/model/builder.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { int64, Tensor, type Dim, type DType } from '../../src/tensor/index.ts';

describe('integers of shapes', () => {
  const valueOf = (build: (b: ModelBuilder, shape: ReturnType<ModelBuilder['input']>) => ReturnType<ModelBuilder['input']>) => {
    const b = new ModelBuilder({ opset: 21 });
    const shape = b.node('Shape', [b.input('x', 'float32', ['n', 4, 6])]);
    const edge = build(b, shape);
    inferGraph(b.graph);
    return edge.shapeValue;
  };
  const constant = (b: ModelBuilder, values: readonly number[]) => b.constant(b.graph.freshName('c'), int64(values));

  test.each([
    ['Add', [0, 1, -6], ['n', 5, 0]],
    ['Sub', [0, 1, 6], ['n', 3, 0]],
    ['Mul', [1, 2, 0], ['n', 8, 0]],
    ['Mul', [2], [undefined, 8, 12]],
    ['Div', [1, 3, 6], ['n', 1, 1]],
    ['Div', [0], [undefined, undefined, undefined]],
    ['Max', [1, 9, 2], [undefined, 9, 6]],
    ['Equal', [-1, 4, 5], [0, 1, 0]],
  ] as const)('%s with [%s]', (opType, values, expected) => {
    expect(valueOf((b, shape) => b.node(opType, [shape, constant(b, values)]))).toEqual(expected);
  });

  test('a choice keeps the symbols of the chosen side', () => {
    expect(valueOf((b, shape) => b.node('Where', [b.node('Equal', [shape, constant(b, [-1])]), constant(b, [1, 1, 1]), shape]))).toEqual(['n', 4, 6]);
  });

  test('a product over a shape is known where all of it is', () => {
    expect(valueOf((b) => b.node('ReduceProd', [constant(b, [2, 3, 4])], { keepdims: 0 }))).toEqual([24]);
    expect(valueOf((b, shape) => b.node('ReduceProd', [shape], { keepdims: 0 }))).toBeUndefined();
  });
});

describe('refused before it runs', () => {
  type Input = readonly [dtype: DType, ...dims: Dim[]];
  interface Wrong {
    readonly opType: string;
    readonly inputs: readonly Input[];
    readonly attributes?: Readonly<Record<string, AttributeValue>>;
    readonly opset?: number;
    /** Constant inputs after the others. */
    readonly constants?: readonly Tensor[];
  }
  const f = (...dims: Dim[]): Input => ['float32', ...dims];

  test.each<Wrong>([
    { opType: 'Add', inputs: [f(2, 3), f(2, 4)] },
    { opType: 'Add', inputs: [f(2, 3), f(3)], opset: 6 },
    { opType: 'Max', inputs: [f(2, 3), f(1, 3)], opset: 6 },
    { opType: 'Where', inputs: [['bool', 2], f(3), f(3)] },
    { opType: 'MatMul', inputs: [f('n', 3), f(4, 5)] },
    { opType: 'MatMul', inputs: [f(), f(4, 5)] },
    { opType: 'Gemm', inputs: [f(2, 3), f(4, 3)] },
    { opType: 'Gemm', inputs: [f(2, 3), f(3, 4), f(5)] },
    { opType: 'ReduceSum', inputs: [f(2, 3)], constants: [int64([2])] },
    { opType: 'ReduceMax', inputs: [f(2, 3)], attributes: { axes: [-3] }, opset: 11 },
    { opType: 'ArgMax', inputs: [f(2, 3)], attributes: { axis: 2 } },
    { opType: 'Det', inputs: [f(2, 3)] },
    { opType: 'Einsum', inputs: [f(2, 3), f(4, 5)], attributes: { equation: 'ij,jk->ik' } },
    { opType: 'DFT', inputs: [f(1, 8, 3)] },
    { opType: 'STFT', inputs: [f(8, 1)], constants: [int64([2], [])] },
    { opType: 'HannWindow', inputs: [], constants: [int64([8], [])], attributes: { output_datatype: 8 } },
    { opType: 'RandomNormal', inputs: [], attributes: { shape: [2, -1] } },
    { opType: 'RandomUniform', inputs: [], attributes: { shape: [2], dtype: 7 } },
    { opType: 'Multinomial', inputs: [f(2, 3)], attributes: { sample_size: -1 } },
    { opType: 'NegativeLogLikelihoodLoss', inputs: [f(2, 3, 4), ['int64', 2, 5]] },
  ])('$opType of $inputs', ({ opType, inputs, attributes, opset, constants }) => {
    const b = new ModelBuilder({ opset: opset ?? 21 });
    const edges = [
      ...inputs.map(([dtype, ...dims], i) => b.input(`x${i}`, dtype, dims)),
      ...(constants ?? []).map((tensor, i) => b.constant(`c${i}`, tensor)),
    ];
    b.node(opType, edges, attributes ?? {});
    expect(() => inferGraph(b.graph)).toThrow(expect.objectContaining({ code: 'E_SHAPE' }));
  });
});
