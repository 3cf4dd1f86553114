import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCases } from '../../conformance/case.ts';
import { runCase, type CaseResult } from '../../conformance/run-case.ts';
import { runCases } from '../../conformance/runner.ts';
import { nibble as ours } from '../../conformance/runtimes/nibble.ts';
import { ortNode } from '../../conformance/runtimes/ort-node.ts';
import type { Scoreboard } from '../../conformance/scoreboard.ts';
import { encodeValue, ModelBuilder } from '../../src/model/index.ts';
import { Tensor, type Value, type ValueType } from '../../src/tensor/index.ts';
import { model, nibble, temporary } from './command.ts';

const dir = temporary();
const cpu = { level: 'all', providers: ['cpu'] } as const;
const floats = (values: number[], dims = [values.length]): Tensor => new Tensor('float32', Float32Array.from(values), dims);

function writeCase(name: string, model: Uint8Array, inputs: (Value | undefined)[], outputs: Value[], folder = 'cases'): string {
  const at = join(dir, folder, name);
  mkdirSync(join(at, 'test_data_set_0'), { recursive: true });
  writeFileSync(join(at, 'model.onnx'), model);
  inputs.forEach((v, j) => v && writeFileSync(join(at, 'test_data_set_0', `input_${j}.pb`), encodeValue(v, `input_${j}`)));
  outputs.forEach((v, j) => writeFileSync(join(at, 'test_data_set_0', `output_${j}.pb`), encodeValue(v, `output_${j}`)));
  return at;
}

function add(): Uint8Array {
  const b = new ModelBuilder({ opset: 14 });
  b.output(b.node('Add', [b.input('a', 'float32', [2, 2]), b.input('b', 'float32', [2, 2])]), 'sum', { kind: 'tensor', dtype: 'float32', shape: [2, 2] });
  return b.bytes();
}

function optional(): Uint8Array {
  const type: ValueType = { kind: 'optional', elem: { kind: 'tensor', dtype: 'float32', shape: [1] } };
  const b = new ModelBuilder({ opset: 18 });
  b.output(b.node('OptionalHasElement', [b.input('x', type)]), 'y', { kind: 'tensor', dtype: 'bool', shape: [] });
  return b.bytes();
}

const [a, b_, sum] = [floats([1, 2, 3, 4], [2, 2]), floats([10, 20, 30, 40], [2, 2]), floats([11, 22, 33, 44], [2, 2])];
writeCase('right', add(), [a, b_], [sum]);
writeCase('wrong', add(), [a, b_], [floats([11, 22, 33.5, 40], [2, 2])]);
writeCase('wrong_shape', add(), [a, b_], [sum.reshape([4])]);
writeCase('refused', Uint8Array.of(1, 2, 3), [a], [a]);
writeCase('missing_input', add(), [a], [sum]);
writeFileSync(join(writeCase('loose', add(), [a, b_], [floats([11.1, 22, 33, 44], [2, 2])]), 'data.json'), '{ "rtol": 0.01 }');
writeCase('empty_optional', optional(), [undefined], [new Tensor('bool', [0], [])]);

const byName = (results: readonly CaseResult[]): Map<string, CaseResult> => new Map(results.map((r) => [r.name, r]));

describe('runCases', () => {
  const cases = findCases([join(dir, 'cases')]);

  it('finds cases by folder, in order, filtered by name', () => {
    expect(cases.map((c) => c.name)).toEqual(['empty_optional', 'loose', 'missing_input', 'refused', 'right', 'wrong', 'wrong_shape']);
    expect(findCases([dir], /^wrong/).map((c) => c.name)).toEqual(['wrong', 'wrong_shape']);
    expect(() => findCases([join(dir, 'nowhere')])).toThrow(/E_INPUT: there is no folder/);
  });

  it.each([1, 2])('judges every case, in %i processes', async (jobs) => {
    const done: number[] = [];
    const results = byName(await runCases(cases, { ...cpu, jobs, onResult: (_, n) => done.push(n) }));
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([...results.values()].filter((r) => r.status === 'passed').map((r) => r.name)).toEqual(['empty_optional', 'loose', 'right']);
    expect(results.get('wrong')!.failure).toEqual({
      kind: 'wrong', dataSet: 'test_data_set_0', message: 'sum[1, 0]: expected 33.5, found 33; 2 of 4 elements differ, by at most 4',
      difference: { where: 'sum', index: [1, 0], expected: '33.5', found: '33', count: 2, of: 4, maxDifference: 4 },
    });
    expect(results.get('wrong_shape')!.failure!.message).toBe('sum: expected float32[4], found float32[2, 2]');
    expect(results.get('refused')!.failure).toMatchObject({ kind: 'refused', code: 'E_PARSE' });
    expect(results.get('missing_input')!.failure).toMatchObject({ kind: 'error', code: 'E_INPUT' });
    expect(results.get('right')!.operators).toEqual(['Add']);
  }, 30_000);

  it('reports a worker that takes too long, and goes on', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const x = b.input('x', 'float32', []);
    const trips = b.constant('trips', new Tensor('int64', [2n ** 62n], []));
    const yes = b.constant('yes', new Tensor('bool', [1], []));
    const [y] = b.node('Loop', [trips, yes, x], {
      body: (g) => {
        g.input('i', 'int64', []);
        const go = g.input('go', 'bool', []), v = g.input('v', 'float32', []);
        g.output(g.node('Identity', [go]));
        g.output(g.node('Identity', [v]));
      },
    }, { outputs: 1 });
    b.output(y!, 'y', { kind: 'tensor', dtype: 'float32', shape: [] });
    writeCase('endless', b.bytes(), [floats([1], [])], [floats([1], [])], 'slow');
    writeCase('right', add(), [a, b_], [sum], 'slow');
    const results = byName(await runCases(findCases([join(dir, 'slow')]), { ...cpu, jobs: 2, timeout: 3 }));
    expect(results.get('endless')!.failure).toEqual({ kind: 'died', message: 'no result after 3 s' });
    expect(results.get('right')!.status).toBe('passed');
  }, 30_000);

  it('skips with a reason, and reports a skipped case that passes', async () => {
    const [right, wrong] = findCases([join(dir, 'cases')], /^(right|wrong)$/);
    const skip = { cases: /./, reason: 'not now', skip: true } as const;
    expect(await runCase(wrong!, ours, cpu, skip)).toMatchObject({ status: 'skipped', reason: 'not now' });
    expect(await runCase(right!, ours, cpu, skip)).toMatchObject({ status: 'failed', failure: { kind: 'unexpected pass' } });
  });

  it('drives onnxruntime too', async () => {
    const [right, wrong] = findCases([join(dir, 'cases')], /^(right|wrong)$/);
    expect((await runCase(right!, ortNode, { level: 'all' })).status).toBe('passed');
    expect((await runCase(wrong!, ortNode, { level: 'all' })).failure!.difference).toMatchObject({ index: [1, 0], expected: '33.5', found: '33' });
  });
});

describe('nibble conform', () => {
  it('passes what it should, and says so in its last line', async () => {
    const { code, out, err } = await nibble('conform', model('digits'), '--ep', 'cpu', '--level', 'extended');
    expect({ code, out, err }).toEqual({ code: 0, out: '7 passed, 0 failed, 0 skipped\n', err: '' });
  });

  it('shows failures with the first difference, writes JSON, and exits with 1', async () => {
    const file = join(dir, 'report.json');
    const { code, out } = await nibble('conform', join(dir, 'cases'), '--filter', 'right|wrong', '--ep', 'cpu', '--json', file);
    expect(code).toBe(1);
    expect(out).toContain('FAIL wrong (wrong, test_data_set_0)\n     sum[1, 0]: expected 33.5, found 33; 2 of 4 elements differ, by at most 4\n');
    expect(out.trimEnd().split('\n').at(-1)).toBe('1 passed, 2 failed, 0 skipped');
    const report = JSON.parse(readFileSync(file, 'utf8')) as Scoreboard;
    expect(report.runtimes).toMatchObject([{ name: 'nibble', level: 'all', providers: ['cpu'] }]);
    expect(report.cases.map((c) => c.results[0]!.outcome)).toEqual(['passed', 'wrong', 'wrong']);
  });

  it('fails when it finds no case', async () => {
    const { code, out } = await nibble('conform', join(dir, 'cases'), '--filter', 'none');
    expect([code, out]).toEqual([1, '0 passed, 0 failed, 0 skipped\n']);
  });
});
