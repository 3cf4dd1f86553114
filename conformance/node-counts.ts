/**
 * Nodes left after optimizing, beside onnxruntime's: `npm run node-counts -- DIR...` writes docs/node-counts.md from every
 * DIR/NAME/model.onnx, and from the networks of `networks/`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { saveModel } from '../src/model/index.ts';
import { COUNTED_LEVELS, ours, theirs, total } from './count-nodes.ts';
import { NETWORKS } from './networks/index.ts';

const HEAD = `# Nodes left at each level

Nodes of the main graph after optimization for the cpu provider, beside those of onnxruntime ${ort.env.versions.node ?? ''} for its CPU
provider (the graph it saves as \`optimizedModelFilePath\`). The last column lists the operators whose numbers differ, ours first.
The digits and the language models are those of \`models/\` and their variants; the others are
written by \`conformance/networks\` the way exporters write them. Written by \`npm run node-counts\`.

| model | level | ours | onnxruntime | operators that differ |
|---|---|---:|---:|---|
`;

/** Where a difference comes from, by the operator it shows in. */
const REASONS: Readonly<Record<string, string>> = {
  QuantizeLinear: 'onnxruntime quantizes the input of a flattening once more behind it, to make a QDQ unit of it; here the pair moves through.',
  Transpose: 'onnxruntime runs integer convolutions channels-last and turns the ends; its kernels like that order better, ours do not need it.',
  ReorderOutput: "onnxruntime computes float convolutions in blocks of channels (NCHWc) and reorders the result; there is no such layout here.",
  FusedConv: 'the same convolutions: in the blocked layout onnxruntime calls them Conv, with the activation as attribute.',
  Split: 'slices side by side become one Split, and products merged at level all end in one.',
  Sigmoid: 'onnxruntime leaves x sigmoid(x) of float16 as two nodes.',
  GroupQueryAttention: 'plain attention with rotary positions and a cache becomes one node a layer here, with the shape arithmetic, masks and repeated heads around it.',
  Cast: 'onnxruntime puts Casts to float32 and back around float16 operators that it has no kernel for.',
  SkipSimplifiedLayerNormalization: 'onnxruntime leaves the residual sums of these layers outside the normalization; a sum read elsewhere too is the fourth output here.',
  MultiHeadAttention: 'onnxruntime leaves the form of attention that torch writes as it is; here it is one node.',
  EmbedLayerNormalization: 'onnxruntime leaves these lookups and sums as they are; here they and the normalization are one node.',
  SkipLayerNormalization: 'residual sums are inside the normalization here: that both addends have one shape follows from the embeddings.',
  MatMulIntegerToFloat: 'onnxruntime leaves products that share a quantized activation as MatMulInteger, Cast and Mul.',
  SpaceToDepth: 'the cuts of a focus are one node here also where torch slices rows and columns in two steps.',
  QGemm: 'onnxruntime leaves this Gemm in float, between DequantizeLinear and QuantizeLinear.',
  Upsample: 'an older name that onnxruntime gives Resize in its blocked layout.',
  DequantizeLinear: 'onnxruntime gives every reader a DequantizeLinear of its own, to find QDQ units; here readers share one.',
};

const modelsIn = (root: string): [name: string, bytes: Uint8Array][] =>
  readdirSync(root).sort().map((name): [string, string] => [name, join(root, name, 'model.onnx')]).filter(([, path]) => existsSync(path))
    .map(([name, path]) => [name, readFileSync(path)]);

const rows: string[] = [];
const differing = new Set<string>();
let worse = 0;
const generated = NETWORKS.map((make) => make()).map(({ name, model }): [string, Uint8Array] => [name, saveModel(model)]);
for (const [name, bytes] of [...process.argv.slice(2).flatMap(modelsIn), ...generated]) {
  for (const level of COUNTED_LEVELS) {
    const [a, b] = [await ours(bytes, level), await theirs(bytes, level)];
    const types = [...new Set([...a.keys(), ...b.keys()])].filter((t) => a.get(t) !== b.get(t)).sort();
    types.forEach((t) => differing.add(t));
    if (total(a) > total(b)) worse++;
    rows.push(`| ${name} | ${level} | ${total(a)} | ${total(b)} | ${types.map((t) => `${t} ${a.get(t) ?? 0} : ${b.get(t) ?? 0}`).join(', ')} |`);
  }
}
const reasons = Object.entries(REASONS).filter(([type]) => differing.has(type)).map(([type, reason]) => `- ${type}: ${reason}`);
writeFileSync('docs/node-counts.md', `${HEAD}${rows.join('\n')}\n\n${worse} of ${rows.length} graphs have more nodes than onnxruntime's. Why they differ:\n\n${reasons.join('\n')}\n`);
