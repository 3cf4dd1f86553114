/** Codecs of the image formats ImageDecoder knows: optional packages, imported when a stream needs them. */
import { fail } from '../../../src/errors.ts';
import { isNode } from '../../../src/host.ts';
import { decodeBmp } from './bmp.ts';
import { decodePnm } from './pnm.ts';

/** 8-bit samples, interleaved: 1 or 2 channels are grey (and alpha), 3 or 4 are RGB (and alpha). */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/** What a codec may return: samples of other depths, too. */
interface Samples extends Omit<DecodedImage, 'data'> {
  readonly depth: number;
  readonly data: ArrayLike<number>;
}

/** An Emscripten build of a codec, as the Cornerstone packages export it. */
export interface FrameDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

/** Starts an Emscripten module once, without its messages. */
function once<T>(start: (options: object) => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= start({ print() {}, printErr() {} }));
}
const libjpeg = once(async (options) => (await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decode')).default(options));
const openjpeg = once(async (options) => (await import('@cornerstonejs/codec-openjpeg/decode')).default(options));

/** By the names that image-size gives the formats. */
const CODECS: Readonly<Record<string, { readonly packageName?: string; readonly decode: (bytes: Uint8Array) => Samples | Promise<Samples> }>> = {
  bmp: { decode: decodeBmp },
  jpg: {
    packageName: '@cornerstonejs/codec-libjpeg-turbo-8bit',
    async decode(bytes) {
      // libjpeg-turbo and no other decoder: its inverse transform and upsampling are what expected pixels come from.
      const { JPEGDecoder } = await libjpeg();
      return decodeFrame(new JPEGDecoder(), bytes);
    },
  },
  jp2: {
    packageName: '@cornerstonejs/codec-openjpeg',
    async decode(bytes) {
      const { J2KDecoder } = await openjpeg();
      return decodeFrame(new J2KDecoder(), bytes);
    },
  },
  png: {
    packageName: 'fast-png',
    async decode(bytes) {
      const { decode, convertIndexedToRgb } = await import('fast-png');
      const image = decode(bytes);
      if (image.palette === undefined) return image;
      const data = convertIndexedToRgb(image);
      return { ...image, data, depth: 8, channels: data.length / (image.width * image.height) };
    },
  },
  pnm: { decode: decodePnm },
  tiff: {
    packageName: 'tiff',
    async decode(bytes) {
      const [image] = (await import('tiff')).decode(bytes, { pages: [0] });
      if (image.palette !== undefined) fail('E_OP_UNSUPPORTED', 'TIFF images with a palette are not decoded');
      return { width: image.width, height: image.height, channels: image.samplesPerPixel, depth: image.bitsPerSample, data: image.data };
    },
  },
  webp: { packageName: '@jsquash/webp', decode: decodeWebp },
};
const ALIASES: Readonly<Record<string, string>> = { j2c: 'jp2' };

/** Format and size from the first bytes of a stream. Throws `E_VALUE` when no known format is recognized. */
export async function measureImage(bytes: Uint8Array): Promise<{ width: number; height: number; type: string }> {
  const { imageSize } = await load('image-size', () => import('image-size'));
  const { width, height, type = '' } = imageSize(bytes);
  const format = ALIASES[type] ?? type;
  if (CODECS[format] === undefined) {
    fail('E_VALUE', 'the stream is in no image format that is decoded', { expected: Object.keys(CODECS).join(', '), found: type });
  }
  return { width, height, type: format };
}

/** Decodes a stream in a format that `measureImage` named. */
export async function decodeImage(type: string, bytes: Uint8Array): Promise<DecodedImage> {
  const { packageName, decode } = CODECS[type];
  const image = await (packageName === undefined ? decode(bytes) : load(packageName, async () => decode(bytes)));
  return { ...image, data: toBytes(image) };
}

/** Runs what imports a package. Throws `E_OP_UNSUPPORTED` when it is not installed. */
async function load<T>(packageName: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    if (!isMissingModule(cause)) throw cause;
    return fail('E_OP_UNSUPPORTED', `decoding this image needs the package ${packageName}`, { hint: `npm install ${packageName}`, cause });
  }
}

function isMissingModule(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function decodeFrame(decoder: FrameDecoder, bytes: Uint8Array): Samples {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    if (isSigned) fail('E_OP_UNSUPPORTED', 'images of signed samples are not decoded');
    const raw = decoder.getDecodedBuffer().slice();
    const data = bitsPerSample > 8 ? new Uint16Array(raw.buffer, 0, raw.length / 2) : raw;
    return { width, height, channels: componentCount, depth: bitsPerSample, data };
  } finally {
    decoder.delete();
  }
}

async function decodeWebp(bytes: Uint8Array): Promise<Samples> {
  const { default: decode, init } = await import('@jsquash/webp/decode.js');
  if (isNode) {
    // The package fetches its module by URL, which Node does not do for files, and makes an ImageData, which Node lacks.
    const [{ readFile }, { createRequire }] = await Promise.all([import('node:fs/promises'), import('node:module')]);
    const path = createRequire(import.meta.url).resolve('@jsquash/webp/codec/dec/webp_dec.wasm');
    await (init as (module: WebAssembly.Module) => Promise<void>)(new WebAssembly.Module(await readFile(path)));
    Object.assign(globalThis, { ImageData: globalThis.ImageData ?? PlainImageData });
  }
  const { width, height, data } = await decode(bytes.buffer as ArrayBuffer);
  return { width, height, channels: 4, depth: 8, data };
}

class PlainImageData {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}

/** Samples of `depth` bits as bytes: fewer are spread over the range, more lose their low bits. */
function toBytes({ width, height, channels, depth, data }: Samples): ArrayLike<number> {
  if (depth === 8) return data;
  const count = width * height * channels;
  if (depth > 8 && depth <= 16) return Uint8Array.from({ length: count }, (_, i) => data[i] >> (depth - 8));
  if (depth > 8) return fail('E_OP_UNSUPPORTED', `samples of ${depth} bits are not decoded`);
  // Packed rows, each starting at a byte, high bits first.
  const largest = (1 << depth) - 1, row = Math.ceil((width * channels * depth) / 8);
  return Uint8Array.from({ length: count }, (_, i) => {
    const bit = (i % (width * channels)) * depth;
    const byte = data[Math.floor(i / (width * channels)) * row + (bit >> 3)];
    return (((byte >> (8 - depth - (bit & 7))) & largest) * 255) / largest;
  });
}
