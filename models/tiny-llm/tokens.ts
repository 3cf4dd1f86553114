/**
 * Checks greedy tokens against the recorded ones: `node tokens.js FOLDER VARIANT LEVEL... [--accuracy-level-4] [--ep=NAMES]` prints, for each
 * level, how many prompts give all their tokens.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLanguageModel } from '../../src/cli/language-model.ts';
import { registerNamed } from '../../src/entries.ts';
import { greedy } from '../../src/text/index.ts';
import type { GraphOptimizationLevel } from '../../src/main.ts';

interface Recorded {
  readonly prompt_ids: readonly (readonly number[])[];
  readonly tokens: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly tokens_accuracy_level_4: Recorded['tokens'];
}

const [folder, variant, ...rest] = process.argv.slice(2);
const level4 = rest.includes('--accuracy-level-4');
const providers = rest.find((r) => r.startsWith('--ep='))?.slice(5).split(',');
await registerNamed(providers);
const recorded = JSON.parse(readFileSync(join(folder, 'greedy.json'), 'utf8')) as Recorded;
const wanted = (level4 ? recorded.tokens_accuracy_level_4 : recorded.tokens)[variant];
const result: Record<string, string> = {};
for (const level of rest.filter((r) => !r.startsWith('--'))) {
  const model = await openLanguageModel(join(folder, variant), {
    graphOptimizationLevel: level as GraphOptimizationLevel, ...(providers && { executionProviders: providers }),
    ...(level4 && { extra: { session: { qdq_matmulnbits_accuracy_level: '4' } } }),
  });
  let right = 0;
  for (const [i, prompt] of recorded.prompt_ids.entries()) {
    const tokens: number[] = [];
    for await (const token of model.generate(prompt, { maxTokens: wanted[i].length, pick: greedy, stopAtEnd: false })) tokens.push(token);
    if (tokens.join() === wanted[i].join()) right++;
  }
  result[level] = `${right} of ${wanted.length} prompts`;
  await model.session.release();
}
console.log(JSON.stringify(result));
