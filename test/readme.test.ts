/** The examples of the README run as they stand. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';

const README = readFileSync('README.md', 'utf8');
const FOLDER = '.tmp/readme';

/** The fenced block that follows `<!-- example: name -->`. */
function example(name: string): string {
  const block = README.split(`<!-- example: ${name} -->`)[1]?.match(/```ts\n([\s\S]*?)```/)?.[1];
  if (block === undefined) throw new Error(`README has no example ${name}`);
  return block;
}

function run(name: string, source: string): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/${name}.mjs`;
  writeFileSync(file, source);
  return execFileSync(process.execPath, [file], { encoding: 'utf8' });
}

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('ten lines of library', () => {
  const output = run('library', `${example('library')}\nconsole.log(inside['/2/Relu_output_0'].dims.length);\n`);
  expect(output.split('\n')[0]).toBe('0');
  expect(output).toContain('QLinearConv on');
  expect(output.trim().endsWith('4')).toBe(true);
});

test('the accuracy level is asked for, never assumed', () => {
  const [line] = example('accuracy-level').trim().split('\n');
  const output = run('accuracy-level', `
    import { InferenceSession } from 'nibble-onnx';
    const model = 'models/tiny-llm/genai_qdq_int4_b32_sym/model.onnx';
    const session = ${line}
    const plain = await InferenceSession.create(model);
    const levels = (s) => [...new Set(s.model.graph.nodes.filter((n) => n.opType === 'MatMulNBits').map((n) => n.int('accuracy_level', 0)))];
    console.log(JSON.stringify([levels(session), levels(plain)]));
  `);
  expect(JSON.parse(output)).toEqual([[4], [0]]);
});

test('a pass of the reader', () => {
  const source = example('pass');
  const said = source.trim().split('\n').at(-1)!.split('// ')[1]!;
  expect(said).toContain('applied');
  const compared = `
    const plain = await InferenceSession.create('models/digits/fp32/model.onnx', { disabledPasses: ['pooled-mean'], passes: [pooledMean] });
    const { Tensor } = await import('nibble-onnx');
    const image = new Tensor('float32', Array.from({ length: 64 }, (_, i) => i / 64), [1, 1, 8, 8]);
    const [a, b] = [(await session.run({ image })).logits.data, (await plain.run({ image })).logits.data];
    console.log(a.every((x, i) => Math.abs(x - b[i]) < 1e-4), plain.explain().passes.some((e) => e.pass === 'pooled-mean'));`;
  expect(run('pass', source + compared).trimEnd().split('\n').map((l) => l.trimEnd())).toEqual([said, 'true false']);
});
