/**
 * Every pass over generated graphs: it applies to its share of them, outputs keep its contract, graphs stay sound and can be saved,
 * names keep their meaning. A pass without a generator fails: see conformance/proofs/generators/index.ts for how to write one.
 */
import { describe, expect, it } from 'vitest';
import { GENERATORS } from '../../conformance/proofs/generators/index.ts';
import { prove, proveNames } from '../../conformance/proofs/prove.ts';
import { LEVELS, passesOf, PORTABLE } from '../../src/passes/index.ts';
import { amount } from '../full.ts';

const COUNT = Number(process.env['NIBBLE_DRAWS'] ?? amount(15, 500));
/** Draws of which every tensor is fetched by its name. */
const FETCHES = Math.ceil(COUNT / 10);
const FIRST = Number(process.env['NIBBLE_FIRST_SEED'] ?? 1);
const PASSES = [...LEVELS.flatMap((level) => passesOf(level)), ...PORTABLE];

it('every pass has a generator, and every generator a pass', () => {
  expect(Object.keys(GENERATORS).sort()).toEqual(PASSES.map((p) => p.name).sort());
});

describe(`on ${COUNT} generated graphs each`, () => {
  it.each(PASSES.filter((p) => p.name in GENERATORS))('$name keeps its contract', (pass) => {
    const generator = GENERATORS[pass.name]!;
    const failures: string[] = [];
    const counts = { applied: 0, refused: 0, silent: 0, discarded: 0 };
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const proof = prove(pass, generator, seed);
      counts[proof.outcome]++;
      for (const failure of proof.failures) failures.push(`${proof.text}: ${failure}`);
    }
    expect(failures.slice(0, 5)).toEqual([]);
    // A few draws say little about shares.
    const slack = 2 / Math.sqrt(COUNT);
    expect(counts.applied / COUNT, `the share it applies to: ${JSON.stringify(counts)}`).toBeGreaterThan((generator.applies ?? 0.5) - slack);
    expect(counts.discarded / COUNT, `the share that does not run: ${JSON.stringify(counts)}`).toBeLessThan(0.3);
  });
});

describe(`on ${FETCHES} generated graphs each`, () => {
  const own = LEVELS.flatMap((level) => passesOf(level));
  it.each(own.filter((p) => p.name in GENERATORS))('$name leaves every tensor its name', async (pass) => {
    const others = own.filter((p) => p !== pass).map((p) => p.name);
    const failures: string[] = [];
    for (let seed = FIRST; seed < FIRST + FETCHES; seed++) failures.push(...await proveNames(pass, GENERATORS[pass.name]!, seed, others));
    expect(failures.slice(0, 5)).toEqual([]);
  });
});
