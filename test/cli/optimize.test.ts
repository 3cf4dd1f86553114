import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeTensor, loadModel } from '../../src/model/index.ts';
import { model, nibble, temporary } from './command.ts';

const dir = temporary();

async function onnxruntime(path: string, feeds: Record<string, ort.Tensor>): Promise<ort.InferenceSession.ReturnType> {
  const session = await ort.InferenceSession.create(path, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 3 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

describe('nibble optimize', () => {
  const digits = model('digits/qdq_u8s8/model.onnx');

  it.each(['basic', 'extended', 'all'])('writes models that onnxruntime runs to the same result (level %s)', async (level) => {
    const file = join(dir, `${level}.onnx`);
    const { code, out } = await nibble('optimize', digits, '-o', file, '--ep', 'cpu', '--level', level);
    expect(code).toBe(0);
    expect(out).toMatch(/35 -> \d+ nodes/);
    const image = decodeTensor(readFileSync(model('digits/qdq_u8s8/test_data_set_0/input_0.pb'))).tensor;
    const feeds = { image: new ort.Tensor('float32', image.data as Float32Array, image.dims) };
    const [before, after] = [await onnxruntime(digits, feeds), await onnxruntime(file, feeds)];
    expect(after['logits']!.data).toEqual(before['logits']!.data);
  });

  it('logs patches and refusals, and leaves out passes by name', async () => {
    const file = join(dir, 'log.onnx');
    const all = await nibble('optimize', digits, '-o', file, '--ep', 'cpu', '--log');
    const applied = all.out.match(/^#1 (\S+) \((basic|extended|all), round 1, /m);
    expect(applied).not.toBeNull();
    const without = await nibble('optimize', digits, '-o', file, '--ep', 'cpu', '--log', '--disable', applied![1]!);
    expect(without.code).toBe(0);
    expect(without.out).not.toMatch(new RegExp(`^#\\d+ ${applied![1]!} `, 'm'));
    const none = await nibble('optimize', digits, '-o', file, '--ep', 'cpu', '--stop-after', '0');
    expect(none.out).toContain('35 -> 35 nodes');
  });

  it('writes portable models, with the passes in their metadata', async () => {
    const file = join(dir, 'portable.onnx');
    const { code, out } = await nibble('optimize', digits, '-o', file, '--ep', 'cpu', '--portable');
    expect(code).toBe(0);
    expect(out).not.toContain('stays:');
    const written = loadModel(readFileSync(file));
    expect([...written.opsets.keys()]).toEqual(['']);
    expect(written.metadata.get('nibble.passes')).toContain('qdq-conv');
    expect(written.metadata.get('nibble.lowered')).toContain('lower-qgemm');
    const image = decodeTensor(readFileSync(model('digits/qdq_u8s8/test_data_set_0/input_0.pb'))).tensor;
    const feeds = { image: new ort.Tensor('float32', image.data as Float32Array, image.dims) };
    expect((await onnxruntime(file, feeds))['logits']!.data).toEqual((await onnxruntime(digits, feeds))['logits']!.data);
  });

  it('says what has no portable form', async () => {
    const file = join(dir, 'llm.onnx');
    const { out } = await nibble('optimize', model('tiny-llm/genai_qdq_int4_b32_sym/model.onnx'), '-o', file, '--portable');
    expect(out.match(/^stays: .*$/gm)).toEqual([expect.stringMatching(/^stays: com\.microsoft\.GroupQueryAttention \(4 nodes\)/)]);
  });
});
