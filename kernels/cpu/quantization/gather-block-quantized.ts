import { gatherBlockQuantized as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { splitAt, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, frontAxis } from '../support/index.ts';
import { expectSize } from './blocks.ts';

/**
 * Gather, then dequantize: output = (code - zero point) * scale of the gathered elements, in blocks along quantize_axis.
 * uint8 data packs 8 / bits codes in a byte along the last axis, low bits first, and so do its zero points; its default
 * zero point is 2^(bits - 1), that of int4 and uint4 is 0.
 * data: [..., D, ...], indices: any shape I, scales: data's shape with ceil(length / block_size) along quantize_axis,
 * output: data's shape with I in the place of gather_axis
 */
export const gatherBlockQuantized = implement(contract, ({ attrs }) => {
  const blockSize = attrs.int('block_size');
  return ([data, indices, scales, zeroPoints]: [Tensor, Tensor, Tensor, Tensor?], ctx) => {
    const isPacked = data.type === 'uint8';
    const bits = isPacked ? attrs.int('bits') : 4;
    const rank = data.dims.length;
    // Shape in codes rather than bytes.
    const dims = data.dims.map((d, i) => (isPacked && i === rank - 1 ? (d * 8) / bits : d));
    const { outer, length, inner } = splitAt(dims, frontAxis(attrs.int('gather_axis'), rank));
    const quantized = splitAt(dims, frontAxis(attrs.int('quantize_axis'), rank));
    const blocks = Math.ceil(quantized.length / blockSize);
    expectSize('scales', scales, quantized.outer * blocks * quantized.inner);
    const codeAt = codeReader(data, bits);
    const zeroAt = zeroPoints === undefined ? () => (isPacked ? 2 ** (bits - 1) : 0) : codeReader(zeroPoints, bits);
    // Zero points of uint8 data start each row at a new byte.
    const zeroBlocks = isPacked ? Math.ceil((blocks * bits) / 8) * (8 / bits) : blocks;
    if (zeroPoints !== undefined) expectSize('zero_points', zeroPoints, (quantized.outer * zeroBlocks * quantized.inner * (isPacked ? bits : 8)) / 8);
    const factors = unpack(scales);
    const at = frontAxis(attrs.int('gather_axis'), rank);
    const { y, finish } = floatOutput(ctx, 0, scales.type, [...dims.slice(0, at), ...indices.dims, ...dims.slice(at + 1)]);
    const rows = toInts(indices).map((index) => {
      if (index >= -length && index < length) return index < 0 ? index + length : index;
      return fail('E_VALUE', 'an index is out of range', { arg: { kind: 'input', name: 'indices', index: 1 }, expected: `[${-length}, ${length - 1}]`, found: String(index) });
    });
    let to = 0;
    for (let o = 0; o < outer; o++) {
      for (const row of rows) {
        const start = (o * length + row) * inner;
        for (let from = start; from < start + inner; from++, to++) {
          const line = Math.floor(from / quantized.inner); // counts positions on the axes up to quantize_axis
          const block = Math.floor((line % quantized.length) / blockSize);
          const before = Math.floor(line / quantized.length);
          const within = from % quantized.inner;
          const zero = zeroAt((before * zeroBlocks + block) * quantized.inner + within);
          y[to] = f32(codeAt(from) - zero) * factors[(before * blocks + block) * quantized.inner + within];
        }
      }
    }
    return [finish()];
  };
});

/** Reads code `i` of packed storage; int4 is signed. */
function codeReader(tensor: Tensor, bits: number): (i: number) => number {
  const bytes = tensor.data as Uint8Array;
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const sign = tensor.type === 'int4' ? 8 : 0;
  return (i) => {
    const code = (bytes[Math.floor(i / perByte)] >> ((i % perByte) * bits)) & mask;
    return (code ^ sign) - sign;
  };
}
