/** Graph -> bytes -> graph keeps everything; onnxruntime reads what is written, and computes the same. */
import { describe, expect, test } from 'vitest';
import { float, loadModel, ModelBuilder, saveModel, sparse, type Model } from '../../src/model/index.ts';
import type { Graph } from '../../src/graph/index.ts';
import { DTYPES, dtypeInfo, int64, storageLength, Tensor, type Value, type ValueType } from '../../src/tensor/index.ts';
import { runOrt } from './ort.ts';

/** A graph as plain data, to compare two of them. */
function outline(graph: Graph): unknown {
  return {
    name: graph.name, path: graph.path, inputs: graph.inputs.map((e) => [e.name, e.type]), outputs: graph.outputs.map((e) => e.name),
    constants: [...graph.edges.values()].filter((e) => e.constant !== undefined).map((e) => [e.name, e.type, e.tensor!.data]),
    nodes: graph.nodes.map((n) => [
      n.key, n.name, n.opset, n.inputs.map((e) => e?.name), n.outputs.map((e) => e?.name),
      [...n.attributes].map(([name, a]) => [name, a.type === 'graph' ? outline(a.value) : a.type === 'string' ? a.value : a]),
    ]),
  };
}

const roundTrip = (model: Model): Model => loadModel(saveModel(model));

/** Bytes of every code of a type, or a repeating pattern for wide ones. */
function sample(dtype: (typeof DTYPES)[number], size: number): Tensor {
  const { array } = dtypeInfo(dtype);
  if (array === undefined) return new Tensor(dtype, Array.from({ length: size }, (_, i) => `s${i}\u00e9\u{1f40d}`), [size]);
  const length = storageLength(dtype, size);
  const bytes = Uint8Array.from({ length: length * array.BYTES_PER_ELEMENT }, (_, i) => (dtype === 'bool' ? i % 2 : (i * 37 + 11) & 63));
  return new Tensor(dtype, new array(bytes.buffer, 0, length) as Uint8Array, [size]);
}

test.each(DTYPES)('%s initializers keep their bits, small and large', (dtype) => {
  const b = new ModelBuilder({ opset: 28, irVersion: 14 });
  const small = sample(dtype, 7), large = sample(dtype, 9_000), none = sample(dtype, 0), scalar = sample(dtype, 1).reshape([]);
  for (const [name, tensor] of Object.entries({ small, large, none, scalar })) b.output(b.constant(name, tensor));
  const { graph } = roundTrip(b.model());
  for (const [name, tensor] of Object.entries({ small, large, none, scalar })) {
    const read = graph.edges.get(name)!.tensor!;
    expect([read.type, read.dims], name).toEqual([dtype, tensor.dims]);
    expect(read.data, name).toEqual(tensor.data);
  }
});

test('large aligned data stays a view of the file, small data is copied', () => {
  const b = new ModelBuilder();
  b.output(b.constant('large', new Tensor('uint8', new Uint8Array(10_000), [10_000])));
  b.output(b.constant('small', new Tensor('uint8', new Uint8Array(10), [10])));
  const bytes = b.bytes();
  const { graph } = loadModel(bytes);
  expect((graph.edges.get('large')!.tensor!.data as Uint8Array).buffer).toBe(bytes.buffer);
  expect((graph.edges.get('small')!.tensor!.data as Uint8Array).buffer).not.toBe(bytes.buffer);
});

test('every kind of attribute survives', () => {
  const b = new ModelBuilder({ opsets: { 'my.domain': 3 } });
  const x = b.input('x', 'float32', [2, 'n']);
  const tensor = new Tensor('int8', [1, 2], [2]);
  const coo = { values: new Tensor('float32', [5], [1]), indices: int64([3]), dims: [2, 2] };
  const type: ValueType = { kind: 'sequence', elem: { kind: 'map', key: 'int64', value: { kind: 'tensor', dtype: 'float32', shape: ['n', 2, undefined] } } };
  b.output(b.node('Anything', [x, undefined, x], {
    i: -(2n ** 63n), f: float(0.1), s: 'caf\u00e9', t: tensor, is: [1, 2n ** 62n].map(BigInt), fs: [0.5, 2], ss: ['a', ''], ts: [tensor, tensor],
    st: sparse(coo), sts: { type: 'sparse_tensors', value: [coo] }, tp: { type: 'type_proto', value: type }, tps: { type: 'type_protos', value: [type] },
    empty: { type: 'ints', value: [] }, g: (g) => g.output(g.node('Neg', [x])),
  }, { domain: 'my.domain', name: 'any', outputs: ['y', '', 'z'] })[0]!);
  const before = b.model(), after = roundTrip(before);
  expect(outline(after.graph)).toEqual(outline(before.graph));
  expect(after.graph.nodes[0]!.float('f', 0)).toBe(Math.fround(0.1));
});

test('what the model says about itself survives', () => {
  const b = new ModelBuilder({ opset: 17, irVersion: 9, name: 'main', metadata: { author: 'n\u00e9', empty: '' } });
  b.output(b.node('Relu', [b.input('x', 'float32', ['batch', 3])]));
  const model = { ...b.model(), producerName: 'p', producerVersion: '1', domain: 'd', modelVersion: -5n, docString: 'doc' };
  const { graph, ...rest } = roundTrip(model);
  const { graph: original, ...expected } = model;
  expect(rest).toEqual(expected);
  expect(graph.name).toBe(original.name);
});

describe('onnxruntime reads what is saved', () => {
  test('attributes, constants and several outputs', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const x = b.input('x', 'float32', [2, 'n']);
    const sum = b.node('Add', [x, b.constant('c', new Tensor('float32', [10, 20], [2, 1]))]);
    const [values, indices] = b.node('TopK', [sum, b.constant('k', int64([1]))], { axis: -1, largest: 0 }, { outputs: 2 });
    b.output(values!, 'values');
    b.output(indices!, 'indices');
    b.output(b.node('LeakyRelu', [x], { alpha: 0.5 }), 'leaky');
    const feeds = { x: ['float32', [3, -1, 2, 4, 8, -6], [2, 3]] as const };
    const expected = { values: [9, 14], indices: [1n, 2n], leaky: [3, -0.5, 2, 4, 8, -3] };
    expect(await runOrt(b.bytes(), feeds)).toEqual(expected);
    expect(await runOrt(saveModel(roundTrip(b.model())), feeds)).toEqual(expected);
  });

  test('a com.microsoft operator gets its import', async () => {
    const b = new ModelBuilder({ opset: 20 });
    b.output(b.node('FastGelu', [b.input('x', 'float32', [1])], {}, { domain: 'com.microsoft' }), 'y');
    const { y } = await runOrt(b.bytes(), { x: ['float32', [0], [1]] });
    expect(y).toEqual([0]);
    expect(roundTrip(b.model()).opsets.get('com.microsoft')).toBe(1);
  });

  test('packed and narrow types', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const scale = b.constant('scale', new Tensor('float32', [0.5], []));
    for (const dtype of ['int4', 'uint4', 'int8', 'uint16', 'float8e4m3fn'] as const) {
      b.output(b.node('DequantizeLinear', [b.constant(dtype, sample(dtype, 5)), scale]), `${dtype}_out`);
    }
    const results = await runOrt(saveModel(roundTrip(b.model())));
    expect(results['int4_out']).toEqual([-2.5, 0, 0, 1.5, 2.5]);
    expect(results['uint4_out']).toEqual([5.5, 0, 0, 1.5, 2.5]);
    expect(results['int8_out']).toEqual([5.5, 24, 10.5, 29, 15.5]);
  });

  test('a subgraph that hands an outer value through', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const [x, c] = [b.input('x', 'float32', [1]), b.input('c', 'bool', [])];
    b.output(b.node('If', [c], { then_branch: (g) => g.output(x), else_branch: (g) => g.output(g.node('Neg', [x])) }), 'y');
    const reloaded = roundTrip(b.model());
    for (const model of [b.bytes(), saveModel(reloaded)]) {
      expect(await runOrt(model, { x: ['float32', [3], [1]], c: ['bool', [1], []] })).toEqual({ y: [3] });
      expect(await runOrt(model, { x: ['float32', [3], [1]], c: ['bool', [0], []] })).toEqual({ y: [-3] });
    }
  });
});

test('constant sequences and optionals are made by nodes', async () => {
  const elem: ValueType = { kind: 'tensor', dtype: 'float32' };
  const tensor = new Tensor('float32', [1, 2], [2]);
  const b = new ModelBuilder({ opset: 21 });
  const constant = (name: string, value: Value) => {
    const edge = b.graph.addEdge(name);
    edge.constant = value;
    return edge;
  };
  b.output(b.node('SequenceLength', [constant('two', { kind: 'sequence', elem, items: [tensor, tensor] })]), 'length');
  b.output(b.node('SequenceLength', [constant('none', { kind: 'sequence', elem, items: [] })]), 'nothing');
  b.output(b.node('OptionalGetElement', [constant('some', { kind: 'optional', elem, value: tensor })]), 'element');
  b.output(b.node('OptionalHasElement', [constant('empty', { kind: 'optional', elem, value: undefined })]), 'has');
  expect(await runOrt(b.bytes())).toEqual({ length: [2n], nothing: [0n], element: [1, 2], has: [0] });
  b.output(constant('map', { kind: 'map', key: 'int64', value: elem, entries: new Map() }));
  expect(() => b.bytes()).toThrow('E_MODEL');
});

test('an output given twice gets a copy', async () => {
  const b = new ModelBuilder({ opset: 21 });
  const y = b.node('Neg', [b.input('x', 'float32', [1])], {}, { outputs: ['y'] })[0]!;
  b.output(y);
  b.output(y);
  expect(await runOrt(b.bytes(), { x: ['float32', [1], [1]] })).toEqual({ y: [-1], y_out1: [-1] });
});

test('a constant nothing reads is not written', () => {
  const b = new ModelBuilder();
  b.constant('unused', int64([1]));
  b.output(b.node('Neg', [b.input('x', 'float32', [1])]));
  expect(roundTrip(b.model()).graph.edges.has('unused')).toBe(false);
});
