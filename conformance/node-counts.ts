/**
 * Nodes left after optimizing, beside onnxruntime's: `npm run node-counts -- DIR...` writes docs/node-counts.md from every
 * DIR/NAME/model.onnx. onnxruntime's graphs are what it saves as `optimizedModelFilePath`, for its CPU provider.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { onnx } from '../proto/onnx.js';
import { InferenceSession } from '../src/main.ts';

const LEVELS = ['basic', 'extended', 'all'] as const;
type Level = (typeof LEVELS)[number];
type Counts = ReadonlyMap<string, number>;

const HEAD = `# Nodes left at each level

Nodes of the main graph after optimization for the cpu provider, beside those of onnxruntime ${ort.env.versions.node ?? ''} for its CPU
provider (the graph it saves as \`optimizedModelFilePath\`). The last column lists the operators whose numbers differ, ours first.
Written by \`npm run node-counts\`.

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
  DequantizeLinear: 'onnxruntime gives every reader a DequantizeLinear of its own, to find QDQ units; here readers share one.',
};

const modelsIn = (root: string): [name: string, path: string][] =>
  readdirSync(root).sort().map((name): [string, string] => [name, join(root, name, 'model.onnx')]).filter(([, path]) => existsSync(path));

const count = (types: Iterable<string>): Counts => {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
};

async function ours(path: string, level: Level): Promise<Counts> {
  const session = await InferenceSession.create(readFileSync(path), { graphOptimizationLevel: level, executionProviders: ['cpu'] });
  const counts = count(session.model.graph.nodes.map((n) => n.opType));
  await session.release();
  return counts;
}

async function theirs(path: string, level: Level, scratch: string): Promise<Counts> {
  const file = join(scratch, 'optimized.onnx');
  const session = await ort.InferenceSession.create(path, { graphOptimizationLevel: level, optimizedModelFilePath: file, logSeverityLevel: 3 });
  await session.release();
  return count(onnx.ModelProto.decode(readFileSync(file)).graph!.node!.map((n) => n.opType!));
}

const total = (counts: Counts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

const scratch = mkdtempSync(join(tmpdir(), 'nibble-counts-'));
const rows: string[] = [];
const differing = new Set<string>();
let worse = 0;
for (const root of process.argv.slice(2)) {
  for (const [name, path] of modelsIn(root)) {
    for (const level of LEVELS) {
      const [a, b] = [await ours(path, level), await theirs(path, level, scratch)];
      const types = [...new Set([...a.keys(), ...b.keys()])].filter((t) => a.get(t) !== b.get(t)).sort();
      types.forEach((t) => differing.add(t));
      if (total(a) > total(b)) worse++;
      rows.push(`| ${name} | ${level} | ${total(a)} | ${total(b)} | ${types.map((t) => `${t} ${a.get(t) ?? 0} : ${b.get(t) ?? 0}`).join(', ')} |`);
    }
  }
}
rmSync(scratch, { recursive: true });
if (rows.length === 0) throw new Error('no models: npm run node-counts -- DIR..., where DIR holds folders with a model.onnx');
const reasons = Object.entries(REASONS).filter(([type]) => differing.has(type)).map(([type, reason]) => `- ${type}: ${reason}`);
writeFileSync('docs/node-counts.md', `${HEAD}${rows.join('\n')}\n\n${worse} of ${rows.length} graphs have more nodes than onnxruntime's. Why they differ:\n\n${reasons.join('\n')}\n`);
