import { col2Im as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { forEachRun, slide, windowOf } from '../../../src/ops/conv/window.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, sizeOf, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';

/**
 * image[n, c, o * stride - pad + k * dilation] += input[n, (c, k), o] for every block position o and tap k.
 * input: [N, C * taps, blocks], image: [N, C, image_shape...]
 */
export const col2Im = implement(contract, ({ attrs }) => ([x, imageShape, blockShape]: [Tensor, Tensor, Tensor], ctx) => {
  const image = toInts(imageShape), block = toInts(blockShape);
  if (x.dims.length !== 3) fail('E_SHAPE', 'the columns must be [N, C * taps, blocks]', { found: `[${x.dims.join(', ')}]` });
  const axes = slide(windowOf(attrs, block), image);
  const [batch, rows, blocks] = x.dims;
  const taps = sizeOf(block), channels = rows / taps, plane = sizeOf(image);
  if (!Number.isInteger(channels) || blocks !== sizeOf(axes.map((a) => a.output))) {
    fail('E_SHAPE', 'the columns do not fit the image', {
      expected: `[N, a multiple of ${taps}, ${axes.map((a) => a.output).join(' * ')}]`, found: `[${x.dims.join(', ')}]`,
    });
  }
  const { source, target, parts, finish } = sumArrays(ctx, x, [batch, channels, ...image]);
  const step = axes.at(-1)?.stride ?? 1;
  for (let n = 0; n < batch * channels; n++) {
    forEachRun(axes, (tap, imageAt, blockAt, count) => {
      for (let i = 0; i < count; i++) {
        const from = ((n * taps + tap) * blocks + blockAt + i) * parts;
        const to = (n * plane + imageAt + i * step) * parts;
        for (let p = 0; p < parts; p++) target[to + p] += source[from + p];
      }
    });
  }
  return [finish()];
});

/** Source and zero-filled target of a sum. Complex numbers are two parts an element; booleans add up to "any". */
function sumArrays(ctx: KernelContext, x: Tensor, dims: readonly number[]) {
  const { class: kind, perElement } = dtypeInfo(x.type);
  if (kind === 'string') fail('E_TYPE', 'strings cannot be summed');
  if (kind === 'float') {
    const { y, finish } = floatOutput(ctx, 0, x.type, dims);
    return { source: unpack(x), target: y, parts: 1, finish };
  }
  const tensor = ctx.output(0, x.type, dims);
  // BigInt arrays pass for number arrays here: + works on either, and each array's store wraps to its own width.
  const target = tensor.data as Float32Array;
  target.fill(x.data instanceof BigInt64Array || x.data instanceof BigUint64Array ? (0n as unknown as number) : 0);
  const finish = () => {
    if (kind === 'bool') for (let i = 0; i < target.length; i++) target[i] = Math.min(target[i], 1);
    return tensor;
  };
  return { source: x.data as Float32Array, target, parts: perElement, finish };
}
