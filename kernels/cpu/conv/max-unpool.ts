import { maxUnpool as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { unpooledSize, windowOf } from '../../../src/ops/conv/window.ts';
import { stridesOf, toInts, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';

/**
 * output[I[i]] = X[i], 0 elsewhere. I counts elements of the tensor before pooling, whose sizes follow from kernel,
 * strides and pads; output_shape may be larger than that (a pooling can drop elements at the end): places keep their
 * coordinates. X and I: [N, C, spatial...].
 */
export const maxUnpool = implement(contract, ({ attrs }) => ([x, indices, outputShape]: [Tensor, Tensor, Tensor?], ctx) => {
  const window = windowOf(attrs, attrs.ints('kernel_shape'));
  const [batch, channels, ...pooled] = x.dims;
  if (pooled.length !== window.kernel.length || indices.size !== x.size) {
    fail('E_SHAPE', 'X, I and kernel_shape do not go together', {
      expected: `X and I of [N, C] and ${window.kernel.length} spatial axes`, found: `[${x.dims.join(', ')}] and [${indices.dims.join(', ')}]`,
    });
  }
  const before = [batch, channels, ...pooled.map((d, i) => unpooledSize(window, i, d))];
  const dims = outputShape === undefined ? before : toInts(outputShape);
  if (dims.length !== before.length || dims.some((d) => d < 0)) {
    fail('E_SHAPE', 'output_shape does not fit X', { expected: `${before.length} sizes`, found: `[${dims.join(', ')}]` });
  }
  const y = ctx.output(0, x.type, dims);
  const [source, target] = [x.data as TypedArray, y.data as TypedArray];
  const beforeStrides = stridesOf(before), strides = stridesOf(dims);
  target.fill(0 as never);
  toInts(indices).forEach((index, i) => {
    let at = 0, rest = index;
    for (let d = 0; d < before.length; d++) {
      const coordinate = Math.floor(rest / beforeStrides[d]);
      if (!(coordinate >= 0 && coordinate < dims[d])) {
        fail('E_VALUE', 'an index lies outside the output', { arg: { kind: 'input', name: 'I', index: i }, found: String(index) });
      }
      rest -= coordinate * beforeStrides[d];
      at += coordinate * strides[d];
    }
    target[at] = source[i];
  });
  return [y];
});
