import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/graph/index.ts';
import { InferenceSession } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/builder.ts';
import { saveModel, type Model } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { EXACT, LEVELS, newNode, op, optimize, passesOf, refuse, replaceBy, type OptimizeOptions, type PatternPass } from '../../src/passes/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { checkGraph } from '../../conformance/proofs/check-graph.ts';
import { input, parse, print, type Values } from '../../conformance/proofs/expression.ts';
import { f32, u8 } from '../../conformance/proofs/random.ts';

const x = input('float32', 2, 3);

function run(text: string, values: Values, options: Partial<OptimizeOptions> = {}, opset?: number) {
  const model = parse(text, values, opset);
  inferGraph(model.graph);
  const trail = optimize(model.graph, { level: 'all', ...options });
  checkGraph(model.graph);
  return { model, trail, text: print(model.graph, values), applied: trail.entries.filter((e) => e.outcome === 'applied') };
}

describe('the driver', () => {
  it('does nothing when disabled', () => {
    const { trail, text } = run('y = Relu(Identity(x))', { x }, { level: 'disabled' });
    expect(trail.entries).toEqual([]);
    expect(text).toBe('y = Relu(Identity(x))');
  });

  it('runs a level after those below it', () => {
    expect(run('y = Mul(Identity(x), Sigmoid(Identity(x)))', { x }, { level: 'basic' }).text).toBe('y = Mul(x, Sigmoid(x))');
    expect(run('y = Mul(Identity(x), Sigmoid(Identity(x)))', { x }, { level: 'extended' }).text).toBe('y = ms.QuickGelu{alpha: 1}(x)');
  });

  it('keeps a trail of patches, with their numbers, rounds and nodes', () => {
    const { applied } = run('y = Mul(Identity(x), Sigmoid(x))', { x });
    expect(applied.map(({ pass, level, patch, round, graph, before, after }) => ({ pass, level, patch, round, graph, before, after }))).toEqual([
      { pass: 'eliminate-identity', level: 'basic', patch: 1, round: 1, graph: 'main', before: ['Identity_0'], after: [] },
      { pass: 'quick-gelu-fusion', level: 'extended', patch: 2, round: 1, graph: 'main', before: ['Mul_2', 'Sigmoid_1'], after: ['Mul_2'] },
    ]);
  });

  it('records the nodes a new one stands for', () => {
    const { model } = run('y = Mul(x, Sigmoid(Mul(x, c)))', { x, c: f32(1.5) });
    expect(model.graph.nodes.map((n) => [n.name, n.origin])).toEqual([['Mul_2', ['Mul_2', 'Sigmoid_1', 'Mul_0']]]);
  });

  it('disables passes by name, in either spelling', () => {
    for (const name of ['quick-gelu-fusion', 'QuickGeluFusion']) {
      expect(run('y = Mul(x, Sigmoid(x))', { x }, { disable: [name] }).text).toBe('y = Mul(x, Sigmoid(x))');
    }
  });

  it('takes the switches of onnxruntime from the session entries', () => {
    const settings = (key: string, value: string) => ({ settings: new Map([[key, value]]) });
    const text = 'y = Mul(Identity(x), Sigmoid(Identity(x)))';
    expect(run(text, { x }, settings('optimization.disable_specified_optimizers', 'ConvBNFusion;QuickGeluFusion')).text).toBe('y = Mul(x, Sigmoid(x))');
    const pair = 'y = Neg(DequantizeLinear(QuantizeLinear(DequantizeLinear(q, s), s), s))';
    const values = { q: input('uint8', 4), s: f32(0.5) };
    expect(run(pair, values).text).toBe('y = Neg(DequantizeLinear(q, s))');
    for (const key of ['session.disable_quant_qdq', 'session.disable_double_qdq_remover']) expect(run(pair, values, settings(key, '1')).text).toBe(pair);
  });

  it('gives named dimensions the sizes of the session, and infers what follows', () => {
    const { text, applied } = run('y = Reshape(x, Concat{axis: 0}(Shape(z), one))', { x: input('float32', 'n', 3), z: input('int64', 'm'), one: new Tensor('int64', [-1n], [1]) }, { freeDimensions: { m: 2, other: 9 } });
    expect(text).toBe('y = Reshape(x, #)');
    expect(applied[0]).toMatchObject({ pass: 'free-dimension-override-transformer', level: 'basic' });
  });

  it('stops after the n-th patch', () => {
    const text = 'y = Neg(Identity(Identity(Identity(x))))';
    const values = { x };
    expect([0, 1, 2, 3].map((stopAfter) => run(text, values, { stopAfter }).model.graph.nodes.length)).toEqual([4, 3, 2, 1]);
  });

  it('runs exact passes alone when asked to', () => {
    const text = 'y = Mul(Identity(h), Sigmoid(h))';
    expect(run(text, { h: input('float16', 2, 3) }, { allowInexact: false }).text).toBe('y = Mul(h, Sigmoid(h))');
    const weights = { x, w: new Tensor('int4', new Int8Array(48), [3 * 16, 2]), s: f32(new Array(6).fill(1), [3, 2]) };
    const { trail } = run('y = MatMul(a, DequantizeLinear{axis: 0, block_size: 16}(w, s))', { ...weights, a: input('float32', 2, 48) }, {
      allowInexact: false, settings: new Map([['session.qdq_matmulnbits_accuracy_level', '4']]),
    });
    expect(trail.entries.map((e) => e.reason)).toContain('the accuracy level asked for is inexact');
  });

  it('gives MatMulNBits the accuracy level of the session', () => {
    const values = { a: input('float32', 2, 48), w: new Tensor('int4', new Int8Array(48), [3 * 16, 2]), s: f32(new Array(6).fill(1), [3, 2]) };
    const level = (setting?: string) => run('y = MatMul(a, DequantizeLinear{axis: 0, block_size: 16}(w, s))', values, {
      settings: new Map(setting === undefined ? [] : [['session.qdq_matmulnbits_accuracy_level', setting]]),
    }).model.graph.nodes[0].int('accuracy_level', -1);
    expect([level(), level('4'), level('7'), level('x')]).toEqual([0, 4, 0, 0]);
  });

  it('keeps what no provider runs out of the graph', () => {
    const { text, trail } = run('y = Mul(x, Sigmoid(x))', { x }, { supports: (node) => node.domain === '' || `not ${node.opType}` });
    expect(text).toBe('y = Mul(x, Sigmoid(x))');
    expect(trail.entries.map((e) => e.reason)).toEqual(['no provider runs com.microsoft.QuickGelu: not QuickGelu']);
  });

  it('records a refusal once, whatever the number of rounds', () => {
    const { trail } = run('y = Add(Identity(x), c)', { x, c: f32(0) }, { disable: ['add-zero-elimination'] });
    expect(trail.entries.map((e) => e.reason ?? e.pass)).toEqual(['eliminate-identity', 'adding it turns -0 into +0']);
  });

  it('names every pass once', () => {
    const names = LEVELS.flatMap((level) => passesOf(level)).map((p) => p.name);
    expect(new Set(names).size).toBe(names.length);
    for (const level of LEVELS) for (const pass of passesOf(level)) {
      expect(pass.level, pass.name).toBe(level);
      expect(pass.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(pass.doc, pass.name).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('a pass of the user', () => {
  const square: PatternPass = {
    name: 'square', level: 'basic', contract: EXACT, doc: 'x * x = Pow(x, 2).',
    pattern: op('Mul', 'x', 'x'),
    rewrite: (m) => (m.edge('x').isInput ? refuse('x is an input') : replaceBy(newNode('Neg', [m.edge('x')], [m.result]))),
  };

  it('runs at its level', () => {
    expect(run('y = Mul(Relu(x), Relu(x))', { x }, { passes: [square] }).text).toBe('y = Neg(Relu(x))');
    expect(run('y = Mul(x, x)', { x }, { passes: [square] }).trail.entries.map((e) => e.reason)).toEqual(['x is an input']);
  });

  it('is stopped when its node breaks a contract, or changes a type', () => {
    const bad = (rewrite: PatternPass['rewrite']) => run('y = Mul(Relu(x), Relu(x))', { x }, { passes: [{ ...square, rewrite }] }).trail.entries.at(-1)!.reason;
    expect(bad((m) => replaceBy(newNode('Neg', [], [m.result])))).toMatch(/^Neg would break its contract: E_MODEL/);
    expect(bad((m) => replaceBy(newNode('Neg', [m.edge('x')], [m.result], { axis: 1 })))).toMatch(/E_ATTRIBUTE/);
    expect(bad((m) => replaceBy(newNode('Shape', [m.edge('x')], [m.result])))).toMatch(/E_TYPE/);
    expect(bad((m) => replaceBy(newNode('Flatten', [m.edge('x')], [m.result], { axis: 0 })))).toMatch(/E_SHAPE/);
    expect(bad((m) => replaceBy(newNode('Gelu9', [m.edge('x')], [m.result])))).toBe('opset 21 has no Gelu9');
  });
});

describe('subgraphs', () => {
  const model = (): Model => {
    const b = new ModelBuilder({ opset: 21 });
    const x = b.input('x', 'float32', [2, 3]);
    const c = b.input('c', 'bool', []);
    const inner = b.node('Identity', [x]);
    const y = b.node('If', [c], {
      then_branch: (g) => g.output(g.node('Relu', [g.node('Identity', [inner])]), 't'),
      else_branch: (g) => g.output(g.node('Mul', [inner, g.node('Sigmoid', [inner])]), 'e'),
    });
    b.output(y, 'y');
    return b.model();
  };

  it('are optimized too, and see what happens outside', async () => {
    const { graph } = model();
    inferGraph(graph);
    const trail = optimize(graph, { level: 'all' });
    checkGraph(graph);
    expect(trail.entries.filter((e) => e.outcome === 'applied').map((e) => [e.graph.replace(/_\d+/, ''), e.pass])).toEqual([
      ['main', 'eliminate-identity'], ['main/If.then_branch', 'eliminate-identity'], ['main/If.else_branch', 'quick-gelu-fusion'],
    ]);
    const feeds = { x: f32([1, -2, 3, 4, 5, 6], [2, 3]), c: new Tensor('bool', [1], []) };
    const bytes = saveModel(model());
    for (const level of ['disabled', 'all'] as const) {
      const session = await InferenceSession.create(bytes, { graphOptimizationLevel: level });
      expect((await session.run(feeds))['y']).toMatchObject({ data: Float32Array.of(1, 0, 3, 4, 5, 6) });
    }
  });

  it('are not entered by patterns from outside', () => {
    const b = new ModelBuilder({ opset: 21 });
    const x = b.input('x', 'float32', [2]);
    const s = b.node('Sigmoid', [x]);
    b.output(b.node('If', [b.input('c', 'bool', [])], {
      then_branch: (g) => g.output(g.node('Mul', [x, s])), else_branch: (g) => g.output(g.node('Neg', [s])),
    }), 'y');
    const { graph } = b.model();
    inferGraph(graph);
    expect(optimize(graph, { level: 'all' }).entries).toEqual([]);
  });
});

describe('names', () => {
  it('of every tensor can be fetched at every level', async () => {
    const text = 'i = Identity(x); r = Relu(i); t = Transpose(r); u = Transpose(t); q = QuantizeLinear(u, s, z); d = DequantizeLinear(q, s, z); '
      + 'g = Sigmoid(d); p = QuantizeLinear(g, s, z); e = DequantizeLinear(p, s, z); y = Add(e, k); w = Add(r, k)';
    const values = { x, s: f32(0.05), z: u8(3), k: f32([1, 2, 3]) };
    const bytes = saveModel(parse(text, values));
    const names = ['y', 'i', 'r', 't', 'u', 'q', 'd', 'g', 'p', 'e', 'w'];
    const feeds = { x: f32([1, -2, 0.3, 0.4, -0.5, 0.6], [2, 3]) };
    const plain = await (await InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' })).run(feeds, names);
    for (const level of ['basic', 'extended', 'all'] as const) {
      const session = await InferenceSession.create(bytes, { graphOptimizationLevel: level, executionProviders: ['cpu'] });
      expect(session.model.graph.nodes.length).toBeLessThan(11);
      const found = await session.run(feeds, names);
      for (const name of names) expect(found[name], `${name} at ${level}`).toEqual(plain[name]);
    }
  });

  it('never come back for another value', () => {
    const { model } = run('a = Relu(x); b = Identity(a); y = Neg(b)', { x });
    expect([...model.graph.aliases]).toEqual([['b', 'a']]);
    expect(model.graph.edges.has('b')).toBe(false);
  });
});

describe('cost', () => {
  /** Residual blocks of quantized and float parts: what all passes look at, some match and some refuse. */
  function large(count: number): Graph {
    const b = new ModelBuilder({ opset: 21 });
    let value = b.input('x', 'float32', [2, 8]);
    const [s, z, c] = [b.constant('s', f32(0.05)), b.constant('z', u8(3)), b.constant('c', f32(0.5))];
    for (let i = 0; b.graph.nodes.length < count; i++) {
      const dq = b.node('DequantizeLinear', [b.node('QuantizeLinear', [b.node('Identity', [value]), s, z]), s, z]);
      const sum = b.node('Add', [dq, b.node('Mul', [value, c])]);
      const gelu = b.node('Mul', [sum, b.node('Sigmoid', [sum])]);
      value = b.node('Relu', [b.node('Transpose', [b.node('Transpose', [b.node('Add', [gelu, b.node('Mul', [value, c])])])])]);
    }
    b.output(value, 'y');
    inferGraph(b.graph);
    return b.graph;
  }

  it('is near-linear: 20,000 nodes in under 3 s', () => {
    // Processor time, so that a busy machine does not matter.
    const time = (count: number): number => {
      const graph = large(count);
      const began = process.cpuUsage();
      optimize(graph, { level: 'all' });
      const { user, system } = process.cpuUsage(began);
      checkGraph(graph);
      return (user + system) / 1000;
    };
    time(1000);
    const small = time(2500);
    const big = time(20_000);
    expect(big).toBeLessThan(3000);
    // Eight times the nodes: linear is 8, quadratic 64.
    expect(big / small).toBeLessThan(32);
  });
});
