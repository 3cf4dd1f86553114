import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCases, type Case } from '../../conformance/case.ts';
import { htmlPage, markdownPage } from '../../conformance/pages.ts';
import { runCase } from '../../conformance/run-case.ts';
import { commandRuntime } from '../../conformance/runtimes/command.ts';
import { ortWeb } from '../../conformance/runtimes/ort-web.ts';
import { makeScoreboard, mergeScoreboards, type Outcome } from '../../conformance/scoreboard.ts';
import type { CaseResult } from '../../conformance/run-case.ts';
import { encodeValue, ModelBuilder } from '../../src/model/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { nibble, temporary } from '../cli/command.ts';

const dir = temporary();
const cases = join(dir, 'cases');

function writeCase(name: string, expected: number[], ort?: number[]): void {
  const b = new ModelBuilder({ opset: 14 });
  b.output(b.node('Add', [b.input('a', 'int8', [2]), b.constant('one', new Tensor('int8', [1, 1], [2]))]), 'y', { kind: 'tensor', dtype: 'int8', shape: [2] });
  const set = join(cases, name, 'test_data_set_0');
  mkdirSync(set, { recursive: true });
  const write = (file: string, values: number[]): void => writeFileSync(join(set, file), encodeValue(new Tensor('int8', values, [2]), 'y'));
  writeFileSync(join(cases, name, 'model.onnx'), b.bytes());
  write('input_0.pb', [4, 5]);
  write('output_0.pb', expected);
  if (ort !== undefined) write('output_0.ort.pb', ort);
}

writeCase('right', [5, 6]);
writeCase('near', [5, 7]);
writeCase('far', [5, 60]);
writeCase('two_columns', [5, 7], [5, 6]);

const named = (name: string): Case => findCases([cases], new RegExp(`^${name}$`))[0]!;

/** A shell script as the runtime. */
function script(text: string): ReturnType<typeof commandRuntime> {
  const file = join(dir, `script${Math.random()}.sh`);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return commandRuntime(file);
}

const level = { level: 'all' } as const;

test('a command judges a case by its exit code, or writes outputs that are compared here', async () => {
  const run = async (text: string, name = 'right', timeout = 10): Promise<unknown> => {
    const { status, failure } = await runCase(named(name), script(text), { ...level, timeout });
    return failure === undefined ? status : [failure.kind, failure.message];
  };
  expect(await run('test -f "$1/model.onnx" && test "$CONFORM_LEVEL" = all')).toBe('passed');
  expect(await run('echo "y differs" >&2; exit 1')).toEqual(['wrong', 'y differs']);
  expect(await run('echo no such operator; exit 3')).toEqual(['refused', 'no such operator']);
  expect(await run('kill -SEGV $$')).toEqual(['died', expect.stringMatching(/ended|exit code|fault/i)]);
  expect(await run('sleep 30', 'right', 1)).toEqual(['died', 'no result after 1 s']);
  const copy = 'mkdir "$2/test_data_set_0" && cp "$1/test_data_set_0/output_0.pb" "$2/test_data_set_0/"';
  expect(await run(copy, 'near')).toBe('passed');
  expect(await run(copy.replace('output_0.pb" "', 'input_0.pb" "').replace(/"$/, 'output_0.pb"'))).toEqual(['wrong', expect.stringContaining('expected 5, found 4')]);
});

test('onnxruntime-web is a runtime', async () => {
  expect((await runCase(named('right'), ortWeb, level)).status).toBe('passed');
  expect((await runCase(named('near'), ortWeb, level)).failure).toMatchObject({ kind: 'wrong', difference: { offByOne: true, expected: '7', found: '6' } });
});

test('a case may expect one thing by the specification, another of onnxruntime', async () => {
  expect((await runCase(named('two_columns'), ortWeb, level)).status).toBe('failed');
  expect((await runCase(named('two_columns'), ortWeb, { ...level, column: 'onnxruntime' })).status).toBe('passed');
  expect((await runCase(named('right'), ortWeb, { ...level, column: 'onnxruntime' })).status).toBe('passed');
});

test('nibble conform puts runtimes side by side', async () => {
  const [json, html] = [join(dir, 'board.json'), join(dir, 'board.html')];
  const { code, out } = await nibble('conform', cases, '--runtime', 'nibble,command:exit 3; echo', '--ep', 'cpu', '--json', json, '--html', html);
  expect(code).toBe(1);
  expect(out).toMatch(/^Add +4 +1 passed, 2 off by one, 1 wrong +4 refused$/m);
  expect(out).toMatch(/^int8 +4 +1 passed, 2 off by one, 1 wrong +4 refused$/m);
  const board = JSON.parse(readFileSync(json, 'utf8')) as ReturnType<typeof makeScoreboard>;
  expect(board.cases.map((c) => [c.name, ...c.results.map((r) => r.outcome)])).toEqual([
    ['far', 'wrong', 'refused'], ['near', 'off by one', 'refused'], ['right', 'passed', 'refused'], ['two_columns', 'off by one', 'refused'],
  ]);
  const page = readFileSync(html, 'utf8');
  expect(page).not.toMatch(/(src|href)="(?!#)/); // asks for nothing else
  expect(page).toContain('y = Add(a, one)\none: int8[2] = 1, 1');
  expect(page).toContain('a: int8[2] = 4, 5');
  expect(page).toContain('nibble: test_data_set_0, y[1]: expected 60, found 6; 1 of 2 elements differ, by at most 54');
});

test('pages escape what they show, and boards merge', () => {
  const found = findCases([cases], /^right$/);
  const failure = { kind: 'error', message: '<b> & "c" || JavaScript API' } as const;
  const result: CaseResult = { name: 'right', dir: found[0]!.dir, status: 'failed', judged: 'comparison', operators: [], seconds: 0, failure };
  const board = makeScoreboard([cases], found, [{ name: 'x', version: '1', level: 'all', providers: [], seconds: 1, results: [result] }]);
  const merged = mergeScoreboards([board, board]);
  expect([merged.cases.length, merged.runtimes[0]!.seconds]).toEqual([2, 2]);
  const older = { ...board, runtimes: [{ ...board.runtimes[0]!, version: '0' }] };
  expect(() => mergeScoreboards([older, board])).toThrow(/E_INPUT: scoreboards of different runtimes do not merge/);
  expect(htmlPage(merged)).toContain('x: &lt;b&gt; &amp; &quot;c&quot; || JavaScript API');
  const outcome: Outcome = 'refused';
  expect(markdownPage(merged)).toContain(`| Add | 2 | 2 ${outcome} |`);
  expect(markdownPage(merged)).toContain('Of the cases that x refuses, 2 have inputs or outputs of kinds or types that its JavaScript API cannot hold.');
});
