import { describe, expect, it } from 'vitest';
import { bisect } from '../../src/cli/bisection.ts';
import { EXACT, Tensor, type PatternPass } from '../../src/main.ts';
import { newNode, op, replaceBy } from '../../src/passes/index.ts';
import { model, nibble } from './command.ts';

const digits = model('digits/fp32/model.onnx');

/** Claims to be exact and is not: it forgets that Relu cuts. */
const wrong: PatternPass = {
  name: 'relu-to-abs', level: 'basic', contract: EXACT, doc: 'Wrong on purpose.',
  pattern: op('Relu', 'x'),
  rewrite: (m) => replaceBy(newNode('Abs', [m.edge('x')], [m.result])),
};

describe('nibble bisect', () => {
  const image = new Tensor('float32', Array.from({ length: 64 }, (_, i) => (i % 17) / 16), [1, 1, 8, 8]);
  const tolerance = { atol: 1e-4, rtol: 1e-4 };

  it('finds the first patch of a pass that is wrong', async () => {
    const options = { executionProviders: ['cpu'], passes: [wrong] };
    const { culprit, patches, probes } = await bisect(digits, [{ image }], options, tolerance);
    expect(culprit!.entry).toMatchObject({ pass: 'relu-to-abs', level: 'basic', round: 1, before: ['/2/Relu'] });
    expect(culprit!.difference).toMatchObject({ where: 'logits' });
    expect(patches).toBeGreaterThan(3);
    expect(probes).toBeLessThanOrEqual(3 + Math.ceil(Math.log2(patches)));
  });

  it('says so when all patches agree, and where they do not', async () => {
    const agree = await nibble('bisect', digits, '--ep', 'cpu', '--random', '1');
    expect(agree).toMatchObject({ code: 0, out: expect.stringMatching(/^all outputs agree \(\d+ patches at level all, 1 set of inputs, 2 sessions\)/) as string });
    const inputs = model('digits/qdq_u8s8');
    const sets = await nibble('bisect', model('digits/qdq_u8s8/model.onnx'), '--ep', 'cpu', '--inputs', inputs, '--tolerance', '0.2');
    expect(sets.out).toMatch(/all outputs agree .* \d+ sets? of inputs/);
  });
});
