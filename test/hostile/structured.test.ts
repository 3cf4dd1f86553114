/**
 * Sound files of the public suites with one thing changed: a session is made and run, or refused with a typed error that
 * is not a kernel's own failure; and soon. FUZZ_RUNS and FUZZ_SEED widen the search.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { onnx } from '../../proto/onnx.js';
import { decodeValue, loadModel } from '../../src/model/index.ts';
import { encodeMessage, encoders } from '../../src/model/encode.ts';
import { InferenceSession, OnnxError } from '../../src/main.ts';
import type { Value } from '../../src/tensor/index.ts';
import { sharedArchive } from '../shared.ts';
import { random } from './random.ts';
import { mutateModel } from './structured.ts';

const SUITES = [
  { archive: 'ort-public', folder: 'ort-public', every: 1 },
  { archive: 'onnx-backend-1.23.1', folder: 'node', every: 6 },
] as const;
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1), SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const MAX_MODEL_BYTES = 60_000;
const LIMITS = { tensorBytes: 2 ** 26, runBytes: 2 ** 27 };

function feedsOf(folder: string, bytes: Uint8Array): Record<string, Value> {
  const feeds: Record<string, Value> = {};
  loadModel(bytes).graph.inputs.forEach((edge, i) => {
    const path = join(folder, 'test_data_set_0', `input_${i}.pb`);
    if (existsSync(path) && edge.type !== undefined) feeds[edge.name] = decodeValue(readFileSync(path), edge.type);
  });
  return feeds;
}

/** Why the outcome is not acceptable, or undefined. */
async function complaint(bytes: Uint8Array, feeds: Record<string, Value>, optimized: boolean): Promise<string | undefined> {
  const began = performance.now();
  try {
    const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], graphOptimizationLevel: optimized ? 'all' : 'disabled', limits: LIMITS });
    await session.run(feeds);
    await session.release();
  } catch (error) {
    if (!(error instanceof OnnxError)) return `uncaught ${error instanceof Error ? error.stack : String(error)}`;
    if (/kernel failed/.test(error.message)) return error.message;
  }
  const ms = performance.now() - began;
  return ms > 5000 ? `${ms.toFixed(0)} ms` : undefined;
}

describe.each(SUITES)('$folder', ({ archive, folder, every }) => {
  const root = sharedArchive('suites', archive);

  test.skipIf(root === undefined)('changed models run or are refused', async () => {
    const wrong: string[] = [];
    let tried = 0;
    const names = readdirSync(join(root!, folder)).filter((_, i) => i % every === SEED % every);
    for (const name of names) {
      const path = join(root!, folder, name);
      const bytes = readFileSync(join(path, 'model.onnx'));
      if (bytes.length > MAX_MODEL_BYTES) continue;
      const feeds = feedsOf(path, bytes);
      for (let run = 0; run < RUNS; run++) {
        const model = onnx.ModelProto.decode(bytes);
        const what = mutateModel(model, random(SEED * 1_000_003 + run * 7919 + tried++));
        const found = await complaint(encodeMessage(encoders.ModelProto, model), feeds, run % 2 === 0);
        if (found !== undefined) wrong.push(`${name}, ${what}: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(200);
  });
});
