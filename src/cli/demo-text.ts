/** The demo's second part: an int4 language model continues a text. */
import { readFileSync } from 'node:fs';
import { summarize, type DemoRow } from './demo.ts';
import { greedy, TextStream } from '../text/index.ts';
import { openLanguageModel } from './language-model.ts';
import { sessionOptions, type SessionFlags } from './options.ts';
import { shipped } from './package.ts';
import { bold, dim, formatTime, print } from './text.ts';

/** greedy.json: prompts, and onnxruntime's greedy tokens for each, by variant. */
interface Record {
  readonly prompts: readonly string[];
  readonly tokens: { readonly [variant: string]: readonly (readonly number[])[] };
}

const PROMPT = 0;

/** Streams a greedy continuation and compares its tokens with those that onnxruntime wrote. */
export async function continueText(folder: string, variant: string, flags: SessionFlags): Promise<DemoRow> {
  const record = JSON.parse(readFileSync(shipped('models', folder, 'greedy.json'), 'utf8')) as Record;
  const text = record.prompts[PROMPT]!;
  const expected = record.tokens[variant]![PROMPT]!;
  const model = await openLanguageModel(shipped('models', folder, variant), sessionOptions(flags));
  const prompt = model.encode(text);
  const stream = new TextStream(model, prompt);
  print(`\n${bold(`${folder}/${variant}`)}:\n`);
  process.stdout.write(dim(text));
  const began = performance.now();
  const tokens: number[] = [];
  for await (const token of model.generate(prompt, { maxTokens: expected.length, pick: greedy, stopAtEnd: false })) {
    tokens.push(token);
    process.stdout.write(stream.push(token));
  }
  const time = performance.now() - began;
  print(stream.end());
  const matches = tokens.length === expected.length && tokens.every((t, i) => t === expected[i]);
  const rate = (tokens.length / (time / 1000)).toFixed(1);
  print(`\n${rate} tokens/s; the ${tokens.length} tokens ${matches ? 'equal' : 'differ from'} onnxruntime's`);
  const row = { model: `${folder}/${variant}`, ...summarize(model.session), time: formatTime(time), matches };
  await model.session.release();
  return row;
}
