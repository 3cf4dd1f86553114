/**
 * The public suites beside the project, run through the built command: official cases, quantized operators recorded from
 * onnxruntime, real networks. Without the suites these tests are skipped.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { sharedArchive } from './shared.ts';

const NIBBLE = 'dist/src/cli/nibble.js';
const LEVELS = ['disabled', 'basic', 'extended', 'all'] as const;
const exec = promisify(execFile);

async function conform(folder: string, ...options: string[]): Promise<string> {
  const { stdout } = await exec(process.execPath, [NIBBLE, 'conform', folder, ...options], { maxBuffer: 2 ** 26 }).catch((error: { stdout: string }) => error);
  return stdout.trimEnd().split('\n').at(-1)!;
}

const runs = [...LEVELS.map((level) => ['cpu', level] as const), ...LEVELS.map((level) => ['wasm,cpu', level] as const)];

for (const [archive, cases] of [['ort-public', 228], ['nets-public', 7], ['onnx-backend-1.23.1', 2027]] as const) {
  const folder = sharedArchive('suites', archive);
  describe.skipIf(folder === undefined)(archive, () => {
    test.each(runs)('%s at level %s', async (providers, level) => {
      expect(await conform(folder!, '--ep', providers, '--level', level)).toBe(`${cases} passed, 0 failed, 0 skipped`);
    }, 240_000);
  });
}

const nets = sharedArchive('suites', 'nets-public');
test.skipIf(nets === undefined)('digits: accuracies equal those that onnxruntime reached', async () => {
  const { stdout } = await exec(process.execPath, ['dist/models/digits/accuracy.js', join(nets!, 'nets-public')]);
  const report = JSON.parse(readFileSync(join(nets!, 'nets-public', 'report.json'), 'utf8')) as Record<string, { accuracy: number }>;
  const reached = JSON.parse(stdout) as Record<string, number>;
  expect(Object.keys(reached)).toEqual(Object.keys(report));
  for (const [name, accuracy] of Object.entries(reached)) expect(accuracy, name).toBe(report[name].accuracy);
});
