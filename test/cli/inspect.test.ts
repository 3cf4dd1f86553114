import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/cli/inspection.ts';
import { model, nibble } from './command.ts';

const inspect = async (path: string, ...args: string[]): Promise<Inspection> =>
  JSON.parse((await nibble('inspect', model(path), '--ep', 'cpu', '--json', ...args)).out) as Inspection;

const formats = (found: Inspection): string[] => found.quantization.map((q) => `${q.nodes} ${q.format}: ${q.detail}`);

describe('nibble inspect', () => {
  it.each([
    ['digits/fp32', []],
    ['digits/qdq_u8s8', ['8 QDQ: uint8 activations, a scale per tensor', '5 QDQ: int32 bias, a scale per channel', '5 QDQ: int8 weights, a scale per channel']],
    ['digits/qop_u8u8', ['1 QDQ: uint8 activations, a scale per tensor', '4 QOperator: QLinearConv: uint8 x uint8 weights, a scale per tensor', '1 QOperator: QLinearGlobalAveragePool: uint8', '1 QOperator: QGemm: uint8 x uint8, a scale per tensor']],
    ['digits/dynamic', ['4 dynamic: ConvInteger: uint8 x uint8', '1 dynamic: MatMulInteger: uint8 x uint8']],
    ['tiny-llm/genai_int4_b32_sym', ['29 weight-only n-bit: MatMulNBits: 4 bits, blocks of 32, symmetric, accuracy level 0']],
    ['tiny-llm/genai_qdq_int4_b32_sym', ['29 weight-only QDQ: int4 weights, blocks of 32 on axis 0']],
  ])('finds the quantization of %s', async (path, expected) => {
    expect(formats(await inspect(`${path}/model.onnx`)).sort()).toEqual(expected.toSorted());
  });

  it('counts parameters and operators, and plans memory once sizes are known', async () => {
    const open = await inspect('digits/qdq_u8s8/model.onnx');
    expect(open.inputs).toEqual([{ name: 'image', type: 'float32[n, 1, 8, 8]' }]);
    expect(open.noPlan).toBe('say the size of --dim n=N');
    expect(open.parameters.find((p) => p.type === 'int8')).toEqual({ type: 'int8', tensors: 10, elements: 7194, bytes: 7194 });
    expect(open.operators.find((o) => o.operator === 'Conv')).toEqual({ operator: 'Conv', nodes: 4, support: { cpu: { nodes: 4, reasons: [] } } });
    const planned = await inspect('digits/qdq_u8s8/model.onnx', '--dim', 'n=3');
    expect(planned.noPlan).toBeUndefined();
    expect('memory' in planned.session && planned.session.memory[0]!.arenaBytes).toBeGreaterThan(0);
  });

  it('prints within 100 columns', async () => {
    const { code, out } = await nibble('inspect', model('tiny-llm/genai_int4_b32_sym/model.onnx'), '--nodes', '--dim', 'batch=1', '--dim', 'seq=2', '--dim', 'total=2', '--dim', 'past=0');
    expect(code).toBe(0);
    expect(Math.max(...out.split('\n').map((l) => l.length))).toBeLessThanOrEqual(100);
    for (const part of ['Inputs and outputs', 'Quantization', 'Parameters', 'Operators', 'Session at level all', 'share an arena of', 'Nodes as they run']) expect(out).toContain(part);
  });
});
