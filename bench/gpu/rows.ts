/** What is measured on a GPU: the products and language models of the targets, and small odd shapes that are only compared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { f16FromF32 } from '../../src/numeric/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { Tensor } from '../../src/tensor/index.ts';
import type { Row } from '../result.ts';
import { matMul, nbits, qLinearMatMul } from '../rows/kernels.ts';
import type { OutputMemory } from './contenders.ts';
import { variantFolder } from './networks.ts';

export interface GpuRow {
  readonly row: Row;
  /** onnxruntime's median over ours must be at least this. */
  readonly target?: number | undefined;
  /** Largest difference from the reference, relative to the largest magnitude. */
  readonly tolerance: number;
  /** Where results are written. */
  readonly outputs: OutputMemory;
  /** Whether gpu.js runs it too. */
  readonly naive?: boolean;
}

/** The language models, with the type of their cache. */
export const VARIANTS = [['genai_int4_b32_sym', 'float32'], ['genai_int4_b128_sym_fp16', 'float16'], ['genai_qdq_int4_b32_sym', 'float32'], ['plain_int8_dynamic', 'float32']] as const;

/** One run of a variant of the language model: `tokens` new ones after `past` cached ones, with the cache fed and fetched. */
function languageModel(variant: string, tokens: number, past: number, path: string, cache: 'float32' | 'float16'): Row {
  const what = tokens === 1 ? `a token after ${past}` : `a prompt of ${tokens}`;
  return {
    name: `tiny-llm ${variant}, ${what}`, kernel: 'language model', shape: what, types: variant,
    make() {
      const random = mulberry32(5);
      const feeds: Record<string, Tensor> = {
        input_ids: new Tensor('int64', BigInt64Array.from({ length: tokens }, () => BigInt(Math.floor(random() * 2048))), [1, tokens]),
        attention_mask: new Tensor('int64', new BigInt64Array(past + tokens).fill(1n), [1, past + tokens]),
      };
      for (let i = 0; i < 4; i++) {
        for (const part of ['key', 'value']) {
          const values = Float32Array.from({ length: 4 * past * 32 }, () => 2 * random() - 1);
          feeds[`past_key_values.${i}.${part}`] = new Tensor(cache, cache === 'float32' ? values : Uint16Array.from(values, (v) => f16FromF32(v)), [1, 4, past, 32]);
        }
      }
      return { bytes: readFileSync(path), feeds };
    },
  };
}

/** `models`: a folder with the variants of the language model, beside those of the project. */
export function gpuRows(models: string): GpuRow[] {
  const codes = qLinearMatMul(1024, 1024, 1024, 'uint8', 'int8');
  const rows: GpuRow[] = [
    { row: nbits(1, 4096, 4096, 0), target: 2, tolerance: 1e-4, naive: true }, { row: nbits(1, 4096, 4096, 4), target: 2, tolerance: 1e-3 },
    { row: nbits(256, 4096, 4096, 0), target: 1, tolerance: 1e-4 }, { row: nbits(256, 4096, 4096, 4), target: 1, tolerance: 1e-3 },
    { row: matMul(1024, 1024, 1024, true), target: 1.5, tolerance: 1e-4, naive: true }, { row: matMul(1024, 1024, 1024), target: 1.5, tolerance: 1e-4 },
    { row: codes, target: 2, tolerance: 0, naive: true },
  ].map((row) => ({ ...row, outputs: 'own' as const }));
  rows.push({ row: { ...codes, name: `${codes.name}, new memory for results` }, tolerance: 0, outputs: 'new' });
  for (const [variant, cache] of VARIANTS) {
    const folder = variantFolder(models, variant);
    if (folder === undefined) continue;
    // Codes of activations flip where float sums differ: their logits are compared loosely.
    const tolerance = variant === 'plain_int8_dynamic' ? 0.1 : cache === 'float16' ? 0.02 : 1e-3;
    for (const [count, past] of [[1, 128], [128, 0]]) {
      rows.push({ row: languageModel(variant, count, past, join(folder, 'model.onnx'), cache), target: 1.5, tolerance, outputs: 'new', naive: count === 1 });
    }
  }
  return rows;
}

/** Shapes with tails in every direction, compared with the scalar provider. */
export const ODD_ROWS: readonly Pick<GpuRow, 'row' | 'tolerance'>[] = [
  ...[2, 4, 8].flatMap((bits) => [0, 4].flatMap((level) => [1, 3, 7, 70].map((m) => ({ row: nbits(m, 256, 70, level, bits), tolerance: level === 4 ? 1e-4 : 1e-5 })))),
  ...[[1, 33, 7], [5, 64, 130], [130, 47, 66]].flatMap(([m, k, n]) => [
    { row: matMul(m, k, n, true), tolerance: 1e-5 }, { row: qLinearMatMul(m, k, n, 'uint8', 'int8'), tolerance: 0 }, { row: qLinearMatMul(m, k, n, 'int8', 'uint8'), tolerance: 0 },
  ]),
];
