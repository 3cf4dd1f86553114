// Greedy tokens of a language model, for test/browser/text.test.ts.

const json = async (url) => (await fetch(url)).json();

/** Tokens that continue each prompt. `entries` are bundles: the library's, then those of further providers. */
export async function tokens(entries, folder, variant, executionProviders, prompts, maxTokens) {
  await Promise.all(entries.map((entry) => import(entry)));
  const { greedy, LanguageModel } = await import('/dist/text.js');
  const [tokenizer, config] = await Promise.all([json(`${folder}/tokenizer.json`), json(`${folder}/config.json`)]);
  const model = await LanguageModel.create(`${folder}/${variant}/model.onnx`, { tokenizer, config }, { executionProviders });
  const { nodes, unavailable } = model.session.explain();
  const written = [];
  for (const prompt of prompts) {
    written.push([]);
    for await (const token of model.generate(prompt, { maxTokens, pick: greedy, stopAtEnd: false })) written.at(-1).push(token);
  }
  await model.session.release();
  return { written, unavailable, placed: Object.fromEntries(nodes.map((n) => [n.provider, nodes.filter((m) => m.provider === n.provider).length])) };
}
