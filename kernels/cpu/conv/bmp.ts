/** Windows bitmaps without compression: 1, 4 or 8 bits into a palette, or 16, 24 or 32 bits of colour. */
import { fail } from '../../../src/errors.ts';

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly depth: 8;
  readonly data: Uint8Array;
}

const BI_RGB = 0, BI_BITFIELDS = 3;

/** Decodes a bitmap into RGB. Throws `E_VALUE` on malformed streams, `E_OP_UNSUPPORTED` on compressed ones. */
export function decodeBmp(bytes: Uint8Array): Bitmap {
  if (bytes.length < 54) fail('E_VALUE', 'the bitmap is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pixelsAt = view.getUint32(10, true), headerSize = view.getUint32(14, true);
  if (headerSize < 40) fail('E_OP_UNSUPPORTED', 'bitmaps of OS/2 are not decoded');
  const width = view.getInt32(18, true), signedHeight = view.getInt32(22, true);
  const bits = view.getUint16(28, true), compression = view.getUint32(30, true);
  if (compression !== BI_RGB && !(compression === BI_BITFIELDS && (bits === 16 || bits === 32))) {
    fail('E_OP_UNSUPPORTED', 'compressed bitmaps are not decoded', { found: `compression ${compression}` });
  }
  if (![1, 4, 8, 16, 24, 32].includes(bits)) fail('E_VALUE', 'the bitmap has an impossible depth', { found: `${bits} bits` });
  const height = Math.abs(signedHeight);
  const rowBytes = Math.floor((width * bits + 31) / 32) * 4;
  if (width < 0 || pixelsAt + rowBytes * height > bytes.length) fail('E_VALUE', 'the bitmap is too short');
  const masks = compression === BI_BITFIELDS ? [54, 58, 62].map((at) => view.getUint32(at, true))
    : bits === 16 ? [0x7c00, 0x03e0, 0x001f]
    : [0xff0000, 0x00ff00, 0x0000ff];
  const paletteAt = 14 + headerSize;
  if (bits <= 8 && paletteAt + 4 * 2 ** bits > bytes.length) fail('E_VALUE', 'the palette of the bitmap is cut off');

  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = pixelsAt + (signedHeight < 0 ? y : height - 1 - y) * rowBytes; // bottom row first, unless the height is negative
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 3;
      if (bits <= 8) {
        const bit = x * bits;
        const index = (bytes[row + (bit >> 3)] >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
        for (let c = 0; c < 3; c++) data[to + c] = bytes[paletteAt + index * 4 + 2 - c]; // stored blue first
      } else if (bits === 24) {
        for (let c = 0; c < 3; c++) data[to + c] = bytes[row + x * 3 + 2 - c];
      } else {
        const pixel = bits === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
        for (let c = 0; c < 3; c++) data[to + c] = channelOf(pixel, masks[c]);
      }
    }
  }
  return { width, height, channels: 3, depth: 8, data };
}

/** The bits under a mask, spread over [0, 255]. */
function channelOf(pixel: number, mask: number): number {
  if (mask === 0) return 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  return Math.floor((((pixel & mask) >>> shift) * 255) / largest);
}
