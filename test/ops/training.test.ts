/** Gradient against differences of the function itself, rule by rule; what it refuses. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelBuilder, type AttributeValue, type GraphBuilder } from '../../src/model/builder.ts';
import type { Edge } from '../../src/graph/index.ts';
import { int64, sizeOf, Tensor } from '../../src/tensor/index.ts';
import { runHere } from '../../conformance/fuzz/beside-ort.ts';
import { ints } from '../../conformance/fuzz/draw.ts';

const TRAINING = 'ai.onnx.preview.training';

interface Case {
  readonly xs: Readonly<Record<string, readonly number[]>>; // names and shapes
  readonly build: (b: GraphBuilder, x: readonly Edge[]) => Edge;
  /** Inputs lie in [low, low + 2]. */
  readonly low?: number;
}

const op = (type: string, attributes: Readonly<Record<string, AttributeValue>> = {}) => (b: GraphBuilder, x: readonly Edge[]): Edge => b.node(type, x, attributes);
const shaped = (type: string, list: readonly number[]) => (b: GraphBuilder, [x]: readonly Edge[]): Edge => b.node(type, [x, b.constant('list', int64([...list]))]);

const CASES: Readonly<Record<string, Case>> = {
  'Add, broadcast': { xs: { a: [2, 3], b: [3] }, build: op('Add') },
  'Sub, broadcast': { xs: { a: [3], b: [2, 1] }, build: op('Sub') },
  'Mul, broadcast': { xs: { a: [2, 1, 3], b: [4, 1] }, build: op('Mul') },
  'Div, broadcast': { xs: { a: [2, 3], b: [2, 1] }, build: op('Div'), low: 0.5 },
  'Pow': { xs: { a: [3], b: [3] }, build: op('Pow'), low: 0.5 },
  'Sum': { xs: { a: [2], b: [2], c: [1] }, build: op('Sum') },
  'Neg': { xs: { a: [3] }, build: op('Neg') },
  'Identity': { xs: { a: [3] }, build: op('Identity') },
  'Relu': { xs: { a: [4] }, build: op('Relu') },
  'Abs': { xs: { a: [4] }, build: op('Abs') },
  'Exp': { xs: { a: [3] }, build: op('Exp') },
  'Log': { xs: { a: [3] }, build: op('Log'), low: 0.5 },
  'Sqrt': { xs: { a: [3] }, build: op('Sqrt'), low: 0.5 },
  'Reciprocal': { xs: { a: [3] }, build: op('Reciprocal'), low: 0.5 },
  'Sigmoid': { xs: { a: [3] }, build: op('Sigmoid') },
  'Tanh': { xs: { a: [3] }, build: op('Tanh') },
  'Sin and Cos': { xs: { a: [3] }, build: (b, x) => b.node('Sin', [b.node('Cos', x)]) },
  'Softplus': { xs: { a: [3] }, build: op('Softplus') },
  'Softmax, weighted': { xs: { a: [2, 3], b: [2, 3] }, build: (b, [x, w]) => b.node('Mul', [b.node('Softmax', [x], { axis: 1 }), w]) },
  'MatMul': { xs: { a: [2, 3], b: [3, 4] }, build: op('MatMul') },
  'MatMul, broadcast batch': { xs: { a: [2, 2, 3], b: [3, 2] }, build: op('MatMul') },
  'MatMul of vectors': { xs: { a: [3], b: [3] }, build: op('MatMul') },
  'MatMul of a vector and a batch': { xs: { a: [3], b: [2, 3, 4] }, build: op('MatMul') },
  'MatMul of a batch and a vector': { xs: { a: [2, 4, 3], b: [3] }, build: op('MatMul') },
  'Gemm': { xs: { a: [2, 3], b: [3, 4], c: [4] }, build: op('Gemm', { alpha: 0.5, beta: 2 }) },
  'Gemm, both turned': { xs: { a: [3, 2], b: [4, 3], c: [2, 1] }, build: op('Gemm', { transA: 1, transB: 1 }) },
  'ReduceSum': { xs: { a: [2, 3, 2] }, build: (b, [x]) => b.node('Exp', [b.node('ReduceSum', [x, b.constant('axes', int64([1]))], { keepdims: 0 })]) },
  'ReduceMean of all': { xs: { a: [2, 3] }, build: (b, x) => b.node('Exp', [b.node('ReduceMean', x)]) },
  'Reshape': { xs: { a: [2, 3] }, build: shaped('Reshape', [3, 2]) },
  'Unsqueeze': { xs: { a: [2, 3] }, build: shaped('Unsqueeze', [1]) },
  'Expand': { xs: { a: [2, 1] }, build: shaped('Expand', [3, 2, 2]) },
  'Transpose': { xs: { a: [2, 3], b: [3, 2] }, build: (b, [x, w]) => b.node('Mul', [b.node('Transpose', [x], { perm: [1, 0] }), w]) },
  'a tensor used twice': { xs: { a: [3] }, build: (b, [x]) => b.node('Mul', [b.node('Tanh', [x]), x]) },
  'a small network': {
    xs: { x: [2, 3], w: [3, 4], b: [4], v: [4, 1] },
    build: (b, [x, w, bias, v]) => b.node('ReduceMean', [b.node('MatMul', [b.node('Sigmoid', [b.node('Add', [b.node('MatMul', [x, w]), bias])]), v])]),
  },
};

/** y, and the gradients of the sum of y. Computed in double precision. */
function model({ xs, build }: Case): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const names = Object.keys(xs);
  const inputs = names.map((name) => b.input(name, 'float64', xs[name]));
  const y = b.output(build(b, inputs), 'y', { kind: 'tensor', dtype: 'float64' });
  const gradients = b.node('Gradient', inputs, { xs: names, y: y.name }, { domain: TRAINING, outputs: names.map((n) => `d_${n}`) });
  for (const edge of gradients) b.output(edge, edge.name, { kind: 'tensor', dtype: 'float64' });
  return b.bytes();
}

const total = (y: Tensor): number => (y.data as Float64Array).reduce((a, b) => a + b, 0);

describe('Gradient', () => {
  test.each(Object.keys(CASES))('of %s', async (name) => {
    const c = CASES[name];
    const bytes = model(c);
    const names = Object.keys(c.xs);
    const drawn = fc.tuple(...names.map((n) => ints(sizeOf(c.xs[n]), 1, 127).map((v) => v.map((k) => (c.low ?? -1) + k / 64 + 1 / 200))));
    await fc.assert(fc.asyncProperty(drawn, async (values) => {
      const feed = (changed: number, at: number, by: number) => Object.fromEntries(names.map((n, k) => [n, new Tensor('float64', Float64Array.from(values[k], (v, i) => (k === changed && i === at ? v + by : v)), c.xs[n])]));
      const results = await runHere(bytes, feed(-1, 0, 0));
      for (const [k, n] of names.entries()) {
        const gradient = results[`d_${n}`];
        expect(gradient.dims).toEqual(c.xs[n]);
        for (let i = 0; i < gradient.size; i++) {
          const h = 1e-5;
          const slope = (total((await runHere(bytes, feed(k, i, h)))['y']) - total((await runHere(bytes, feed(k, i, -h)))['y'])) / (2 * h);
          expect((gradient.data as Float64Array)[i]).toBeCloseTo(slope, 5);
        }
      }
    }), { numRuns: 1, seed: 1 });
  });

  test('at other values than those of the graph', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const [x, other] = [b.input('x', 'float32', [2]), b.input('other', 'float32', [2])];
    b.output(b.node('Mul', [x, x]), 'y', { kind: 'tensor', dtype: 'float32' });
    b.output(b.node('Gradient', [other], { xs: ['x'], y: 'y' }, { domain: TRAINING, outputs: ['d'] })[0], 'd', { kind: 'tensor', dtype: 'float32' });
    const { d } = await runHere(b.bytes(), { x: new Tensor('float32', [1, 2]), other: new Tensor('float32', [5, 7]) });
    expect([...(d.data as Float32Array)]).toEqual([10, 14]);
  });

  test('with respect to a tensor that y does not depend on is zero', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const [x, z] = [b.input('x', 'float32', [2]), b.input('z', 'float32', [3])];
    b.output(b.node('Exp', [x]), 'y', { kind: 'tensor', dtype: 'float32' });
    const d = b.node('Gradient', [x, z], { xs: ['x', 'z'], y: 'y' }, { domain: TRAINING, outputs: ['', 'dz'] });
    b.output(d[0], 'dz', { kind: 'tensor', dtype: 'float32' });
    const { dz } = await runHere(b.bytes(), { x: new Tensor('float32', [1, 2]), z: new Tensor('float32', [5, 7, 9]) });
    expect([...(dz.data as Float32Array)]).toEqual([0, 0, 0]);
  });

  test.each([
    ['an operator without a rule', (b: GraphBuilder, x: Edge): Edge => b.node('Floor', [x]), ['x'], 'E_OP_UNSUPPORTED'],
    ['an input that is not named', (b: GraphBuilder, x: Edge): Edge => b.node('Add', [x, b.input('other', 'float32', [2])]), ['x'], 'E_MODEL'],
    ['a name that is not there', (b: GraphBuilder, x: Edge): Edge => b.node('Exp', [x]), ['nowhere'], 'E_MODEL'],
  ] as const)('refuses %s', async (_, build, xs, code) => {
    const b = new ModelBuilder({ opset: 21 });
    const x = b.input('x', 'float32', [2]);
    b.output(build(b, x), 'y', { kind: 'tensor', dtype: 'float32' });
    b.output(b.node('Gradient', [x], { xs: [...xs], y: 'y' }, { domain: TRAINING, outputs: ['d'] })[0], 'd', { kind: 'tensor', dtype: 'float32' });
    const feeds = { x: new Tensor('float32', [1, 2]), ...(code === 'E_MODEL' && xs[0] === 'x' ? { other: new Tensor('float32', [1, 2]) } : {}) };
    await expect(runHere(b.bytes(), feeds)).rejects.toMatchObject({ code });
  });
});
