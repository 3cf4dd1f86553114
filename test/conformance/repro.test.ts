import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDataSet } from '../../conformance/case.ts';
import { runCase } from '../../conformance/run-case.ts';
import { nibble as ours } from '../../conformance/runtimes/nibble.ts';
import { ortNode } from '../../conformance/runtimes/ort-node.ts';
import { InferenceSession } from '../../src/main.ts';
import { ModelBuilder, type GraphBuilder } from '../../src/model/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { model, nibble, temporary } from '../cli/command.ts';

const dir = temporary();
const qdq = model('digits', 'qdq_u8s8', 'model.onnx');
const data = model('digits', 'qdq_u8s8', 'test_data_set_0');
const at = (name: string) => ({ name, dir: join(dir, name) });

test('a node with its weights and the values it met is a case for any runtime', async () => {
  const whole = await InferenceSession.create(qdq, { graphOptimizationLevel: 'disabled' });
  const conv = whole.model.graph.nodes.filter((n) => n.opType === 'Conv').at(-1)!;
  const { code, out } = await nibble('repro', qdq, '--node', conv.name, '--inputs', data, '-o', at('conv').dir);
  expect([code, out]).toEqual([0, `${at('conv').dir}: Conv ${conv.name}, ${conv.inputs.filter((e) => e!.tensor === undefined).length} inputs, 1 output\n`]);
  const session = await InferenceSession.create(join(at('conv').dir, 'model.onnx'));
  expect(session.explain().nodes.map((n) => n.opType)).toEqual(['Conv']);
  for (const runtime of [ours, ortNode]) expect(await runCase(at('conv'), runtime, { level: 'all' })).toMatchObject({ status: 'passed' });
});

test('above level disabled, nodes are those that run', async () => {
  const session = await InferenceSession.create(qdq, { executionProviders: ['cpu'] });
  const conv = session.model.graph.nodes.find((n) => n.opType === 'QLinearConv')!;
  const { code } = await nibble('repro', qdq, '--node', conv.outputs[0]!.name, '--level', 'all', '--ep', 'cpu', '--random', '3', '-o', at('qconv').dir);
  expect(code).toBe(0);
  const cut = await InferenceSession.create(join(at('qconv').dir, 'model.onnx'), { graphOptimizationLevel: 'disabled' });
  expect(cut.explain().nodes.map((n) => n.opType)).toEqual(['QLinearConv']);
  expect(cut.inputNames.length).toBe(1); // weights, scales and zero points stay inside
  expect(await runCase(at('qconv'), ortNode, { level: 'disabled' })).toMatchObject({ status: 'passed' });
});

test('what a subgraph reads from outside comes along', async () => {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', [2]);
  const doubled = b.node('Add', [x, x], {}, { name: 'twice' });
  const weight = b.constant('w', new Tensor('float32', [3, 4], [2]));
  const yes = b.node('Greater', [b.node('ReduceSum', [x], { keepdims: 0 }), b.constant('zero', new Tensor('float32', [0], []))]);
  const branch = (op: string) => (g: GraphBuilder) => void g.output(g.node(op, [doubled, weight]));
  b.output(b.node('If', [yes], { then_branch: branch('Mul'), else_branch: branch('Sub') }, { name: 'choice' }), 'y', { kind: 'tensor', dtype: 'float32', shape: [2] });
  const file = join(dir, 'if.onnx');
  writeFileSync(file, b.bytes());
  const { code, err } = await nibble('repro', file, '--node', 'choice', '--inputs', 'x=[1,2]', '-o', at('if').dir);
  expect([code, err]).toEqual([0, '']);
  const session = await InferenceSession.create(join(at('if').dir, 'model.onnx'));
  const slots = (metadata: InferenceSession['inputMetadata']) => metadata.map((m) => ({ name: m.name, type: m.valueType }));
  const set = readDataSet(at('if').dir, 'test_data_set_0', slots(session.inputMetadata), slots(session.outputMetadata));
  expect(Object.values(set.inputs).map((t) => [...(t as Tensor).data])).toEqual([[1], [2, 4]]); // w is a weight of the case
  expect([...(set.outputs['y'] as Tensor).data]).toEqual([6, 16]);
  for (const runtime of [ours, ortNode]) expect(await runCase(at('if'), runtime, { level: 'all' })).toMatchObject({ status: 'passed' });
});

test('a node that is not there is named with what is near', async () => {
  const { code, err } = await nibble('repro', qdq, '--node', 'Conv_nowhere', '--random', '-o', at('none').dir);
  expect(code).toBe(1);
  expect(err).toContain('the model has no node "Conv_nowhere"');
  expect((await nibble('repro', qdq, '--node', 'Gemm', '--random', '-o', at('none').dir)).err).toMatch(/did you mean .+\?/);
});
