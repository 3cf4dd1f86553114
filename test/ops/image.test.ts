/** ImageDecoder: the formats decoded here byte by byte, and streams that are no images. */
import { describe, expect, test } from 'vitest';
import { decodeBmp } from '../../kernels/cpu/conv/bmp.ts';
import { decodePnm } from '../../kernels/cpu/conv/pnm.ts';
import { InferenceSession } from '../../src/session.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { oneNode, runHere } from '../../conformance/fuzz/beside-ort.ts';

const decoder = (bytes: Uint8Array, pixelFormat = 'RGB') =>
  oneNode({ opType: 'ImageDecoder', attributes: { pixel_format: pixelFormat }, inputs: [new Tensor('uint8', bytes, [bytes.length])], outputs: ['uint8'] });

async function decode(bytes: Uint8Array, pixelFormat?: string): Promise<Tensor> {
  const { bytes: model, feeds } = decoder(bytes, pixelFormat);
  return (await runHere(model, feeds))['y0'];
}

const text = (s: string, ...raw: number[]): Uint8Array => Uint8Array.of(...Buffer.from(s, 'latin1'), ...raw);

/** A bitmap of `bits` a pixel from its rows as stored, bottom row first unless `height` is negative. */
function bmp(width: number, height: number, bits: number, rows: readonly (readonly number[])[], palette: readonly number[] = []): Uint8Array {
  const pixels = rows.flatMap((r) => [...r, ...new Array((4 - (r.length % 4)) % 4).fill(0)]);
  const bytes = new Uint8Array(54 + palette.length + pixels.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54 + palette.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  bytes.set(palette, 54);
  bytes.set(pixels, 54 + palette.length);
  return bytes;
}

describe('pixel formats', () => {
  const twoPixels = text('P6 2 1 255\n', 255, 0, 0, 10, 20, 30);

  test('RGB, BGR and luma', async () => {
    expect(await decode(twoPixels)).toMatchObject({ dims: [1, 2, 3], data: Uint8Array.of(255, 0, 0, 10, 20, 30) });
    expect((await decode(twoPixels, 'BGR')).data).toEqual(Uint8Array.of(0, 0, 255, 30, 20, 10));
    expect(await decode(twoPixels, 'Grayscale')).toMatchObject({ dims: [1, 2, 1], data: Uint8Array.of(76, 18) }); // 0.299 R + 0.587 G + 0.114 B
  });

  test('a grey image has three equal channels as RGB', async () => {
    expect((await decode(text('P5 2 1 255\n', 7, 200))).data).toEqual(Uint8Array.of(7, 7, 7, 200, 200, 200));
  });
});

describe('portable anymaps', () => {
  test('all six kinds', () => {
    expect(decodePnm(text('P1\n# two rows\n3 2\n1 0 1\n010')).data).toEqual(Uint8Array.of(0, 255, 0, 255, 0, 255));
    expect(decodePnm(text('P2 2 1 10 0 5')).data).toEqual(Uint8Array.of(0, 128));
    expect(decodePnm(text('P3 1 1 255 1 2 3'))).toMatchObject({ channels: 3, data: Uint8Array.of(1, 2, 3) });
    expect(decodePnm(text('P4 3 2\n', 0b10100000, 0b01000000)).data).toEqual(Uint8Array.of(0, 255, 0, 255, 0, 255));
    expect(decodePnm(text('P5 1 2 65535\n', 0xff, 0xff, 0x80, 0x00)).data).toEqual(Uint8Array.of(255, 128));
    expect(decodePnm(text('P6 1 1 255\n', 9, 8, 7)).data).toEqual(Uint8Array.of(9, 8, 7));
  });

  test('malformed ones are refused', () => {
    for (const stream of ['P7 1 1', 'P2 x 1 255 0', 'P2 2 2 255 1 2 3', 'P5 1 1 0\n0', 'P6 999999999 999999999 255\n']) {
      expect(() => decodePnm(text(stream))).toThrow(expect.objectContaining({ code: 'E_VALUE' }));
    }
  });
});

describe('bitmaps', () => {
  test('palettes of 1, 4 and 8 bits', () => {
    const palette = (n: number) => Array.from({ length: n }, (_, i) => [i, 2 * i, 255 - i, 0]).flat(); // blue, green, red
    expect(decodeBmp(bmp(3, 1, 1, [[0b01100000]], palette(2))).data).toEqual(Uint8Array.of(255, 0, 0, 254, 2, 1, 254, 2, 1));
    expect(decodeBmp(bmp(2, 1, 4, [[0x3f]], palette(16))).data).toEqual(Uint8Array.of(252, 6, 3, 240, 30, 15));
    expect(decodeBmp(bmp(1, 2, 8, [[1], [9]], palette(256))).data).toEqual(Uint8Array.of(246, 18, 9, 254, 2, 1));
  });

  test('16, 24 and 32 bits of colour, and rows from the top', () => {
    expect(decodeBmp(bmp(1, 1, 16, [[0x00, 0x7c]])).data).toEqual(Uint8Array.of(255, 0, 0));
    expect(decodeBmp(bmp(1, 2, 24, [[1, 2, 3], [4, 5, 6]])).data).toEqual(Uint8Array.of(6, 5, 4, 3, 2, 1));
    expect(decodeBmp(bmp(1, -2, 24, [[1, 2, 3], [4, 5, 6]])).data).toEqual(Uint8Array.of(3, 2, 1, 6, 5, 4));
    expect(decodeBmp(bmp(1, 1, 32, [[1, 2, 3, 255]])).data).toEqual(Uint8Array.of(3, 2, 1));
  });

  test('truncated ones are refused', () => {
    const whole = bmp(2, 2, 24, [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]);
    for (let length = 0; length < whole.length - 4; length += 7) {
      expect(() => decodeBmp(whole.subarray(0, length))).toThrow(expect.objectContaining({ code: 'E_VALUE' }));
    }
  });
});

describe('streams that are no images', () => {
  const png = (width: number, height: number): Uint8Array => {
    const bytes = new Uint8Array(64);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
    new DataView(bytes.buffer).setUint32(16, width);
    new DataView(bytes.buffer).setUint32(20, height);
    return bytes;
  };

  test('are refused by name', async () => {
    await expect(decode(new Uint8Array(0))).rejects.toMatchObject({ code: 'E_VALUE' });
    await expect(decode(text('not an image'))).rejects.toMatchObject({ code: 'E_VALUE' });
    await expect(decode(png(4, 4))).rejects.toMatchObject({ code: 'E_VALUE' });
    await expect(decode(text('P6 1 1 255\n', 1, 2, 3), 'CMYK')).rejects.toMatchObject({ code: 'E_ATTRIBUTE' });
  });

  test('a header cannot ask for more than the budget', async () => {
    await expect(decode(png(2 ** 31 - 1, 2 ** 20))).rejects.toMatchObject({ code: 'E_LIMIT' });
  });

  test('decoding is asynchronous, and says so', async () => {
    const { bytes, feeds } = decoder(text('P5 1 1 255\n', 7));
    const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'] });
    expect(() => session.runSync(feeds)).toThrow(expect.objectContaining({ code: 'E_EP' }));
    expect(((await session.run(feeds))['y0'] as Tensor).data).toEqual(Uint8Array.of(7, 7, 7));
  });
});
