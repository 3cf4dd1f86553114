/** The pack on our providers: at every level, exactly as recorded. */
import { describe, expect, it } from 'vitest';
import { findCases } from '../../conformance/case.ts';
import { factsOf } from '../../conformance/facts.ts';
import { runCases } from '../../conformance/runner.ts';
import { OPS } from '../../src/ops/registry.ts';

const cases = findCases(['conformance/pack']);

/** Operators of com.microsoft without quantized inputs. */
const NOT_QUANTIZED = /^(Attention|BiasGelu|EmbedLayerNormalization|ExpandDims|FastGelu|Fused\w+|Gelu|MoE|MultiHeadAttention|NhwcFusedConv|QuickGelu|RotaryEmbedding|Skip\w+|TransposeMatMul|Trilu)$/;
/** onnxruntime's CPU has no kernel for these. */
const NO_ORACLE = ['MatMulNBitsMlp', 'MatMulNBitsQkv', 'MulInteger', 'QLinearReduceMean', 'ReduceSumInteger'];
describe('the pack', () => {
  it('covers every quantized operator', () => {
    const covered = new Set(cases.map((c) => factsOf(c).operator));
    const quantized = [...OPS.values()].filter((op) => op.domain === 'com.microsoft' && !NOT_QUANTIZED.test(op.type) && !NO_ORACLE.includes(op.type)).map((op) => `com.microsoft.${op.type}`);
    const standard = ['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'QLinearConv', 'QLinearMatMul', 'MatMulInteger', 'ConvInteger'];
    expect([...quantized, ...standard].filter((op) => !covered.has(op))).toEqual([]);
  });

  it.each([[['cpu'], 'disabled'], [['cpu'], 'all'], [['wasm', 'cpu'], 'all']] as const)('passes on %s at level %s', async (providers, level) => {
    const results = await runCases(cases, { providers, level });
    expect(results.filter((r) => r.status !== 'passed').map((r) => `${r.name}: ${r.failure?.message}`)).toEqual([]);
    expect(results.length).toBeGreaterThan(400);
  });
});
