/** Model-local functions are inlined; onnxruntime, which inlines them in its own way, must get the same numbers. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../src/graph/index.ts';
import { loadModel, saveModel } from '../../src/model/index.ts';
import { attr, encode, floatTensor, graph, KIND, model, node, valueInfo, type FunctionProto, type GraphProto, type ModelProto } from './proto.ts';
import { runOrt, type Feed } from './ort.ts';

const FUNCTION_OPSETS = [{ domain: '', version: 21 }, { domain: 'local', version: 1 }];

function fn(name: string, parts: FunctionProto): FunctionProto {
  return { name, domain: 'local', opsetImport: FUNCTION_OPSETS, ...parts };
}

function withFunctions(parts: GraphProto, functions: FunctionProto[], more: Partial<ModelProto> = {}): Uint8Array {
  return encode(model(parts, { opsetImport: [{ domain: '', version: 21 }, { domain: 'local', version: 1 }], functions, ...more }));
}

const call = (opType: string, input: string[], output: string[], attribute = [] as ReturnType<typeof attr.int>[], name = 'call') =>
  node(opType, input, output, attribute, { domain: 'local', name });

const names = (g: Graph) => g.nodes.map((n) => n.name);
const ops = (g: Graph) => g.nodes.map((n) => n.opType);

async function sameInOrt(bytes: Uint8Array, feeds: Record<string, Feed>): Promise<Graph> {
  const loaded = loadModel(bytes);
  expect(await runOrt(saveModel(loaded), feeds)).toEqual(await runOrt(bytes, feeds));
  return loaded.graph;
}

const X: Record<string, Feed> = { x: ['float32', [1, -2, 3], [3]] };
const io = { input: [valueInfo('x', 'float32', [3])], output: [valueInfo('y', 'float32', [3])] };

test('formal names become the edges of the call, other names get its name as prefix', async () => {
  const axpy = fn('Axpy', { input: ['a', 'b'], output: ['r'], node: [node('Mul', ['a', 'b'], ['t'], [], { name: 'mul' }), node('Add', ['t', 'b'], ['r'])] });
  const g = await sameInOrt(withFunctions({ ...io, initializer: [floatTensor('w', [2, 3, 4])], node: [call('Axpy', ['x', 'w'], ['y'])] }, [axpy]), X);
  expect(ops(g)).toEqual(['Mul', 'Add']);
  expect(names(g)).toEqual(['call/mul', '']);
  expect(g.nodes[0]!.inputs.map((e) => e?.name)).toEqual(['x', 'w']);
  expect(g.nodes[0]!.outputs[0]!.name).toBe('call/t');
  expect(g.outputs[0]!.producer).toBe(g.nodes[1]);
});

test('two calls of one name, and names that are taken, stay apart', async () => {
  const twice = fn('Twice', { input: ['a'], output: ['r'], node: [node('Neg', ['a'], ['t']), node('Neg', ['t'], ['r'])] });
  const loaded = loadModel(withFunctions({
    ...io, node: [call('Twice', ['x'], ['u']), call('Twice', ['u'], ['call/t']), node('Neg', ['call/t'], ['y'])],
  }, [twice]));
  expect(loaded.graph.nodes.flatMap((n) => n.outputs.map((e) => e?.name))).toEqual(['call/t_1', 'u', 'call/t_2', 'call/t', 'y']);
  expect(await runOrt(saveModel(loaded), X)).toEqual({ y: [-1, 2, -3] });
});

describe('attributes', () => {
  const leaky = fn('Leaky', { input: ['a'], output: ['r'], attribute: ['slope'], node: [node('LeakyRelu', ['a'], ['r'], [attr.ref('alpha', 'slope', KIND.FLOAT)])] });
  const leakyDefault = fn('Leaky', { ...leaky, attribute: [], attributeProto: [attr.float('slope', 0.25)] });

  test('a reference takes the value of the call', async () => {
    const g = await sameInOrt(withFunctions({ ...io, node: [call('Leaky', ['x'], ['y'], [attr.float('slope', 0.5)])] }, [leaky]), X);
    expect(g.nodes[0]!.attributes.get('alpha')).toEqual({ type: 'float', value: 0.5 });
  });

  test('or the default of the function', async () => {
    const g = await sameInOrt(withFunctions({ ...io, node: [call('Leaky', ['x'], ['y'])] }, [leakyDefault]), X);
    expect(g.nodes[0]!.float('alpha', 0)).toBe(0.25);
  });

  test('or none, and then the operator has its own default', () => {
    const { graph: g } = loadModel(withFunctions({ ...io, node: [call('Leaky', ['x'], ['y'])] }, [leaky]));
    expect(g.nodes[0]!.attributes.size).toBe(0);
  });

  test('a reference is handed through nested calls', async () => {
    const outer = fn('Outer', { input: ['a'], output: ['r'], attribute: ['s'], node: [call('Leaky', ['a'], ['r'], [attr.ref('slope', 's', KIND.FLOAT)], 'inner')] });
    const g = await sameInOrt(withFunctions({ ...io, node: [call('Outer', ['x'], ['y'], [attr.float('s', 0.125)])] }, [outer, leaky]), X);
    expect(g.nodes[0]!.float('alpha', 0)).toBe(0.125);
  });

  test('one of another type is refused', () => {
    expect(() => loadModel(withFunctions({ ...io, node: [call('Leaky', ['x'], ['y'], [attr.int('slope', 1)])] }, [leaky]))).toThrow(/E_ATTRIBUTE.*float.*int/);
  });

  test('one the function does not have is refused', () => {
    expect(() => loadModel(withFunctions({ ...io, node: [call('Leaky', ['x'], ['y'], [attr.float('other', 1)])] }, [leaky]))).toThrow('E_ATTRIBUTE');
  });
});

test('nodes are read under the opsets their function imports', async () => {
  const old = fn('OldRelu', { input: ['a'], output: ['r'], opsetImport: [{ domain: '', version: 20 }], node: [node('Relu', ['a'], ['r'])] });
  const trees = fn('Binarize', { input: ['a'], output: ['r'], opsetImport: [{ domain: 'ai.onnx.ml', version: 3 }], node: [node('Binarizer', ['a'], ['r'], [], { domain: 'ai.onnx.ml' })] });
  const g = await sameInOrt(withFunctions({ ...io, node: [call('OldRelu', ['x'], ['t']), call('Binarize', ['t'], ['y'], [], 'b')] }, [old, trees]), X);
  expect(g.nodes.map((n) => n.opset)).toEqual([20, 3]);
});

test('an output that is an input, an optional input left out, an output nobody takes', async () => {
  const f = fn('F', {
    input: ['a', 'lo', 'hi'], output: ['a', 'r', 'unused'],
    node: [node('Clip', ['a', 'lo', 'hi'], ['r']), node('Neg', ['a'], ['unused'])],
  });
  // onnxruntime takes neither the first nor the second of these, so only what is saved is given to it.
  const loaded = loadModel(withFunctions({
    input: [valueInfo('x', 'float32', [3])], output: [valueInfo('y'), valueInfo('z')], initializer: [floatTensor('zero', [0], [])],
    node: [call('F', ['x', '', 'zero'], ['y', 'z'])],
  }, [f]));
  expect(await runOrt(saveModel(loaded), X)).toEqual({ y: [1, -2, 3], z: [0, -2, 0] });
  const g = loaded.graph;
  expect(ops(g).sort()).toEqual(['Clip', 'Identity', 'Neg']);
  expect(g.nodes.find((n) => n.opType === 'Clip')!.inputs.map((e) => e?.name)).toEqual(['x', undefined, 'zero']);
});

test('a subgraph in a function sees the formal names, and its own are kept apart', async () => {
  const choose = fn('Choose', {
    input: ['c', 'a'], output: ['r'],
    node: [node('Neg', ['a'], ['n']), node('If', ['c'], ['r'], [
      attr.graph('then_branch', graph({ node: [node('Add', ['n', 'a'], ['t'])], output: [valueInfo('t')] })),
      attr.graph('else_branch', graph({ node: [node('Mul', ['n', 'a'], ['t'])], output: [valueInfo('t')] })),
    ], { name: 'if' })],
  });
  const bytes = withFunctions({
    input: [valueInfo('c', 'bool', []), ...io.input], output: [valueInfo('y')], node: [call('Choose', ['c', 'x'], ['y'])],
  }, [choose]);
  for (const c of [0, 1]) {
    const g = await sameInOrt(bytes, { ...X, c: ['bool', [c], []] });
    const branch = [...g.nodes.find((n) => n.opType === 'If')!.subgraphs()][0]![1];
    expect(branch.path).toBe('main/call/if.then_branch');
    expect(branch.parent).toBe(g);
    const x = g.edges.get('x')!;
    expect(branch.nodes[0]!.inputs[1]).toBe(x);
    expect(x.users.has(branch.nodes[0]!)).toBe(true);
  }
});

test('a call inside of a subgraph, and a call before its inputs in the file', async () => {
  const twice = fn('Twice', { input: ['a'], output: ['r'], node: [node('Add', ['t', 't'], ['r']), node('Identity', ['a'], ['t'])] });
  const bytes = withFunctions({
    input: [valueInfo('c', 'bool', []), ...io.input], output: [valueInfo('y')],
    node: [node('If', ['c'], ['y'], [
      attr.graph('then_branch', graph({ node: [call('Twice', ['u'], ['t'])], output: [valueInfo('t')] })),
      attr.graph('else_branch', graph({ node: [node('Neg', ['u'], ['e'])], output: [valueInfo('e')] })),
    ], { name: 'if' }), node('Abs', ['x'], ['u'])],
  }, [twice]);
  const { graph: g } = loadModel(bytes);
  expect(ops(g)).toEqual(['Abs', 'If']);
  const branch = [...g.nodes[1]!.subgraphs()][0]![1];
  expect(ops(branch)).toEqual(['Identity', 'Add']);
  expect(branch.nodes[0]!.inputs[0]).toBe(g.edges.get('u'));
  expect(await runOrt(saveModel(loadModel(bytes)), { ...X, c: ['bool', [1], []] })).toEqual({ y: [2, 4, 6] });
});

describe('refused', () => {
  const neg = fn('Neg2', { input: ['a'], output: ['r'], node: [node('Neg', ['a'], ['r'])] });
  const main = { ...io, node: [call('Neg2', ['x'], ['y'])] };
  const self = (input: string, output: string) => call('Neg2', [input], [output], [], 'again');

  test.each<[string, string, FunctionProto[]]>([
    ['a call of itself', 'E_MODEL', [{ ...neg, node: [self('a', 'r')] }]],
    ['a call of itself from a subgraph', 'E_MODEL', [{ ...neg, node: [node('If', ['a'], ['r'], [
      attr.graph('then_branch', graph({ node: [self('a', 't')], output: [valueInfo('t')] })),
      attr.graph('else_branch', graph({ node: [node('Neg', ['a'], ['e'])], output: [valueInfo('e')] })),
    ])] }]],
    ['two that call each other', 'E_MODEL', [{ ...neg, node: [call('B', ['a'], ['r'])] }, fn('B', { input: ['a'], output: ['r'], node: [self('a', 'r')] })]],
    ['the same function twice', 'E_MODEL', [neg, neg]],
    ['an output nothing gives', 'E_MODEL', [{ ...neg, output: ['r', 'missing'] }]],
    ['two inputs of one name', 'E_MODEL', [{ ...neg, input: ['a', 'a'] }]],
    ['a reference to an attribute it does not have', 'E_MODEL', [{ ...neg, node: [node('LeakyRelu', ['a'], ['r'], [attr.ref('alpha', 'nope', KIND.FLOAT)])] }]],
    ['an operator that means something else in the model', 'E_MODEL', [{ ...neg, opsetImport: [{ domain: '', version: 11 }], node: [node('Softmax', ['a'], ['r'])] }]],
    ['no domain', 'E_MODEL', [{ ...neg, domain: '' }]],
    ['a domain it does not import', 'E_MODEL', [{ ...neg, opsetImport: [] }]],
    ['a chain of 101 calls', 'E_LIMIT', Array.from({ length: 101 }, (_, i) => fn(i === 0 ? 'Neg2' : `F${i}`, {
      input: ['a'], output: ['r'], node: [i === 100 ? node('Neg', ['a'], ['r']) : call(`F${i + 1}`, ['a'], ['r'])],
    }))],
    ['calls that double 40 times', 'E_LIMIT', Array.from({ length: 40 }, (_, i) => fn(i === 0 ? 'Neg2' : `F${i}`, {
      input: ['a'], output: ['r'],
      node: i === 39 ? [node('Neg', ['a'], ['r'])] : [call(`F${i + 1}`, ['a'], ['t']), call(`F${i + 1}`, ['t'], ['r'])],
    }))],
  ])('%s', (_, code, functions) => {
    expect(() => loadModel(withFunctions(main, functions))).toThrow(code);
  });

  test('too many arguments, functions before IR 8', () => {
    expect(() => loadModel(withFunctions({ ...io, node: [call('Neg2', ['x', 'x'], ['y'])] }, [neg]))).toThrow('E_MODEL');
    expect(() => loadModel(withFunctions(main, [neg], { irVersion: 7 }))).toThrow('E_MODEL');
  });
});
