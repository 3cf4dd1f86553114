/** What the project promises: onnxruntime-web's median over ours in the same run, one thread each. */
import { START } from './start.ts';

export interface Target {
  readonly relaxed: number;
  readonly simd128: number;
}

const both = (least: number): Target => ({ relaxed: least, simd128: least });

export const TARGETS: Readonly<Record<string, Target>> = {
  'MatMulNBits 4-bit level 4 1x4096x4096': { relaxed: 60, simd128: 30 },
  'MatMulNBits 4-bit level 0 1x4096x4096': both(12),
  'MatMulNBits 4-bit level 4 128x1024x1024': { relaxed: 4.5, simd128: 2.5 },
  'MatMulNBits 4-bit level 0 128x1024x1024': { relaxed: 1.7, simd128: 1.5 },
  'MatMulNBits 8-bit level 4 1x4096x4096': { relaxed: 25, simd128: 20 },
  'QLinearMatMul uint8 int8 128x1024x1024': both(1.3),
  'QLinearMatMul uint8 int8 1x4096x4096': both(5),
  'QLinearMatMul int8 int8 128x1024x1024': both(15),
  'QLinearConv 3x3 64x56x56 -> 64': both(1.2),
  'QLinearConv 1x1 64x56x56 -> 64': both(1.4),
  'QLinearConv depthwise 3x3 64x56x56 -> 64': both(5),
  'DequantizeLinear int8 -> float32 4194304': both(6),
  'DequantizeLinear int4 -> float16 4194304': both(6),
  'QuantizeLinear 1048576': both(1.5),
  'DynamicQuantizeLinear 1048576': both(1.5),
  'MatMul float32 128x1024x1024': { relaxed: 1.3, simd128: 1.2 },
  'MobileNetV2-like int8': both(2),
  'BERT-like int8': both(1.2),
  'language model int4, a token after 31': { relaxed: 10, simd128: 6 },
  'language model int8, a token after 31': { relaxed: 3, simd128: 2.5 },
  [START]: both(6),
};

/** Rows of the same network: the first must never be slower than the second. */
export const NEVER_SLOWER: readonly (readonly [quantized: string, float: string])[] = [
  ['digits qdq_u8s8', 'digits fp32'],
  ['MobileNetV2-like int8', 'MobileNetV2-like float32'],
  ['BERT-like int8', 'BERT-like float32'],
  ['language model int4, a token after 31', 'language model float32, a token after 31'],
  ['language model int8, a token after 31', 'language model float32, a token after 31'],
  ['language model int4, a prompt of 128', 'language model float32, a prompt of 128'],
  ['language model int8, a prompt of 128', 'language model float32, a prompt of 128'],
];

/** Least percentage of the ceiling of the same run. */
export const OF_CEILING: Readonly<Record<string, number>> = {
  'MatMulNBits 4-bit level 4 1x4096x4096': 50,
  'MatMulNBits 4-bit level 4 128x1024x1024': 50,
  'QLinearMatMul uint8 int8 128x1024x1024': 85,
};

/** Rows that two threads must speed up this much. */
export const TWO_THREADS = {
  least: 1.6,
  rows: ['MatMulNBits 4-bit level 4 128x1024x1024', 'QLinearMatMul uint8 int8 128x1024x1024', 'MatMulInteger uint8 int8 128x1024x1024', 'MatMul float32 128x1024x1024'],
} as const;

/** Most bytes of all WebAssembly modules together. */
export const MOST_WASM = 200_000;
