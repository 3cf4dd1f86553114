import { pad as contract } from '../../../src/ops/contracts.ts';
import { padAmounts, padDims, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { dtypeInfo, pack, stridesOf, toInts, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { adapt, all } from '../implement.ts';
import { bitsOf } from '../wgsl/element.ts';
import { movable } from './movable.ts';

/** y[i] = x[i - begin] inside, a constant outside. Pads and the constant are read on the host. */
export const pad = adapt(
  contract,
  (node) => {
    const mode = node.attrs.string('mode');
    return all(movable(node, 0), node.version.since >= 2 || 'pads before opset 2', mode === 'constant' || `mode ${mode}`);
  },
  ({ attrs, version, inputType }, gpu) => {
    const type = inputType(0)!;
    const bits = bitsOf(type)!;
    const fixed = version.since < 11 ? attrs.ints('pads') : undefined;
    const value = version.since < 11 ? attrs.float('value') : 0;
    return ([x, pads, constant, axes]: [Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
      const rank = x.dims.length;
      const { begin, end } = padAmounts(rank, fixed ?? toInts(pads!), axes && toInts(axes), refuseShape);
      const y = gpu.output(ctx, type, padDims(x.dims, begin, end, refuseShape) as number[]);
      const program = gpu.mapProgram(`Pad:${bits}:${rank}`, () => ({
        label: 'Pad', inputs: { x: bits }, output: bits,
        params: ['fill', ...(rank === 0 ? [] : [`d[${rank}]`, `l[${rank}]:i32`, `b[${rank}]:i32`, `s[${rank}]`])],
        code: `fn value(i: u32) -> u32 {
  var r = i;
  var at = 0u;
  ${Array.from({ length: rank }, (_, k) => rank - 1 - k).map((a) => `{ var c = i32(r % p.d_${a}) - p.b_${a}; r /= p.d_${a}; if (c < 0 || c >= p.l_${a}) { return p.fill; } at += u32(c) * p.s_${a}; }`).join('\n  ')}
  return x_at(at);
}`,
      }));
      return [gpu.map(program, [x], y, [bitsOfValue(constant ?? pack(type, [value], [])), ...y.dims, ...x.dims, ...begin, ...stridesOf(x.dims)])];
    };
  },
  ['device', 'host', 'host', 'host'],
);

/** The bits of a one-element tensor. */
function bitsOfValue(t: Tensor): number {
  if (t.size !== 1) refuseShape('constant_value is not one element', '1 element', String(t.size));
  const data = t.data as TypedArray;
  const word = new Uint8Array(4);
  word.set(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
  const { bits } = dtypeInfo(t.type);
  return (new Uint32Array(word.buffer)[0] & (bits === 32 ? 0xffffffff : 2 ** bits - 1)) >>> 0;
}
