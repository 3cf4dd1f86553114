/** Rotary position embedding on float32: the standard's operator and com.microsoft's, whose inputs are in another order. */
import { msRotaryEmbedding as msContract, rotaryEmbedding as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { describeShape, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align } from '../runtime.ts';

/** `order`: which inputs are the cosines, the sines and the positions. Each result has the scalar provider's bits. */
const rotation = (op: OpContract, order: readonly [cos: number, sin: number, positions: number]) => adapt(
  op,
  (node) => {
    const rank = node.inputShape(0)?.length;
    return all(
      onlyTypes(node, 0, 'float32'), onlyTypes(node, order[0], 'float32'), onlyTypes(node, order[1], 'float32'), rank === 3 || rank === 4 || 'the rank is not known',
    );
  },
  ({ attrs }, wasm) => {
    const int = (name: string): number => (attrs.has(name) ? attrs.int(name) : 0);
    const [numHeads, interleaved, rotaryDim] = [int('num_heads'), int('interleaved'), int('rotary_embedding_dim')];
    return (inputs: readonly Tensor[], ctx) => {
      const [x] = inputs;
      const [cos, sin, positionIds] = order.map((i) => inputs[i]) as [Tensor, Tensor, Tensor | undefined];
      const half = cos.dims.at(-1)!;
      if (cos.dims.length < 2 || cos.dims.length !== sin.dims.length || cos.dims.some((d, i) => d !== sin.dims[i])) {
        fail('E_SHAPE', 'the tables of cosines and sines do not fit together', { found: `${describeShape(cos.dims)} and ${describeShape(sin.dims)}` });
      }
      const isByHead = x.dims.length === 4;
      const [batch, rows] = isByHead ? [x.dims[0], x.dims[2]] : x.dims;
      const size = isByHead ? x.dims[3]
        : op === msContract && rotaryDim === 0 ? 2 * half
        : numHeads > 0 ? x.dims[2] / numHeads : fail('E_ATTRIBUTE', 'a 3-D input needs num_heads');
      const heads = isByHead ? x.dims[1] : x.dims[2] / size;
      if (!Number.isInteger(size) || !Number.isInteger(heads)) {
        fail('E_SHAPE', 'the hidden size does not divide into heads', { found: `${x.dims.at(-1)} elements, heads of ${size}` });
      }
      if (2 * half > size || (op === contract && half !== (rotaryDim === 0 ? size : rotaryDim) / 2)) {
        fail('E_SHAPE', 'the tables do not fit the rotation', { expected: `rows of ${(rotaryDim === 0 ? size : rotaryDim) / 2}`, found: String(half) });
      }
      const ids = positionIds && toInts(positionIds);
      const isFirst = op === msContract && positionIds!.dims.length === 1; // the position of the first token; the others follow
      if (ids !== undefined && ids.length !== (isFirst ? 1 : batch * rows)) {
        fail('E_SHAPE', 'the positions do not fit the tokens', { expected: `[${batch}, ${rows}]`, found: describeShape(positionIds!.dims) });
      }
      wasm.begin(wasm.outside(x) + wasm.outside(cos) + wasm.outside(sin) + align(4 * x.size));
      const y = wasm.output(ctx, 0, 'float32', x.dims);
      const [from, c, s] = [x, cos, sin].map((t) => wasm.input(t));
      const positions = half === 0 ? 0 : cos.size / half;
      for (let b = 0; b < batch; b++) {
        for (let r = 0; r < rows; r++) {
          const token = b * rows + r;
          const p = ids === undefined ? token : isFirst ? ids[0] + r : ids[token];
          if (p < 0 || p >= positions) {
            fail('E_VALUE', 'a position is outside of the tables of cosines and sines', { expected: `[0, ${positions - 1}]`, found: String(p) });
          }
          // A token's heads lie side by side, or `rows` heads apart.
          for (let h = 0; h < (isByHead ? heads : 1); h++) {
            const at = 4 * size * (isByHead ? (b * heads + h) * rows + r : token * heads);
            wasm.kernels.simd.rotate_heads(from + at, y.ptr + at, isByHead ? 1 : heads, size, half, interleaved, c + 4 * p * half, s + 4 * p * half);
          }
        }
      }
      return [y.done()];
    };
  },
);

export const rotaryEmbedding = rotation(contract, [1, 2, 3]);
export const msRotaryEmbedding = rotation(msContract, [2, 3, 1]);
