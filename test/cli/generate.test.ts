import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { openLanguageModel } from '../../src/cli/language-model.ts';
import { greedy, sampler, TextStream } from '../../src/text/index.ts';
import { model, nibbleProcess } from './command.ts';

interface Record {
  readonly prompts: readonly string[];
  readonly prompt_ids: readonly (readonly number[])[];
  readonly tokens: { readonly [variant: string]: readonly (readonly number[])[] };
  readonly tokens_accuracy_level_4: Record['tokens'];
}
const record = JSON.parse(readFileSync(model('tiny-llm/greedy.json'), 'utf8')) as Record;

describe('LanguageModel', () => {
  it('encodes prompts as the tokenizer that trained the model', async () => {
    const llm = await openLanguageModel(model('tiny-llm/genai_int4_b32_sym'), { executionProviders: ['cpu'] });
    expect(record.prompts.map((p) => llm.encode(p))).toEqual(record.prompt_ids);
    await llm.session.release();
  });

  it('streams text that equals the text decoded at once, characters of several bytes included', async () => {
    const llm = await openLanguageModel(model('tiny-llm/genai_int4_b32_sym'), { executionProviders: ['cpu'] });
    const ids = llm.encode('Return “a new” list — naïve 🙂.');
    const stream = new TextStream(llm, ids.slice(0, 2));
    const parts = ids.slice(2).map((id) => stream.push(id));
    expect(llm.decode(ids.slice(0, 2)) + parts.join('') + stream.end()).toBe(llm.decode(ids));
    expect(parts.join('')).not.toContain('\ufffd');
    await llm.session.release();
  });

  it('refuses a model that is none', async () => {
    await expect(openLanguageModel(model('digits/fp32'))).rejects.toThrow(/there is no tokenizer.json/);
    await expect(openLanguageModel('/nowhere')).rejects.toThrow(/E_INPUT: there is no model/);
  });
});

describe('sampling', () => {
  const logits = Float32Array.of(0, 3, 1, 2);
  const draws = (options: Partial<Parameters<typeof sampler>[0]>): Map<number, number> => {
    const pick = sampler({ temperature: 1, seed: 5, ...options });
    const counts = new Map<number, number>();
    for (let i = 0; i < 4000; i++) counts.set(pick(logits), (counts.get(pick(logits)) ?? 0) + 1);
    return counts;
  };

  it('at temperature 0 is greedy; equal seeds draw equally', () => {
    expect(sampler({ temperature: 0, seed: 1 })(logits)).toBe(1);
    expect(greedy(Float32Array.of(1, 2, 2))).toBe(1);
    expect(draws({})).toEqual(draws({}));
  });

  it('keeps to the k likeliest, and to the likeliest that reach p', () => {
    expect([...draws({ topK: 2 }).keys()].sort()).toEqual([1, 3]);
    // softmax of 3, 2, 1, 0 is 0.644, 0.237, 0.087, 0.032
    expect([...draws({ topP: 0.6 }).keys()]).toEqual([1]);
    expect([...draws({ topP: 0.7 }).keys()].sort()).toEqual([1, 3]);
    expect([...draws({}).keys()].sort()).toEqual([0, 1, 2, 3]);
  });

  it('draws each token as often as softmax says', () => {
    const pick = sampler({ temperature: 2, seed: 9 });
    const n = 20_000, counts = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) counts[pick(logits)]!++;
    const weights = Array.from(logits, (x) => Math.exp(x / 2)), total = weights.reduce((a, b) => a + b);
    counts.forEach((c, i) => {
      const p = weights[i]! / total;
      expect(Math.abs(c / n - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n));
    });
  });
});

/** The prompt whose 23rd token changes with quantized activations. */
const CHANGED = 3;

describe('nibble generate', () => {
  const LENGTH = 24;
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(model('tiny-llm/tokenizer.json'), 'utf8')) as object, {});
  const recorded = (tokens: readonly (readonly number[])[]): string =>
    `${tokenizer.decode([...record.prompt_ids[CHANGED]!, ...tokens[CHANGED]!.slice(0, LENGTH)])}\n`;
  const generate = (variant: string, ...args: string[]) =>
    nibbleProcess('generate', `models/tiny-llm/${variant}`, '--prompt', record.prompts[CHANGED]!, '-n', String(LENGTH), '--ep', 'cpu', ...args);

  it.each(Object.keys(record.tokens))('%s: prints what onnxruntime wrote, and the speed on stderr', (variant) => {
    const { code, out, err } = generate(variant);
    expect({ code, out }).toEqual({ code: 0, out: recorded(record.tokens[variant]!) });
    expect(err).toMatch(/^4 prompt tokens in .*, then [\d.]+ tokens\/s \(24 tokens\)\n$/);
  });

  it('quantizes activations only when asked to, as onnxruntime does unasked', () => {
    const [qdq, changed] = Object.entries(record.tokens_accuracy_level_4)[0]!;
    expect(recorded(changed)).not.toBe(recorded(record.tokens[qdq]!));
    expect(generate(qdq, '--config', 'session.qdq_matmulnbits_accuracy_level=4').out).toBe(recorded(changed));
  });
});
