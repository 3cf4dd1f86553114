import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { KNOWN_DIVERGENCES, type Divergence } from '../conformance/known-divergences.ts';
import { InferenceSession, type Tensor } from '../src/main.ts';

const folder = mkdtempSync(join(tmpdir(), 'nibble-divergences-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process of its own: some of these end it. Prints the output as JSON, 64-bit integers and non-finite floats as text. */
const PEER = `
  const ort = require('onnxruntime-node');
  const [file, feeds] = [process.argv[1], JSON.parse(process.argv[2])];
  const arrays = { int32: Int32Array, int64: BigInt64Array, uint8: Uint8Array, float32: Float32Array };
  const tensors = Object.fromEntries(feeds.map(([k, type, data, dims]) => [k, new ort.Tensor(type, arrays[type].from(data, type === 'int64' ? BigInt : Number), dims)]));
  ort.InferenceSession.create(file, { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 })
    .then((s) => s.run(tensors))
    .then(({ y }) => { console.log(JSON.stringify([y.dims, Array.from(y.data, String)])); }, () => { console.log('"refused"'); });
`;

function inOnnxruntime(d: Divergence): unknown {
  const file = join(folder, `${d.name}.onnx`);
  writeFileSync(file, d.model());
  const feeds = Object.entries(d.feeds).map(([k, t]) => [k, t.type, Array.from(t.data as ArrayLike<number>, String), t.dims]);
  try {
    return JSON.parse(execFileSync(process.execPath, ['-e', PEER, file, JSON.stringify(feeds)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return 'crashed';
  }
}

const shown = (t: Tensor): unknown => [t.dims, Array.from(t.data as ArrayLike<number>, String)];

describe.each(KNOWN_DIVERGENCES)('$name', (d) => {
  test('here: what the specification says', async () => {
    for (const level of ['disabled', 'all'] as const) {
      const session = await InferenceSession.create(d.model(), { graphOptimizationLevel: level });
      const { y } = await session.run(d.feeds);
      expect(shown(y as Tensor)).toEqual(shown(d.expected));
      expect((y as Tensor).type).toBe(d.expected.type);
    }
  });

  test.skipIf(d.there === 'undefined')(`onnxruntime ${d.there}`, () => {
    const result = inOnnxruntime(d);
    if (d.there === 'refuses') expect(result).toBe('refused');
    else if (d.there === 'crashes') expect(result).toBe('crashed');
    else {
      expect(result).toBeInstanceOf(Array);
      expect(result).not.toEqual(shown(d.expected));
    }
  });
});
