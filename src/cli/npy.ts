/**
 * NumPy's .npy and .npz files, for the element types NumPy has.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { unzipSync, zipSync } from 'fflate';
import { fail } from '../errors.ts';
import { dtypeInfo, sizeOf, storageLength, Tensor, type DType, type TypedArray } from '../tensor/index.ts';

const DESCRIPTIONS: Readonly<Partial<Record<DType, string>>> = {
  bool: '|b1', int8: '|i1', uint8: '|u1', int16: '<i2', uint16: '<u2', int32: '<i4', uint32: '<u4', int64: '<i8', uint64: '<u8',
  float16: '<f2', float32: '<f4', float64: '<f8', complex64: '<c8', complex128: '<c16',
};

const MAGIC = '\x93NUMPY';
const UTF32_UNIT = 4;

/** True when NumPy has an element type for it. */
export function isNpyType(dtype: DType): boolean {
  return dtype === 'string' || DESCRIPTIONS[dtype] !== undefined;
}

export function encodeNpy(tensor: Tensor): Uint8Array {
  const { descr, data } = tensor.type === 'string' ? encodeStrings(tensor.data as string[]) : {
    descr: DESCRIPTIONS[tensor.type] ?? fail('E_TYPE', `NumPy has no ${tensor.type}`, { hint: 'use .pb' }),
    data: bytesOf(tensor.data as TypedArray),
  };
  const shape = tensor.dims.length === 1 ? `${tensor.dims[0]},` : tensor.dims.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const prefix = MAGIC.length + 4;
  const header = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const out = new Uint8Array(prefix + header.length + data.length);
  out.set(Uint8Array.from(MAGIC, (c) => c.charCodeAt(0)));
  out.set([1, 0, header.length & 255, header.length >> 8], MAGIC.length);
  out.set(new TextEncoder().encode(header), prefix);
  out.set(data, prefix + header.length);
  return out;
}

/** Throws `E_PARSE` for anything but a .npy file of a plain element type. */
export function decodeNpy(bytes: Uint8Array): Tensor {
  const { descr, fortran, dims, data } = readHeader(bytes);
  const size = sizeOf(dims);
  const text = /^[<|]U(\d+)$/.exec(descr);
  if (text !== null) return transposed(new Tensor('string', decodeStrings(data, Number(text[1]), size), fortran ? dims.toReversed() : dims), fortran);
  const dtype = (Object.keys(DESCRIPTIONS) as DType[]).find((t) => DESCRIPTIONS[t]!.slice(1) === descr.slice(1) && (descr[0] !== '>' || descr.endsWith('1')));
  if (dtype === undefined) return fail('E_TYPE', 'a .npy file of an element type that ONNX lacks, or of big-endian numbers', { found: descr });
  const array = dtypeInfo(dtype).array!;
  const length = storageLength(dtype, size);
  if (data.length < length * array.BYTES_PER_ELEMENT) {
    fail('E_PARSE', 'a .npy file is too short', { expected: `${length * array.BYTES_PER_ELEMENT} bytes of data`, found: String(data.length) });
  }
  const own = new Uint8Array(data.subarray(0, length * array.BYTES_PER_ELEMENT)); // aligned, and no view of a pooled Buffer
  return transposed(new Tensor(dtype, new array(own.buffer), fortran ? dims.toReversed() : dims), fortran);
}

/** The arrays of a .npz file, by name. */
export function decodeNpz(bytes: Uint8Array): Map<string, Tensor> {
  try {
    return new Map(Object.entries(unzipSync(bytes)).map(([name, file]) => [name.replace(/\.npy$/, ''), decodeNpy(file)]));
  } catch (cause) {
    return fail('E_PARSE', 'not a .npz file', { cause, found: (cause as Error).message });
  }
}

export function encodeNpz(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  return zipSync(Object.fromEntries([...tensors].map(([name, t]) => [`${name}.npy`, encodeNpy(t)])));
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

function readHeader(bytes: Uint8Array): Header {
  const bad = (found: string): never => fail('E_PARSE', 'not a .npy file', { found });
  if (MAGIC !== String.fromCharCode(...bytes.subarray(0, MAGIC.length))) bad('another signature');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = bytes[6]! >= 2; // from version 2 on, the header's length has four bytes
  const start = wide ? 12 : 10;
  if (bytes.length < start) bad('a truncated header');
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  const descr = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || shape === undefined || end > bytes.length) return bad(text.slice(0, 80));
  const dims = shape.split(',').map((d) => d.trim()).filter(Boolean).map(Number);
  return { descr, fortran: /'fortran_order':\s*True/.test(text), dims, data: bytes.subarray(end) };
}

// Column-major data is row-major data of the reversed dimensions: t holds those.
function transposed(t: Tensor, fortran: boolean): Tensor {
  if (!fortran || t.dims.length < 2) return t;
  const dims = t.dims.toReversed(); // of the result, row-major
  const per = dtypeInfo(t.type).perElement;
  const out = (t.type === 'string' ? new Array<string>(t.size) : new (dtypeInfo(t.type).array!)(t.size * per)) as unknown[];
  const strides = t.dims.map((_, i) => sizeOf(dims.slice(0, i))); // of each result axis, in the source
  const index = new Array<number>(dims.length).fill(0);
  for (let i = 0; i < t.size; i++) {
    const from = index.reduce((sum, x, axis) => sum + x * strides[axis]!, 0);
    for (let k = 0; k < per; k++) out[i * per + k] = t.data[from * per + k];
    for (let axis = dims.length - 1; axis >= 0 && ++index[axis]! === dims[axis]; axis--) index[axis] = 0;
  }
  return new Tensor(t.type, out as unknown as TypedArray, dims);
}

const bytesOf = (array: TypedArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** NumPy's str_: UTF-32 units, padded with zeros to the longest. */
function encodeStrings(strings: readonly string[]): { descr: string; data: Uint8Array } {
  const points = strings.map((s) => Array.from(s, (c) => c.codePointAt(0)!));
  const longest = Math.max(1, ...points.map((p) => p.length));
  const units = new Uint32Array(strings.length * longest);
  points.forEach((p, i) => units.set(p, i * longest));
  return { descr: `<U${longest}`, data: bytesOf(units) };
}

function decodeStrings(data: Uint8Array, longest: number, size: number): string[] {
  if (data.length < size * longest * UTF32_UNIT) fail('E_PARSE', 'a .npy file is too short');
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: size }, (_, i) => {
    let text = '';
    for (let k = 0; k < longest; k++) {
      const point = view.getUint32((i * longest + k) * UTF32_UNIT, true);
      if (point !== 0) text += String.fromCodePoint(point);
    }
    return text;
  });
}
