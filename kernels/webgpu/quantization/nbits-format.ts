/** How the WebGPU kernels hold block-quantized weights, and the WGSL that the products of MatMulNBits share. */
import { rowLoads, rowStores, scalarLoads, type FloatType } from '../wgsl/rows.ts';

/**
 * A product with weights [N, K] of 2, 4 or 8 bits. On the device the weights are [words of a column, paddedN] words, so that threads side by
 * side read columns side by side; scales and zero points are [blocks, paddedN] floats; paddedN is N up to a multiple of 4, with scales of 0.
 */
export interface NBitsFormat {
  readonly K: number;
  readonly N: number;
  readonly paddedN: number;
  readonly bits: number;
  readonly blockSize: number;
  readonly blocks: number;
  /** 4: products of integers, of A quantized in the blocks of the weights; 0: float32. */
  readonly level: 0 | 4;
  readonly hasZeros: boolean;
  /** Zero points are whole numbers, as packed ones are. */
  readonly wholeZeros: boolean;
  readonly a: FloatType;
  /** What the products store: see `stored`. */
  readonly y: FloatType;
  readonly bias: FloatType | undefined;
}

export function nbitsFormat(f: Omit<NBitsFormat, 'paddedN' | 'blocks'>): NBitsFormat {
  return { ...f, paddedN: Math.ceil(f.N / 4) * 4, blocks: Math.ceil(f.K / f.blockSize) };
}

/** Words of a column. */
export const wordsOf = (f: NBitsFormat): number => (f.blocks * f.blockSize * f.bits) / 32;

/** The step of the integer product along K: a block, or 32 of its codes, whose sums of A it needs to take zero points off. */
export const chunkOf = (f: NBitsFormat): number => Math.min(f.blockSize, 32);

/** Codes of a word lie in planes: plane p holds codes p, p + planes, p + 2 planes and p + 3 planes, each in its byte. */
export const planesOf = (bits: number): number => 8 / bits;

/** Plane `p` of word `q`, four codes in the bytes of a word; as int8, 8-bit codes less 128. */
export function planeOf(bits: number, q: string, p: number, signed = false): string {
  if (bits === 8) return signed ? `(${q} ^ 0x80808080u)` : q;
  const mask = bits === 4 ? '0x0f0f0f0fu' : '0x03030303u';
  return p === 0 ? `(${q} & ${mask})` : `((${q} >> ${bits * p}u) & ${mask})`;
}

/** What the integer product has taken off codes, and so takes off zero points too. */
export const zeroShift = (f: NBitsFormat): number => (f.level === 4 && f.bits === 8 ? 128 : 0);

/** The zero point of all blocks where none are given, after the shift. */
export const defaultZero = (f: NBitsFormat): number => 2 ** (f.bits - 1) - zeroShift(f);

/** The zero points of block `b` of columns `n`, or the one of all. */
export function zeroAt(f: NBitsFormat, index: string, vector: boolean): string {
  const shift = zeroShift(f) === 0 ? '' : ` - ${zeroShift(f)}.0`;
  if (f.hasZeros) return `(zeros[${index}]${shift})`;
  return vector ? `vec4<f32>(${defaultZero(f)}.0)` : `${defaultZero(f)}.0`;
}

/** True where the zero points change integer sums at all. */
export const hasCorrection = (f: NBitsFormat): boolean => f.hasZeros || defaultZero(f) !== 0;

/**
 * What the products read: a (floats [M, K], or codes at level 4), weights, scales, then those that are there: zeros, row scales and row
 * sums (level 4), bias. They write y by `finish(m, n, v)`, which adds the bias.
 */
export function operands(f: NBitsFormat, vectors: boolean): { reads: Record<string, string>; writes: Record<string, string>; code: string } {
  const array = (type: string) => (vectors ? `array<vec4<${type}>>` : `array<${type}>`);
  const a = f.level === 4 ? { type: 'array<u32>', code: '' } : rowLoads('a', f.a, f.K, f.K % f.blockSize !== 0);
  const y = rowStores('y', f.y, f.N);
  const bias = f.bias === undefined ? undefined : scalarLoads('bias', f.bias);
  const biased = f.bias === undefined ? 'v' : `v + vec4<f32>(${[0, 1, 2, 3].map((i) => `load_bias(min(n + ${i}u, ${f.N - 1}u))`).join(', ')})`;
  return {
    reads: {
      a: a.type, weights: array('u32'), scales: array('f32'), ...(f.hasZeros && { zeros: array('f32') }),
      ...(f.level === 4 && { rowScales: 'array<f32>', rowSums: 'array<i32>' }), ...(bias && { bias: bias.type }),
    },
    writes: { y: y.type },
    code: `${a.code}\n${y.code}\n${bias?.code ?? ''}\nfn finish(m: u32, n: u32, v: vec4<f32>) { store_y(m, n, ${biased}); }`,
  };
}
