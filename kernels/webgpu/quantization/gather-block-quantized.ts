import { gatherBlockQuantized as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { indicesOnDevice } from '../shape/indices.ts';
import { FLOATS } from '../wgsl/element.ts';

/**
 * Gather, then dequantize: output = (code - zero point) * scale of the gathered elements, in blocks along quantize_axis. uint8 data packs
 * 8 / bits codes in a byte along the last axis, low bits first, and so do its zero points, each row of which starts at a new byte.
 * data: [..., D, ...], indices: any shape I, scales: data's shape with ceil(length / block_size) along quantize_axis,
 * output: data's shape with I in the place of gather_axis
 */
export const gatherBlockQuantized = adapt(
  contract,
  (node) => all(
    onlyTypes(node, 0, 'uint8', 'int4', 'uint4'), onlyTypes(node, 2, ...FLOATS),
    node.inputType(0) !== 'uint8' || [2, 4, 8].includes(node.attrs.int('bits')) || 'codes of other than 2, 4 or 8 bits',
  ),
  ({ attrs, inputType, node }, gpu) => {
    const [type, to] = [inputType(0)!, inputType(2)!];
    const packed = type === 'uint8';
    const bits = packed ? attrs.int('bits') : 4;
    const blockSize = attrs.int('block_size');
    const zeros = node.inputs[3] !== undefined;
    // Codes and zero points are read as what they are packed in.
    const perByte = 8 / bits;
    const code = (name: string): string => (packed
      ? `fn ${name}_code(i: u32) -> i32 { return i32(extractBits(${name}_at(i / ${perByte}u), (i % ${perByte}u) * ${bits}u, ${bits}u)); }`
      : `fn ${name}_code(i: u32) -> i32 { return i32(${name}_at(i)); }`);
    const program = gpu.mapProgram(`GatherBlockQuantized:${type}:${bits}:${to}:${zeros}`, () => ({
      label: 'GatherBlockQuantized', inputs: { x: type, rows: 'int32', scale: to, ...(zeros && { zero: type as DType }) }, output: to,
      params: ['count', 'length', 'inner', 'lines', 'within', 'block', 'blocks', 'zeroBlocks'],
      code: `${code('x')}${zeros ? code('zero') : ''}
fn value(i: u32) -> f32 {
  let line = i / p.inner;
  let row = u32(rows_at(line % p.count));
  let at = ((line / p.count) * p.length + row) * p.inner + i % p.inner; // in codes
  let position = at / p.within; // counts places on the axes up to quantize_axis
  let block = (position % p.lines) / p.block;
  let before = position / p.lines;
  let zero_point = ${zeros ? 'zero_code((before * p.zeroBlocks + block) * p.within + at % p.within)' : packed ? 2 ** (bits - 1) : 0};
  return f32(x_code(at) - zero_point) * scale_at((before * p.blocks + block) * p.within + at % p.within);
}`,
    }));
    return ([data, indices, scales, zeroPoints]: [Tensor, Tensor, Tensor, Tensor?], ctx) => {
      const rank = data.dims.length;
      const dims = data.dims.map((d, i) => (packed && i === rank - 1 ? d * perByte : d)); // in codes
      const at = axisIn(attrs.int('gather_axis'), rank, refuseShape), quantized = axisIn(attrs.int('quantize_axis'), rank, refuseShape);
      const within = sizeOf(dims.slice(quantized + 1)), outer = sizeOf(dims.slice(0, quantized));
      const blocks = Math.ceil(dims[quantized] / blockSize);
      const zeroBlocks = packed ? Math.ceil(blocks / perByte) * perByte : blocks;
      const expectSize = (name: string, t: Tensor, size: number): void => {
        if (t.size !== size) fail('E_SHAPE', `${name} has the wrong size`, { arg: { kind: 'input', name }, expected: `${size} elements`, found: `[${t.dims.join(', ')}]` });
      };
      expectSize('scales', scales, outer * blocks * within);
      if (zeroPoints !== undefined) expectSize('zero_points', zeroPoints, (outer * zeroBlocks * within) / (packed ? perByte : 1));
      const rows = indicesOnDevice(gpu, indices, dims[at]);
      const y = gpu.output(ctx, to, [...dims.slice(0, at), ...indices.dims, ...dims.slice(at + 1)]);
      const params = [indices.size, dims[at], sizeOf(dims.slice(at + 1)), dims[quantized], within, blockSize, blocks, zeroBlocks];
      gpu.map(program, [data, rows, scales, ...(zeroPoints === undefined ? [] : [zeroPoints])], y, params);
      rows.dispose();
      return [y];
    };
  },
  ['device', 'host', 'device', 'device'],
);
