/** Quantized nodes for tests: codes, parameters, products, convolutions. */
import { f16FromF32, integerRange } from '../../src/numeric/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { dtypeInfo, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';
import { floats, type NodeCase } from './beside-cpu.ts';

export const MS = 'com.microsoft';
export const TAILS = Array.from({ length: 68 }, (_, i) => i);
export const SIGNS: readonly (readonly [DType, DType])[] = [['uint8', 'uint8'], ['uint8', 'int8'], ['int8', 'uint8'], ['int8', 'int8']];

/** Codes over the whole range of a type, its ends among them. */
export function codes(type: DType, dims: readonly number[], seed = 1): Tensor {
  const random = mulberry32(seed);
  if (dtypeInfo(type).bits < 8) {
    const raw = Uint8Array.from({ length: Math.ceil((sizeOf(dims) * dtypeInfo(type).bits) / 8) }, () => 256 * random());
    return new Tensor(type, type === 'int4' ? new Int8Array(raw.buffer) : raw, dims);
  }
  const [lo, hi] = integerRange(type);
  return new Tensor(type, Array.from({ length: sizeOf(dims) }, (_, i) => (i % 7 === 0 ? lo : i % 11 === 0 ? hi : lo + Math.floor(random() * (hi - lo + 1)))), dims);
}

/** Steps between 0.01 and 0.02, or times `factor`. */
export function scales(dims: readonly number[], factor = 1, seed = 2): Tensor {
  const random = mulberry32(seed);
  return new Tensor('float32', Array.from({ length: sizeOf(dims) }, () => (0.01 + 0.01 * random()) * factor), dims);
}

export const matMulInteger = (a: DType, b: DType, m: number, k: number, n: number, constant: boolean, columns: boolean): NodeCase => ({
  op: 'MatMulInteger', inputs: [codes(a, [m, k]), codes(b, [k, n], 2), codes(a, [], 3), codes(b, columns ? [n] : [], 4)], constants: constant ? [1, 3] : [],
});

export const qLinearMatMul = (a: DType, b: DType, m: number, k: number, n: number, constant: boolean, columns: boolean): NodeCase => ({
  op: 'QLinearMatMul', constants: constant ? [3, 4, 5] : [],
  inputs: [codes(a, [m, k]), scales([]), codes(a, [], 3), codes(b, [k, n], 2), scales(columns ? [n] : []), codes(b, columns ? [n] : [], 4), scales([], 20), codes(a, [], 9)],
});

/** A convolution with a bias, weights in steps of their own. */
export function qLinearConv(attrs: NonNullable<NodeCase['attrs']>, x: Tensor, w: Tensor, wZero: Tensor): NodeCase {
  const outputs = w.dims[0], type = x.type as DType;
  return {
    op: 'QLinearConv', attrs, constants: [3, 5, 8],
    inputs: [
      x, scales([]), codes(type, [], 3), w, scales([outputs]), wZero, scales([], 30), codes(type, [], 8),
      new Tensor('int32', Array.from({ length: outputs }, (_, i) => 999 * (i - 4)), [outputs]),
    ],
  };
}

/** A product with weights in blocks; `zeros`: 0 none, 1 packed, 2 float. */
export function matMulNBits(bits: number, block: number, m: number, k: number, n: number, level: number, zeros: number, half: boolean, special?: number): NodeCase {
  const blocks = Math.ceil(k / block);
  const as = (t: Tensor): Tensor => (half ? new Tensor('float16', Array.from(t.data as Float32Array, f16FromF32), t.dims) : t);
  const a = floats([m, k], 2, k + 1);
  if (special !== undefined) (a.data as Float32Array)[k - 1] = special;
  const zero = zeros === 1 ? codes('uint8', [n, Math.ceil((blocks * bits) / 8)], 6) : zeros === 2 ? as(floats([n, blocks], 3)) : undefined;
  return {
    op: 'MatMulNBits', domain: MS, attrs: { K: k, N: n, bits, block_size: block, accuracy_level: level }, constants: [1, 2, 3],
    inputs: [as(a), codes('uint8', [n, blocks, (block * bits) / 8], 5), as(scales([n, blocks])), zero, undefined, n % 3 === 0 ? as(floats([n])) : undefined],
  };
}
