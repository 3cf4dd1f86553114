/** Language models on disk, with the files of their tokenizer. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import '../main.ts'; // registers the providers
import type { SessionOptions } from '../options.ts';
import { LanguageModel } from '../text/index.ts';

/** Opens DIR/model.onnx, with tokenizer.json and configuration in DIR or the folder above. */
export async function openLanguageModel(dir: string, options: SessionOptions = {}): Promise<LanguageModel> {
  const model = existsSync(dir) && statSync(dir).isFile() ? dir : join(dir, 'model.onnx');
  if (!existsSync(model)) fail('E_INPUT', `there is no model ${model}`);
  const folder = dirname(resolve(model));
  const tokenizer = readJson(folder, 'tokenizer.json') ?? fail('E_INPUT', `there is no tokenizer.json in ${folder} or the folder above`);
  const config = ['generation_config.json', 'config.json'].map((name) => readJson(folder, name)).find((json) => json?.['eos_token_id'] !== undefined);
  return LanguageModel.create(model, { tokenizer, tokenizerConfig: readJson(folder, 'tokenizer_config.json'), config }, options);
}

function readJson(folder: string, name: string): Record<string, unknown> | undefined {
  const file = [folder, dirname(folder)].map((f) => join(f, name)).find((f) => existsSync(f));
  if (file === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    return fail('E_INPUT', `${file} is not JSON`, { cause });
  }
}
