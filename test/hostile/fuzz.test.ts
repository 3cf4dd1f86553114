/** Mutated models: whatever the bytes, loading, inferring and saving give a result or a typed error, and soon. */
import { describe, expect, test } from 'vitest';
import { OnnxError } from '../../src/errors.ts';
import { loadModel, saveModel, type Model } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { random, type Random } from './random.ts';
import { SEEDS } from './seeds.ts';
import { varint } from './wire.ts';

const BASE = Number(process.env['FUZZ_SEED'] ?? 1), RUNS = Number(process.env['FUZZ_RUNS'] ?? 2000);
/** Every fifth bit a run: five seeds cover all. */
const STRIDE = 5;

/** Changed bytes of a file, in one of the ways files get damaged or are made to do damage. */
function mutate(seed: Uint8Array, r: Random): Uint8Array {
  const bytes = seed.slice();
  const edits = 1 + r.below(4);
  let out = bytes;
  for (let i = 0; i < edits; i++) {
    const at = r.below(out.length);
    switch (r.below(7)) {
      case 0: out[at] = out[at]! ^ (1 << r.below(8)); break;
      case 1: out[at] = r.below(256); break;
      case 2: out[at] = r.pick([0, 1, 0x7f, 0x80, 0xff, out[at]! + 1, out[at]! - 1]); break;
      case 3: out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(at + 1 + r.below(4))]); break;
      case 4: out = Uint8Array.from([...out.subarray(0, at), ...varint(r.pick([0, 1, -1, 2 ** 31, 2 ** 32, 127, 128])), ...out.subarray(at)]); break;
      case 5: { // a piece of the file again, elsewhere
        const from = r.below(out.length), length = r.below(32);
        out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(from, from + length), ...out.subarray(at)]);
        break;
      }
      default: out.copyWithin(at, r.below(out.length), r.below(out.length));
    }
    if (out.length === 0) return out;
  }
  return out;
}

/** What became of a file: `ok`, or the code of the error. Anything else is thrown on. */
function fate(bytes: Uint8Array): string {
  let model: Model;
  try {
    model = loadModel(bytes);
    inferGraph(model.graph);
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  loadModel(saveModel(model)); // what loads can be saved, and loads again
  return 'ok';
}

function expectFate(bytes: Uint8Array, what: string): string {
  const began = performance.now();
  try {
    const found = fate(bytes);
    if (performance.now() - began > 2000) throw new Error('took more than 2 s');
    return found;
  } catch (cause) {
    throw new Error(`${what}: ${String(cause)}\n${Buffer.from(bytes).toString('base64')}`, { cause });
  }
}

describe.each(Object.entries(SEEDS))('%s', (name, seed) => {
  test('is sound', () => {
    expect(fate(seed)).toBe('ok');
  });

  test('cut off anywhere it is refused', () => {
    const accepted: number[] = [];
    for (let length = 0; length < seed.length; length++) {
      if (expectFate(seed.subarray(0, length), `${name} cut to ${length}`) === 'ok') accepted.push(length);
    }
    // A cut between top-level fields after the graph leaves a whole model without opsets: also refused.
    expect(accepted.length).toBeLessThan(8);
  });

  test('with one bit changed it loads or is refused', () => {
    for (let bit = BASE % STRIDE; bit < seed.length * 8; bit += STRIDE) {
      const bytes = seed.slice();
      bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
      expectFate(bytes, `${name} with bit ${bit} changed`);
    }
  });

  test('with several edits it loads or is refused', () => {
    const fates = new Map<string, number>();
    for (let i = 0; i < RUNS; i++) {
      const found = expectFate(mutate(seed, random(BASE * 1_000_003 + i)), `${name}, FUZZ_SEED=${BASE}, run ${i}`);
      fates.set(found, (fates.get(found) ?? 0) + 1);
    }
    expect([...fates.keys()]).toContain('E_PARSE');
    expect(fates.size).toBeGreaterThan(2);
  });
});
