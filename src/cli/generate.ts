import { Command, Option } from 'commander';
import { integer, real, sessionOptions, withSession, type SessionFlags } from './options.ts';
import { dim, formatTime, paint, tellMissing } from './text.ts';

interface Flags extends SessionFlags {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
}

export const generateCommand = withSession(new Command('generate'))
  .summary('continue a text with a language model')
  .description('Streams the continuation of a prompt. Greedy unless a temperature is given; equal seeds give equal texts.')
  .argument('<dir>', 'folder of model.onnx, with tokenizer.json in it or in the folder above')
  .requiredOption('-p, --prompt <text>', 'the text to continue')
  .addOption(new Option('-n, --max-tokens <n>', 'tokens to write at most').argParser(integer(1)).default(64))
  .addOption(new Option('--temperature <t>', 'sample; higher is wilder').argParser(real(0)).default(0, '0, greedy'))
  .addOption(new Option('--top-k <k>', 'sample among the k likeliest tokens').argParser(integer(1)))
  .addOption(new Option('--top-p <p>', 'sample among the likeliest tokens that reach probability p').argParser(real(0, 1)))
  .addOption(new Option('--seed <n>', 'of sampling').argParser(integer(0)).default(0))
  .action(generate);

async function generate(dir: string, flags: Flags): Promise<void> {
  const { openLanguageModel } = await import('./language-model.ts');
  const { sampler, TextStream } = await import('../text/index.ts');
  const model = await openLanguageModel(dir, sessionOptions(flags));
  tellMissing(model.session.explain());
  const prompt = model.encode(flags.prompt);
  const stream = new TextStream(model, prompt);
  process.stdout.write(dim(flags.prompt));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const began = performance.now();
  let first = 0, tokens = 0;
  for await (const token of model.generate(prompt, { maxTokens: flags.maxTokens, pick: sampler(flags), signal: stop.signal })) {
    if (tokens++ === 0) first = performance.now();
    process.stdout.write(stream.push(token));
  }
  const ended = performance.now();
  process.stdout.write(`${stream.end()}\n`);
  const rate = tokens > 1 ? `, then ${((tokens - 1) / ((ended - first) / 1000)).toFixed(1)} tokens/s` : '';
  const stats = `${prompt.length} prompt tokens in ${formatTime((first || ended) - began)}${rate} (${tokens} tokens)`;
  process.stderr.write(`${paint('dim', stats, process.stderr)}\n`);
  await model.session.release();
}
