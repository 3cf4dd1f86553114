/** `nibble run --check`: nodes run again on cpu, and a case for the first that differs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCases } from '../../conformance/case.ts';
import { runCase } from '../../conformance/run-case.ts';
import { openRuntime } from '../../conformance/runtime.ts';
import { InferenceSession, registerProvider, Tensor, type CheckReport, type Divergence, type OnnxError, type SessionOptions } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { nibble, temporary } from './command.ts';

const dir = temporary();
const file = join(dir, 'chain.onnx');
const b = new ModelBuilder({ opset: 21 });
const x = b.input('x', 'float32', [2]);
const [relu] = b.node('Relu', [x], {}, { outputs: ['relu'] });
b.output(b.node('Neg', [b.node('Abs', [relu], {}, { outputs: ['abs'] })[0]], {}, { outputs: ['y'] })[0]);
writeFileSync(file, b.bytes());

test('a right provider has no divergence', async () => {
  const { code, out } = await nibble('run', file, '--input', 'x=[1,-2]', '--ep', 'wasm,cpu', '--level', 'disabled', '--check', '10');
  expect(code).toBe(0);
  expect(out).toMatch(/\d nodes? checked on cpu: no divergence/);
});

describe('a session that checks its nodes', () => {
  const feeds = { x: new Tensor('float32', [1, -2], [2]) };
  /** Abs of this provider is half a unit off where `wrong` says so. */
  const create = (wrong: () => boolean, check: SessionOptions['check'] & {}) => {
    registerProvider({
      name: 'crooked',
      create: () => ({
        name: 'crooked', async: false, dispose() {}, supports: ({ node }) => ['Abs', 'Neg'].includes(node.opType) || 'not mine',
        prepare: ({ node }) => ([t]) => [
          new Tensor('float32', Float32Array.from((t as Tensor).data as Float32Array, (v) => (node.opType === 'Neg' ? -v : Math.abs(v) + (wrong() ? 0.5 : 0))), [2]),
        ],
      }),
    });
    return InferenceSession.create(file, { executionProviders: ['crooked', 'cpu'], graphOptimizationLevel: 'disabled', check });
  };

  test('rejects at the first node that differs, with a case that cpu passes', async () => {
    const session = await create(() => true, 2);
    const error = await session.run(feeds).catch((e: unknown) => e as OnnxError);
    expect(error).toMatchObject({ code: 'E_EP', node: { opType: 'Abs' }, expected: '1', found: '1.5' });
    const { difference, provider, repro } = (error as OnnxError).cause as Divergence;
    expect([provider, difference.where, difference.expected, difference.found]).toEqual(['crooked', 'abs', '1', '1.5']);
    const alone = await InferenceSession.create(repro.model, { executionProviders: ['cpu'] });
    const { abs } = await alone.run(repro.inputs);
    expect((abs as Tensor).data).toEqual((repro.outputs['abs'] as Tensor).data);
    await session.release();
  });

  test('checks other nodes at every run, and gives what was asked for', async () => {
    const reports: CheckReport[] = [];
    const session = await create(() => true, { nodes: 1, onCheck: (r) => reports.push(r) });
    const own = new Tensor('float32', [7, 7], [2]);
    const results = [await session.run(feeds), await session.run(feeds, { y: own }), await session.run(feeds, ['relu'])];
    expect(results.map((r) => Object.keys(r))).toEqual([['y'], ['y'], ['relu']]);
    expect(results[1]['y']).toBe(own);
    expect([...(own.data as Float32Array)]).toEqual([-1.5, -0.5]);
    expect(reports.map((r) => [r.checked, r.divergence?.node.opType])).toEqual([[1, 'Abs'], [1, undefined], [1, 'Abs']]); // Abs, Neg, Abs
    expect(() => session.runSync(feeds)).toThrowError(/synchronously/);
    await session.release();
  });

  test('a number of nodes is asked for', async () => {
    await expect(create(() => false, 0)).rejects.toMatchObject({ code: 'E_INPUT' });
    const session = await create(() => false, 5);
    expect([...((await session.run(feeds))['y'] as Tensor).data as Float32Array]).toEqual([-1, -0]);
    await session.release();
  });

  test('a result that is written over a feed is checked with what was fed', async () => {
    const session = await InferenceSession.create(file, { executionProviders: ['wasm', 'cpu'], graphOptimizationLevel: 'disabled', check: 10 });
    const both = new Tensor('float32', [1, -2], [2]);
    await session.run({ x: both }, { y: both });
    expect([...(both.data as Float32Array)]).toEqual([-1, -0]);
    await session.release();
  });

  test('and the command writes that case', async () => {
    await (await create(() => true, 1)).release(); // registers the provider
    const folder = join(dir, 'case');
    const { code, out } = await nibble('run', file, '--input', 'x=[1,-2]', '--ep', 'crooked,cpu', '--level', 'disabled', '--check', '3', '--check-output', folder);
    expect(code).toBe(1);
    expect(out).toContain('divergence at Abs');
    expect(out).toContain('abs[0]: expected 1, found 1.5');
    const [found] = findCases([folder]);
    expect(await runCase(found!, await openRuntime('nibble'), { providers: ['cpu'], level: 'disabled' })).toMatchObject({ status: 'passed' });
  });
});
