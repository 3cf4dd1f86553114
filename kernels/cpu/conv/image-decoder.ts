import { imageDecoder as contract } from '../../../src/ops/contracts.ts';
import { fail, OnnxError } from '../../../src/errors.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose } from '../support/index.ts';
import { decodeImage, measureImage, type DecodedImage } from './image-formats.ts';

/** How the channels of a decoded image, grey or RGB, become one output pixel. */
type WritePixel = (out: Uint8Array, at: number, r: number, g: number, b: number) => void;

const PIXEL_FORMATS: Readonly<Record<string, { readonly channels: number; readonly write: WritePixel }>> = {
  RGB: { channels: 3, write(out, at, r, g, b) { out[at] = r; out[at + 1] = g; out[at + 2] = b; } },
  BGR: { channels: 3, write(out, at, r, g, b) { out[at] = b; out[at + 1] = g; out[at + 2] = r; } },
  // ITU-R 601 luma in 16-bit fixed point, as Pillow rounds it.
  Grayscale: { channels: 1, write(out, at, r, g, b) { out[at] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16; } },
};

/**
 * image = the decoded pixels of encoded_stream, without alpha. encoded_stream: [bytes], image: [H, W, channels].
 * The codecs are optional packages that are loaded on first use, so this kernel is asynchronous.
 * https://onnx.ai/onnx/operators/onnx__ImageDecoder.html
 */
export const imageDecoder = implement(contract, ({ attrs }) => {
  const format = choose(PIXEL_FORMATS, attrs.string('pixel_format'), 'pixel_format');
  const decode = async ([stream]: [Tensor], ctx: KernelContext) => {
    const bytes = (stream.data as Uint8Array).slice(); // codecs may keep or transfer it
    try {
      const { width, height, type } = await measureImage(bytes);
      const image = ctx.output(0, 'uint8', [height, width, format.channels]); // refuses a size beyond the budget before it is decoded
      const decoded = await decodeImage(type, bytes);
      if (decoded.width !== width || decoded.height !== height) {
        fail('E_VALUE', 'the image is not of the size its header says', {
          expected: `${width} x ${height}`, found: `${decoded.width} x ${decoded.height}`,
        });
      }
      writePixels(decoded, image.data as Uint8Array, format);
      return [image];
    } catch (cause) {
      if (cause instanceof OnnxError) throw cause;
      return fail('E_VALUE', 'the stream is not an image that can be decoded', { arg: { kind: 'input', name: 'encoded_stream' }, cause });
    }
  };
  return Object.assign(decode, { async: true } as const);
});

function writePixels({ width, height, channels, data }: DecodedImage, out: Uint8Array, format: (typeof PIXEL_FORMATS)[string]): void {
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    format.write(out, i * format.channels, data[at], data[at + green], data[at + blue]);
  }
}
