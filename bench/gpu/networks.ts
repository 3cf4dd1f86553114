/** Whole networks on a provider, held against what is recorded of them: digits that are recognised, tokens that are written. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDigits, imageTensor } from '../../models/digits/digits.ts';
import { openLanguageModel } from '../../src/cli/language-model.ts';
import { InferenceSession, type Tensor } from '../../src/main.ts';
import { greedy } from '../../src/text/index.ts';

/** What a network did, and what is recorded. */
export interface Verdict {
  readonly name: string;
  readonly agrees: boolean;
  readonly found: string;
}

const DIGITS = 'models/digits';

/** How much of a session runs on this provider. Throws where it is not available. */
function share(session: InferenceSession, provider: string): string {
  const { nodes, unavailable } = session.explain();
  if (unavailable.length > 0) throw new Error(unavailable[0].reason);
  return `${nodes.filter((n) => n.provider === provider).length} of ${nodes.length} nodes`;
}

/** The share of all test images that each network gets right, held against models/digits/report.json. */
export async function digits(provider: string): Promise<Verdict[]> {
  const images = decodeDigits(readFileSync(`${DIGITS}/test.json`, 'utf8'));
  const image = imageTensor(images);
  const report = JSON.parse(readFileSync(`${DIGITS}/report.json`, 'utf8')) as Record<string, { readonly accuracy: number }>;
  const verdicts: Verdict[] = [];
  for (const [name, { accuracy }] of Object.entries(report)) {
    const session = await InferenceSession.create(`${DIGITS}/${name}/model.onnx`, { executionProviders: [provider, 'cpu'] });
    const placed = share(session, provider);
    const logits = ((await session.run({ image })).logits as Tensor).data as Float32Array;
    await session.release();
    const right = images.filter(({ label }, i) => {
      const row = logits.subarray(10 * i, 10 * i + 10);
      return row.indexOf(Math.max(...row)) === label;
    }).length;
    const recorded = Math.round(accuracy * images.length);
    verdicts.push({ name: `digits ${name}`, agrees: right === recorded, found: `${right} of ${images.length} right, recorded ${recorded}; ${placed}` });
  }
  return verdicts;
}

/** The first of these folders with this model. */
export function variantFolder(models: string, variant: string): string | undefined {
  return [`${models}/${variant}`, `models/tiny-llm/${variant}`].find((p) => existsSync(join(p, 'model.onnx')));
}

interface Recorded {
  readonly prompt_ids: readonly (readonly number[])[];
  readonly tokens: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** Greedy tokens after the first `prompts` recorded prompts, held against greedy.json beside the model or in the project. */
export async function tokens(provider: string, models: string, variant: string, prompts: number): Promise<Verdict | undefined> {
  const folder = variantFolder(models, variant);
  const file = [`${models}/greedy.json`, 'models/tiny-llm/greedy.json'].find((f) => existsSync(f));
  if (folder === undefined || file === undefined) return undefined;
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  const wanted = recorded.tokens[variant];
  if (wanted === undefined) return undefined;
  const model = await openLanguageModel(folder, { executionProviders: [provider, 'cpu'] });
  const placed = share(model.session, provider);
  const from = performance.now();
  let right = 0, count = 0;
  for (const [i, prompt] of recorded.prompt_ids.slice(0, prompts).entries()) {
    const written: number[] = [];
    for await (const token of model.generate(prompt, { maxTokens: wanted[i].length, pick: greedy, stopAtEnd: false })) written.push(token);
    if (written.join() === wanted[i].join()) right++;
    count += written.length;
  }
  const each = (performance.now() - from) / count;
  await model.session.release();
  const of = Math.min(prompts, recorded.prompt_ids.length);
  return { name: `tiny-llm ${variant}`, agrees: right === of, found: `${right} of ${of} prompts as recorded, ${each.toFixed(2)} ms a token; ${placed}` };
}
