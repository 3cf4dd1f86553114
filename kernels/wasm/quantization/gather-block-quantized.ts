import { gatherBlockQuantized as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f16ToF32 } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, toInts, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align } from '../runtime.ts';

const frontAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function supports(node: PlacedNode): true | string {
  const { attrs } = node;
  const shape = node.inputShape(0), rank = shape?.length ?? 0, last = shape?.at(-1);
  const bits = attrs.int('bits');
  return all(
    onlyTypes(node, 0, 'uint8', 'int4', 'uint4'), onlyTypes(node, 2, 'float32', 'float16'), bits !== 2 || '2-bit codes', rank >= 2 || 'the rank is not known',
    frontAxis(attrs.int('gather_axis'), rank) === 0 || 'not gathered along the first axis', frontAxis(attrs.int('quantize_axis'), rank) === rank - 1 || 'not quantized along the last axis',
    node.inputType(0) === 'uint8' || (typeof last === 'number' && last % 2 === 0) || '4-bit rows that may be odd',
    node.inputType(0) === 'uint8' || node.node.inputs[3] === undefined || (node.inputShape(3)?.at(-1) as number) % 2 === 0 || '4-bit zero points that share a byte with the next row',
  );
}

/** Gather along the first axis, then (code - zero point) * scale, in blocks along the last. Rows are read where the table lies. */
export const gatherBlockQuantized = adapt(contract, supports, ({ attrs }, wasm) => {
  const block = attrs.int('block_size');
  return ([data, indices, scales, zeroPoints]: [Tensor, Tensor, Tensor, Tensor?], ctx) => {
    const isPacked = data.type === 'uint8';
    const bits = isPacked ? attrs.int('bits') : 4;
    const [length, ...rest] = data.dims;
    const dims = isPacked ? [...rest.slice(0, -1), (rest.at(-1)! * 8) / bits] : rest;
    const width = dims.at(-1)!, lines = sizeOf(dims.slice(0, -1)); // codes of a line, lines of a gathered row
    const blocks = Math.ceil(width / block), whole = Math.floor(width / block);
    const lineBytes = (width * bits) / 8, zeroBytes = isPacked ? Math.ceil((blocks * bits) / 8) : blocks / 2;
    const half = scales.type === 'float16';
    const rows = toInts(indices);
    const size = rows.length * lines * width;
    const { simd } = wasm.kernels;
    wasm.begin(align((half ? 2 : 4) * size) + align(lineBytes) + 2 * align(4 * blocks) + (half ? align(4 * width) : 0));
    const y = wasm.output(ctx, 0, scales.type, [...indices.dims, ...dims]);
    const codes = wasm.scratch(lineBytes), parameters = wasm.scratch(4 * blocks), zeros = wasm.scratch(4 * blocks), wide = half ? wasm.scratch(4 * width) : 0;
    const flip = isPacked && bits === 8 ? 0x80 : 0, signed = data.type === 'int4' ? 1 : 0;
    const bytes = bytesOf(data), zeroCodes = zeroPoints && bytesOf(zeroPoints);
    const z = wasm.view(Int32Array, zeros, blocks).fill((isPacked ? 2 ** (bits - 1) : 0) - flip);
    const s = wasm.view(Float32Array, parameters, blocks);
    let to = y.ptr;
    for (const index of rows) {
      if (index < -length || index >= length) {
        fail('E_VALUE', 'an index is out of range', { arg: { kind: 'input', name: 'indices', index: 1 }, expected: `[${-length}, ${length - 1}]`, found: String(index) });
      }
      const row = index < 0 ? index + length : index;
      for (let line = row * lines; line < (row + 1) * lines; line++) {
        wasm.memory.set(bytes.subarray(line * lineBytes, (line + 1) * lineBytes), codes);
        const factors = (scales.data as Float32Array | Uint16Array).subarray(line * blocks, (line + 1) * blocks);
      if (half) for (let i = 0; i < blocks; i++) s[i] = f16ToF32(factors[i]);
      else s.set(factors);
        if (zeroCodes !== undefined) for (let i = 0; i < blocks; i++) z[i] = codeAt(zeroCodes, line * zeroBytes, i, bits, signed) - flip;
        const target = half ? wide : to;
        const expand = (from: number, count: number, runs: number): void => {
          const [p, q, at] = [codes + (from * bits) / 8, target + 4 * from, (4 * from) / block];
          if (bits === 8) simd.dequantize_8(p, parameters + at, zeros + at, 4, flip, q, count, runs);
          else simd.dequantize_4(p, parameters + at, zeros + at, 4, signed, q, count, runs);
        };
        expand(0, block, whole);
        if (whole < blocks) expand(whole * block, width - whole * block, 1);
        if (half) simd.f32_to_f16(wide, to, width);
        to += (half ? 2 : 4) * width;
      }
    }
    return [y.done()];
  };
});

const bytesOf = ({ data }: Tensor): Uint8Array => {
  const { buffer, byteOffset, byteLength } = data as TypedArray;
  return new Uint8Array(buffer, byteOffset, byteLength);
};

/** Code `i` of a packed row that starts at byte `from`. */
function codeAt(bytes: Uint8Array, from: number, i: number, bits: number, signed: number): number {
  if (bits === 8) return bytes[from + i];
  const code = (bytes[from + (i >> 1)] >> (4 * (i & 1))) & 15;
  return signed === 1 ? (code ^ 8) - 8 : code;
}
