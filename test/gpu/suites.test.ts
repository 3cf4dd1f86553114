/** Cases with the gpu.js provider first in the list, in Node: a slice of the pack, and in full runs all suites and the language models. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import '../webgpu/adapter.ts';
import { findCases } from '../../conformance/case.ts';
import { runCase } from '../../conformance/run-case.ts';
import { openRuntime } from '../../conformance/runtime.ts';
import '../../src/gpu.ts';
import { InferenceSession } from '../../src/main.ts';
import { FULL } from '../full.ts';
import { sharedArchive } from '../shared.ts';
import { whyNot } from './adapter.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`gpu.js tests are skipped: ${reason}`);
const LEVELS = FULL ? (['disabled', 'basic', 'extended', 'all'] as const) : (['all'] as const);

/** NaN, infinities and subnormal numbers: shaders may take them for others. */
const BEYOND = /^((div|equal|greaterorequal|less|max|min)_f32_specials|dynamic_quantize_linear_subnormal|quantize_linear_[iu]8_specials_1e-38)$/;

/** Folder, cases, and how many nodes at least run on gpu.js at level `disabled`. */
const SUITES = [
  ['the pack', 'conformance/pack', FULL ? 1 : 25],
  ['ort-public', sharedArchive('suites', 'ort-public'), FULL ? 1 : 12],
  ['nets-public', sharedArchive('suites', 'nets-public'), FULL ? 1 : 4],
  ['the official cases', sharedArchive('suites', 'onnx-backend-1.23.1'), FULL ? 1 : 100],
  ['tiny-llm', FULL ? sharedArchive('models', 'tiny-llm') : undefined, 1],
] as const;

describe.skipIf(reason !== undefined)('gpu.js', () => {
  for (const [name, folder, every] of SUITES) {
    test.skipIf(folder === undefined).each(LEVELS)(`${name} at level %s`, async (level) => {
      const runtime = await openRuntime('nibble');
      const failures: string[] = [];
      let onDevice = 0;
      for (const [i, test] of findCases([folder!]).entries()) {
        if (i % every !== 0 || BEYOND.test(test.name)) continue;
        const result = await runCase(test, runtime, { providers: ['gpu', 'cpu'], level });
        if (result.status === 'failed') failures.push(`${result.name}: ${result.failure!.message}`);
        if (onDevice < 3) {
          const session = await InferenceSession.create(join(test.dir, 'model.onnx'), { executionProviders: ['gpu', 'cpu'], graphOptimizationLevel: level });
          onDevice += session.explain().providers.gpu ?? 0;
          await session.release();
        }
      }
      expect(failures).toEqual([]);
      expect(onDevice).toBeGreaterThan(0);
    }, 600_000);
  }
});
