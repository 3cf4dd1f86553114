/** WGSL that reads and writes four elements of a row of floats at once, stored as float32, or as float16 two in a word. */
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { convert } from '../shape/cast.ts';
import { halfEncoder } from './library.ts';

export type FloatType = 'float32' | 'float16';

/** The WGSL type of a binding, and functions to reach its elements. */
export interface Access {
  readonly type: string;
  readonly code: string;
}

/** `load_NAME(i) -> f32`: element i of a tensor. */
export function scalarLoads(name: string, dtype: FloatType): Access {
  return dtype === 'float32'
    ? { type: 'array<f32>', code: `fn load_${name}(i: u32) -> f32 { return ${name}[i]; }` }
    : { type: 'array<u32>', code: `fn load_${name}(i: u32) -> f32 { return unpack2x16float(${name}[i >> 1u])[i & 1u]; }` };
}

/**
 * `load_NAME(m, k) -> vec4<f32>`: elements k to k + 3 of row m of a [rows, length] tensor, k a multiple of 4; those past the end of the
 * row are 0 where `padded` says that they are asked for.
 */
export function rowLoads(name: string, dtype: FloatType, length: number, padded: boolean): Access {
  const signature = `fn load_${name}(m: u32, k: u32) -> vec4<f32>`;
  if (length % 4 === 0) {
    const guard = padded ? `if (k >= ${length}u) { return vec4<f32>(); }` : '';
    const index = `m * ${length / 4}u + (k >> 2u)`;
    return dtype === 'float32'
      ? { type: 'array<vec4<f32>>', code: `${signature} { ${guard} return ${name}[${index}]; }` }
      : { type: 'array<vec2<u32>>', code: `${signature} { ${guard} let w = ${name}[${index}]; return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y)); }` };
  }
  const at = 'm * ' + length + 'u + k + i';
  return {
    type: dtype === 'float32' ? 'array<f32>' : 'array<u32>',
    code: `${signature} {
  var v = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    if (k + i < ${length}u) { v[i] = ${dtype === 'float32' ? `${name}[${at}]` : `unpack2x16float(${name}[(${at}) >> 1u])[(${at}) & 1u]`}; }
  }
  return v;
}`,
  };
}

/**
 * `store_NAME(m, n, v)`: elements n to n + 3 of row m of a [rows, length] tensor, n a multiple of 4; those past the end of the row are
 * dropped. float16 needs a length that is a multiple of 4: see `stored`.
 */
export function rowStores(name: string, dtype: FloatType, length: number): Access {
  const signature = `fn store_${name}(m: u32, n: u32, v: vec4<f32>)`;
  if (length % 4 === 0) {
    const index = `m * ${length / 4}u + (n >> 2u)`;
    return dtype === 'float32'
      ? { type: 'array<vec4<f32>>', code: `${signature} { ${name}[${index}] = v; }` }
      : { type: 'array<vec2<u32>>', code: `${halfEncoder(`${name}_half`)}
${signature} {
  ${name}[${index}] = vec2<u32>(${name}_half(v.x) | (${name}_half(v.y) << 16u), ${name}_half(v.z) | (${name}_half(v.w) << 16u));
}` };
  }
  return {
    type: 'array<f32>',
    code: `${signature} { for (var i = 0u; i < 4u; i++) { if (n + i < ${length}u) { ${name}[m * ${length}u + n + i] = v[i]; } } }`,
  };
}

/** What a kernel writes for rows of such a length, before float16 is made of it. */
export const stored = (dtype: FloatType, length: number): FloatType => (length % 4 === 0 ? dtype : 'float32');

/**
 * Runs `compute`, which writes elements of type `written`, into `y`, or into float32 that is then narrowed to the type of y.
 */
export function storeWith(gpu: WebgpuSession, y: Tensor, written: DType, compute: (out: Tensor) => void): void {
  if (written === y.type) {
    compute(y);
    return;
  }
  const wide = gpu.scratch(written, y.dims);
  compute(wide);
  convert(gpu, wide, y);
  wide.dispose();
}
