/** A decoder-only language model with a KV cache, and its tokenizer. */
import { Tokenizer } from '@huggingface/tokenizers';
import { fail } from '../errors.ts';
import type { SessionOptions } from '../options.ts';
import { InferenceSession } from '../session.ts';
import { int64, sizeOf, storageLength, dtypeInfo, Tensor, unpack, type Value } from '../tensor/index.ts';
import type { Pick } from './sample.ts';

/** Contents of a tokenizer's files, as Hugging Face names them. */
export interface TokenizerFiles {
  /** tokenizer.json */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** tokenizer_config.json */
  readonly tokenizerConfig?: Readonly<Record<string, unknown>> | undefined;
  /** generation_config.json or config.json: `eos_token_id` tells which tokens end a text. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

export interface GenerateOptions {
  readonly maxTokens: number;
  readonly pick: Pick;
  /** Stop before a token that ends a text (default true). */
  readonly stopAtEnd?: boolean;
  readonly signal?: AbortSignal;
}

/** Inputs that are not cache. */
const IDS = 'input_ids', MASK = 'attention_mask', POSITIONS = 'position_ids', LOGITS = 'logits';

export class LanguageModel {
  readonly session: InferenceSession;
  readonly tokenizer: Tokenizer;
  /** Tokens that end a text. */
  readonly endTokens: ReadonlySet<number>;
  /** Cache inputs, each with the output that feeds it in the next step. */
  private readonly cache: readonly { readonly input: string; readonly output: string; readonly empty: Tensor }[];

  private constructor(session: InferenceSession, tokenizer: Tokenizer, endTokens: ReadonlySet<number>) {
    this.session = session;
    this.tokenizer = tokenizer;
    this.endTokens = endTokens;
    this.cache = pairCache(session);
  }

  /** Loads the model, by path, URL or bytes. Rejects with an `OnnxError`. */
  static async create(model: string | Uint8Array, files: TokenizerFiles, options: SessionOptions = {}): Promise<LanguageModel> {
    const tokenizer = new Tokenizer(files.tokenizer, files.tokenizerConfig ?? {});
    return new LanguageModel(await InferenceSession.create(model, options), tokenizer, endTokensOf(files, tokenizer));
  }

  encode(text: string): number[] {
    return [...this.tokenizer.encode(text).ids];
  }

  decode(ids: readonly number[]): string {
    return this.tokenizer.decode([...ids], { skip_special_tokens: true });
  }

  /** Tokens that continue `prompt`: one run for the whole prompt, then one a token, the cache fed back as it is. */
  async *generate(prompt: readonly number[], { maxTokens, pick, stopAtEnd = true, signal }: GenerateOptions): AsyncGenerator<number, void> {
    if (prompt.length === 0) fail('E_INPUT', 'the prompt has no tokens');
    let cache = this.cache.map((c): Value => c.empty);
    let ids = prompt;
    let total = 0; // tokens in the cache after this step
    for (let made = 0; made < maxTokens; made++) {
      total += ids.length;
      const results = await this.session.run(this.feeds(ids, total, cache), signal === undefined ? {} : { signal });
      const token = pick(lastRow(results[LOGITS] as Tensor));
      if (stopAtEnd && this.endTokens.has(token)) return;
      yield token;
      cache = this.cache.map((c) => results[c.output]!);
      ids = [token];
    }
  }

  private feeds(ids: readonly number[], total: number, cache: readonly Value[]): Record<string, Value> {
    const feeds: Record<string, Value> = { [IDS]: int64(ids, [1, ids.length]) };
    const names = this.session.inputNames;
    if (names.includes(MASK)) feeds[MASK] = int64(new Array<number>(total).fill(1), [1, total]);
    if (names.includes(POSITIONS)) feeds[POSITIONS] = int64(ids.map((_, i) => total - ids.length + i), [1, ids.length]);
    this.cache.forEach((c, i) => (feeds[c.input] = cache[i]!));
    return feeds;
  }
}

// `past_key_values.0.key` goes with `present.0.key`: the n-th cache input with the n-th output that is not logits.
function pairCache(session: InferenceSession): { input: string; output: string; empty: Tensor }[] {
  const inputs = session.inputMetadata.filter((m) => ![IDS, MASK, POSITIONS].includes(m.name));
  const outputs = session.outputNames.filter((name) => name !== LOGITS);
  if (!session.inputNames.includes(IDS) || !session.outputNames.includes(LOGITS) || inputs.length !== outputs.length) {
    fail('E_INPUT', 'the model does not look like a language model with a cache', {
      expected: `an input ${IDS}, an output ${LOGITS}, and an output for each cache input`,
      found: `inputs ${session.inputNames.join(', ')}; outputs ${session.outputNames.join(', ')}`,
    });
  }
  return inputs.map((m, i) => {
    if (!m.isTensor || m.valueType?.kind !== 'tensor') return fail('E_INPUT', `the cache input ${m.name} is not a tensor`);
    // An empty cache: one sequence (the first axis) of no tokens (the other free axis).
    const dims = m.shape.map((d, axis) => (typeof d === 'number' ? d : axis === 0 ? 1 : 0));
    const { dtype } = m.valueType;
    const array = dtypeInfo(dtype).array!;
    return { input: m.name, output: outputs[i]!, empty: new Tensor(dtype, new array(storageLength(dtype, sizeOf(dims))), dims) };
  });
}

/** The logits of the last token: [1, seq, vocab] -> vocab numbers. */
function lastRow(logits: Tensor): ArrayLike<number> {
  return unpack(logits).subarray(logits.size - logits.dims.at(-1)!);
}

/** What the configuration says, else the usual names. */
function endTokensOf({ config }: TokenizerFiles, tokenizer: Tokenizer): ReadonlySet<number> {
  const ids = config?.['eos_token_id'];
  if (ids !== undefined && ids !== null) return new Set([ids].flat() as number[]);
  const usual = ['</s>', '<|endoftext|>', '<|im_end|>', '<|eot_id|>', '<end_of_turn>'];
  return new Set(usual.map((t) => tokenizer.token_to_id(t)).filter((id) => id !== undefined));
}
