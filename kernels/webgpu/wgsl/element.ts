/**
 * How elements lie in storage, which is the host's layout: 32-bit types are words of their own; narrower ones are packed little-endian
 * into u32 words, float16 in pairs, bytes in fours, four-bit types in eights; 64-bit integers are two words, the low one first. What is
 * narrower than a word is written a whole word by one invocation.
 */
import { dtypeInfo, type DType } from '../../../src/tensor/index.ts';

/** The WGSL type kernels compute an element in. */
export type Scalar = 'f32' | 'i32' | 'u32';

export interface Element {
  readonly dtype: DType;
  readonly scalar: Scalar;
  readonly bits: number;
  /** Elements in a 32-bit word. */
  readonly lanes: number;
  /** WGSL type of the storage. */
  readonly storage: string;
}

/** Types that kernels compute with; 64-bit integers are only moved, or read as 32-bit ones. */
const SCALARS: Partial<Readonly<Record<DType, Scalar>>> = {
  float32: 'f32', float16: 'f32', int32: 'i32', int16: 'i32', int8: 'i32', int4: 'i32', uint32: 'u32', uint16: 'u32', uint8: 'u32', uint4: 'u32', bool: 'u32',
};

export const FLOATS: readonly DType[] = ['float32', 'float16'];
export const INTEGERS: readonly DType[] = ['int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8'];

/** What shaders see of a type. */
export function elementOf(dtype: DType): Element {
  const scalar = SCALARS[dtype];
  if (scalar === undefined) throw new Error(`shaders do not compute with ${dtype}`);
  const { bits } = dtypeInfo(dtype);
  return { dtype, scalar, bits, lanes: 32 / bits, storage: `array<${bits === 32 ? scalar : 'u32'}>` };
}

/** The unsigned type of the same width, for kernels that move elements without looking at them. */
export function bitsOf(dtype: DType): DType | undefined {
  return ({ 32: 'uint32', 16: 'uint16', 8: 'uint8', 4: 'uint4' } as const)[dtypeInfo(dtype).bits];
}

/** `fn x_at(i: u32) -> f32`: element `i` of the storage `x`. */
export function loader(name: string, dtype: DType): string {
  const { scalar, bits } = elementOf(dtype);
  if (bits === 32) return `fn ${name}_at(i: u32) -> ${scalar} { return ${name}[i]; }`;
  const shift = { 16: 1, 8: 2, 4: 3 }[bits]!;
  const raw = (type: string): string => `extractBits(${type}(${name}[i >> ${shift}u]), (i & ${32 / bits - 1}u) * ${bits}u, ${bits}u)`;
  const value = scalar === 'f32' ? `half_to_float(${raw('u32')})` : scalar === 'i32' ? raw('bitcast<i32>') : raw('u32');
  return `fn ${name}_at(i: u32) -> ${scalar} { return ${value}; }`;
}

/** WGSL for the bits of a value, in the low end of a word: `y_bits(v)`. */
export function encoder(name: string, dtype: DType): string {
  const { scalar, bits } = elementOf(dtype);
  const mask = bits === 32 ? '' : ` & ${2 ** bits - 1}u`;
  const value = dtype === 'float16' ? 'float_to_half(v)' : scalar === 'u32' ? `v${mask}` : `bitcast<u32>(v)${mask}`;
  return `fn ${name}_bits(v: ${scalar}) -> u32 { return ${value}; }`;
}
