/**
 * The public suites and the language model on the WebGPU provider, through the built command: a slice in the fast loop, all of it in the
 * full one. `--ep webgpu` alone is refused where the provider cannot start, so that nothing passes by falling back.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FULL } from '../full.ts';
import { sharedArchive } from '../shared.ts';
import { whyNot } from './adapter.ts';

const exec = promisify(execFile);
const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU suites are skipped: ${reason}`);

async function conform(folder: string, ...options: string[]): Promise<string> {
  const { stdout } = await exec(process.execPath, ['dist/src/cli/nibble.js', 'conform', folder, '--ep', 'webgpu', '--jobs', '1', ...options], { maxBuffer: 2 ** 26 })
    .catch((error: { stdout: string }) => error);
  const lines = stdout.trimEnd().split('\n');
  return /, 0 failed/.test(lines.at(-1)!) ? lines.at(-1)! : lines.slice(-40).join('\n');
}

/** The official cases are single operators: the levels between change little. */
const levelsOf = (archive: string): string[] => (!FULL ? ['all'] : archive.startsWith('onnx') ? ['disabled', 'all'] : ['disabled', 'basic', 'extended', 'all']);
const SLICE = '^test_(add|softmax_axis_1|layer_normalization_4d_axis2|reduce_sum_keepdims|maxpool_2d_pads|transpose_all|concat_2d|quantizelinear|dequantizelinear|cast_FLOAT)';

describe.skipIf(reason !== undefined)('webgpu suites', () => {
  for (const [archive, cases] of [['ort-public', 228], ['nets-public', 7], ['onnx-backend-1.23.1', 2027]] as const) {
    const folder = sharedArchive('suites', archive);
    const filter = FULL ? [] : ['--filter', archive === 'ort-public' ? '_0$' : archive === 'nets-public' ? 'u8s8' : SLICE];
    test.skipIf(folder === undefined).each(levelsOf(archive))(`${archive} at level %s`, async (level) => {
      expect(await conform(folder!, '--level', level, ...filter)).toMatch(FULL ? `${cases} passed, 0 failed, 0 skipped` : /^[1-9]\d* passed, 0 failed, 0 skipped$/);
    }, 600_000);
  }

  // Subnormal numbers may be 0 to a device: a scale that is one is not the host's.
  test.skipIf(!FULL)('the conformance pack', async () => {
    expect(await conform('conformance/pack', '--filter', '^(?!dynamic_quantize_linear_subnormal)')).toMatch(/^\d+ passed, 0 failed, 0 skipped$/);
  }, 600_000);

  const llm = sharedArchive('models', 'tiny-llm');
  test.skipIf(!FULL || llm === undefined).each([
    ['genai_int4_b32_sym', 'disabled'], ['genai_int4_b32_sym', 'all'], ['genai_int4_b128_sym_fp16', 'all'], ['genai_qdq_int4_b32_sym', 'all'], ['plain_int8_dynamic', 'all'],
  ])(
    '%s at level %s: recorded tokens', async (variant, level) => {
      const { stdout } = await exec(process.execPath, ['dist/models/tiny-llm/tokens.js', join(llm!, 'llm'), variant, level, '--ep=webgpu']);
      expect(JSON.parse(stdout)).toEqual({ [level]: '4 of 4 prompts' });
    }, 900_000,
  );
});
