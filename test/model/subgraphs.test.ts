/** Subgraphs: what they capture, where they stand, and the order of nodes around them. */
import { expect, test } from 'vitest';
import { capturedEdges, Graph, topologicalOrder } from '../../src/graph/index.ts';
import { loadModel, ModelBuilder, saveModel } from '../../src/model/index.ts';
import { attr, encode, graph, model, node, valueInfo } from './proto.ts';

const branches = (then: ReturnType<typeof graph>, otherwise: ReturnType<typeof graph>) => [attr.graph('then_branch', then), attr.graph('else_branch', otherwise)];
const give = (name: string) => graph({ output: [valueInfo(name)] });

test('captured edges know the nodes that read them, and the node that holds them as outputs', () => {
  const bytes = encode(model({
    input: [valueInfo('c', 'bool', []), valueInfo('x', 'float32', [1])], output: [valueInfo('y')],
    node: [node('If', ['c'], ['y'], branches(
      graph({ node: [node('If', ['c'], ['z'], branches(graph({ node: [node('Neg', ['x'], ['n'])], output: [valueInfo('n')] }), give('x')), { name: 'inner' })], output: [valueInfo('z')] }),
      give('x'),
    ), { name: 'outer' })],
  }));
  const { graph: g } = loadModel(bytes);
  const outer = g.nodes[0]!;
  const [, then] = [...outer.subgraphs()][0]!;
  const inner = then.nodes[0]!;
  const [, innerThen] = [...inner.subgraphs()][0]!;
  const x = g.edges.get('x')!;
  expect(innerThen.path).toBe('main/outer.then_branch/inner.then_branch');
  expect([...x.users]).toEqual([innerThen.nodes[0], inner, outer]);
  expect([...capturedEdges(outer)].map((e) => e.name).sort()).toEqual(['c', 'x']);
  expect([...g.walk()].length).toBe(5);
});

test('a name of a subgraph goes before the same name further down outside, and does not hide it', () => {
  const inner = (op: string) => graph({ node: [node(op, ['x'], ['t'])], output: [valueInfo('t')] });
  const bytes = encode(model({
    input: [valueInfo('c', 'bool', []), valueInfo('x', 'float32', [1])], output: [valueInfo('y'), valueInfo('t')],
    node: [
      node('If', ['c'], ['u'], branches(inner('Neg'), inner('Abs'))), node('If', ['c'], ['y'], branches(give('u'), give('t'))),
      node('Exp', ['x'], ['t']),
    ],
  }));
  const loaded = loadModel(bytes);
  const { graph: g } = loaded;
  const [, then] = [...g.nodes.find((n) => n.outputs[0]!.name === 'u')!.subgraphs()][0]!;
  expect(then.outputs[0]).toBe(then.nodes[0]!.outputs[0]);
  expect(then.outputs[0]!.name).toBe('t_1');
  expect(g.outputs[1]!.producer!.opType).toBe('Exp');
  g.nodes.sort((a, b) => a.opType.localeCompare(b.opType)); // Exp first
  expect(() => loadModel(saveModel(loaded))).not.toThrow();
});

test('a subgraph may use what a node further down gives; nodes are sorted', () => {
  const bytes = encode(model({
    input: [valueInfo('c', 'bool', []), valueInfo('x', 'float32', [1])], output: [valueInfo('y')],
    node: [
      node('If', ['c'], ['y'], branches(graph({ node: [node('Neg', ['later'], ['n'])], output: [valueInfo('n')] }), give('later'))),
      node('Exp', ['x'], ['later']),
    ],
  }));
  expect(loadModel(bytes).graph.nodes.map((n) => n.opType)).toEqual(['Exp', 'If']);
});

test('a cycle is refused with the nodes on it, also one through a subgraph', () => {
  const cycle = (nodes: ReturnType<typeof node>[]) => () => loadModel(encode(model({ input: [valueInfo('x', 'bool', [])], node: nodes, output: [valueInfo('a')] })));
  expect(cycle([node('Neg', ['b'], ['a'], [], { name: 'one' }), node('Neg', ['a'], ['b'], [], { name: 'two' })])).toThrow(/E_MODEL.*cycle.*"one", "two"/);
  expect(cycle([node('If', ['x'], ['a'], branches(give('b'), give('b'))), node('Neg', ['a'], ['b'])])).toThrow('E_MODEL');
});

test('unnamed nodes still give distinct paths', () => {
  const b = (name: string) => node('If', ['c'], [name], branches(give('x'), give('x')));
  const { graph: g } = loadModel(encode(model({ input: [valueInfo('c', 'bool', []), valueInfo('x', 'float32', [1])], node: [b('y'), b('z')], output: [valueInfo('y'), valueInfo('z')] })));
  expect(g.nodes.flatMap((n) => [...n.subgraphs()].map(([, s]) => s.path))).toEqual(['main/#0.then_branch', 'main/#0.else_branch', 'main/#1.then_branch', 'main/#1.else_branch']);
});

test('large graphs load in linear time', () => {
  const chain = (length: number) => {
    const nodes = Array.from({ length }, (_, i) => node('Neg', [`v${i}`], [`v${i + 1}`]));
    return encode(model({ input: [valueInfo('v0', 'float32', [1])], node: nodes.reverse(), output: [valueInfo(`v${length}`)] }));
  };
  const seconds = (bytes: Uint8Array) => {
    const began = performance.now();
    const { graph: g } = loadModel(bytes);
    for (const n of g.nodes) n.ref;
    return (performance.now() - began) / 1000;
  };
  const [small, large] = [chain(5_000), chain(40_000)];
  seconds(small);
  const [one, eight] = [Math.min(seconds(small), seconds(small)), Math.min(seconds(large), seconds(large))];
  expect(eight / one).toBeLessThan(32); // a quadratic step would make it 64
});

test('bookkeeping of the graph follows its edits', () => {
  const b = new ModelBuilder();
  const x = b.input('x', 'float32', [1]);
  const y = b.output(b.node('Neg', [b.node('Abs', [x])]));
  const g: Graph = b.graph;
  expect([x.isInput, y.isOutput, x.isOutput]).toEqual([true, true, false]);
  const [abs, neg] = g.nodes as [typeof g.nodes[0], typeof g.nodes[0]];
  const first = g.addNode({ opType: 'Exp', inputs: [x], outputs: [g.addEdge('e')] }, abs);
  expect(g.nodes.map((n) => g.indexOf(n))).toEqual([0, 1, 2]);
  expect(topologicalOrder(g)).toBe(g.nodes);
  g.removeNode(first);
  expect([g.indexOf(first), g.indexOf(abs), neg.ref.index]).toEqual([-1, 0, 1]);
});
