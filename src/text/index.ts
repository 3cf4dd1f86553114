/** `nibble-onnx/text`: language models with a tokenizer. Import `nibble-onnx` beside it for its providers. */
export { LanguageModel, type GenerateOptions, type TokenizerFiles } from './language-model.ts';
export { greedy, sampler, type Pick, type SampleOptions } from './sample.ts';
export { TextStream } from './text-stream.ts';
