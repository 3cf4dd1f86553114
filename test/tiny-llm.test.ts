/** The greedy tokens of the language models beside the project, as onnxruntime recorded them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { sharedArchive } from './shared.ts';

const LEVELS = ['disabled', 'basic', 'extended', 'all'];
const exec = promisify(execFile);

const llm = sharedArchive('models', 'tiny-llm');
describe.skipIf(llm === undefined)('tiny-llm', () => {
  const variants = ['genai_int4_b32_sym', 'genai_int4_b128_sym_fp16', 'genai_qdq_int4_b32_sym', 'plain_int8_dynamic'];
  test.each(variants)('%s: recorded tokens at every level', async (variant) => {
    const { stdout } = await exec(process.execPath, ['dist/models/tiny-llm/tokens.js', join(llm!, 'llm'), variant, ...LEVELS]);
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(LEVELS.map((level) => [level, '4 of 4 prompts'])));
  }, 240_000);

  test('accuracy level 4, asked for, gives the text of the default level of onnxruntime', async () => {
    const { stdout } = await exec(process.execPath, ['dist/models/tiny-llm/tokens.js', join(llm!, 'llm'), 'genai_qdq_int4_b32_sym', 'all', '--accuracy-level-4']);
    expect(JSON.parse(stdout)).toEqual({ all: '4 of 4 prompts' });
  }, 120_000);
});
