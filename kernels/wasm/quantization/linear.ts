/** QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear between float32 or float16 and 16-, 8- or 4-bit codes. */
import {
  dequantizeLinear as dequantizeContract, dynamicQuantizeLinear as dynamicContract, quantizeLinear as quantizeContract,
} from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { dtypeInfo, sizeOf, unpack, type DType, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align, ELEMENT_WORK, PIECE, type WasmRuntime } from '../runtime.ts';

/**
 * How parameters lie over the elements: `uniform`: runs of `length` elements with one parameter each, in order; `columns`: rows of
 * `length` elements with a parameter for each column, `repeat` rows sharing theirs.
 */
interface Layout {
  readonly kind: 'uniform' | 'columns';
  readonly length: number;
  readonly runs: number;
  readonly repeat: number;
  /** Rows along the quantized axis for each element of the axes before it (columns only). */
  readonly axisLength: number;
}

function layoutOf(dims: readonly number[], scale: Tensor, axis: number, block: number): Layout {
  const size = sizeOf(dims);
  if (scale.size === 1) return { kind: 'uniform', length: size, runs: size === 0 ? 0 : 1, repeat: 1, axisLength: 1 };
  const at = axis < 0 ? axis + dims.length : axis;
  const inner = sizeOf(dims.slice(at + 1));
  const length = dims[at];
  if (block === 0) {
    // The parameters repeat for each element of the axes before: one pass a slice.
    return { kind: 'uniform', length: inner, runs: length, repeat: size === 0 ? 0 : size / (inner * length), axisLength: length };
  }
  if (inner === 1 && length % block === 0) return { kind: 'uniform', length: block, runs: size / block, repeat: 1, axisLength: length };
  return { kind: 'columns', length: inner, runs: size / inner, repeat: block, axisLength: length };
}

function parameters(node: PlacedNode): { axis: number; block: number } {
  const { attrs } = node;
  return { axis: attrs.has('axis') ? attrs.int('axis') : 1, block: attrs.has('block_size') ? attrs.int('block_size') : 0 };
}

/** Kernels of codes wider than 8 bits, which take a run at a time. */
const WIDE = { uint16: 'dequantize_u16', int16: 'dequantize_i16', int32: 'dequantize_i32' } as const;
const isWide = (type: string | undefined): type is keyof typeof WIDE => type !== undefined && type in WIDE;

/** True where input `i` is absent, or constant zeros. */
function isZero(node: PlacedNode, i: number): boolean {
  const zero = node.constant(i);
  return node.node.inputs[i] === undefined || (zero !== undefined && (zero.data as NumberArray).every((v) => v === 0));
}

function supportsDequantize(node: PlacedNode): true | string {
  const dims = node.inputShape(0), type = node.inputType(0);
  const four = type === 'int4' || type === 'uint4';
  const { block, axis } = parameters(node);
  const last = dims?.at(-1);
  const at = dims === undefined ? 0 : axis < 0 ? axis + dims.length : axis;
  return all(
    onlyTypes(node, 0, 'int8', 'uint8', 'int4', 'uint4', ...Object.keys(WIDE)), onlyTypes(node, 1, 'float32', 'float16'),
    !isWide(type) || block === 0 || 'blocks of wide codes', type !== 'int32' || isZero(node, 2) || 'a zero point of int32 codes',
    node.outputType(0) === node.inputType(1) || 'the output has another type than the scale',
    dims !== undefined || 'the rank is not known',
    !four || (typeof last === 'number' && last % 2 === 0) || '4-bit rows that may be odd',
    block === 0 || at !== (dims?.length ?? 0) - 1 || (typeof last === 'number' && last % block === 0) || 'a short last block',
    !four || block % 2 === 0 || 'odd blocks of 4-bit codes',
    !four || block !== 0 || at !== (dims?.length ?? 0) - 1 || node.inputShape(1)?.every((d) => d === 1) || 'a 4-bit parameter an element',
  );
}

/** y = (x - x_zero_point) * x_scale. */
export const dequantizeLinear = adapt(dequantizeContract, supportsDequantize, (node, wasm) => {
  const { axis, block } = parameters(node);
  return ([x, scale, zero]: [Tensor, Tensor, Tensor?], ctx) => {
    const layout = layoutOf(x.dims, scale, axis, block);
    const half = scale.type === 'float16', width = half ? 2 : 4;
    const wideBytes = half ? 4 * PIECE_ELEMENTS : 0;
    const isAlone = wasm.threads === 1;
    wasm.begin(
      (isAlone ? 2 * PIECE : wasm.outside(x) + align(width * x.size)) + wasm.outside(scale) + 2 * align(4 * scale.size) + wasm.perThread(wideBytes),
    );
    const scales = floatScales(wasm, scale);
    const flip = x.type === 'uint8' ? 0x80 : 0;
    const isOne = zero === undefined && layout.kind === 'uniform' && !isWide(x.type); // one zero point for all
    const zeros = wasm.scratch(4 * scale.size);
    const z = wasm.view(Int32Array, zeros, isOne ? 1 : scale.size);
    if (zero === undefined) z.fill(-flip);
    else {
      const values = unpack(zero);
      for (let i = 0; i < z.length; i++) z[i] = values[i] - flip;
    }
    const { bits } = dtypeInfo(x.type);
    const write = (kernels: Kernels, piece: Piece, from: number, to: number, wide: number): void => {
      const tabled = half && bits === 4 && layout.kind === 'uniform' && piece.length % 32 === 0;
      expand(wasm, kernels, layout.kind, piece, x.type, from, scales, zeros, isOne ? 0 : 4, flip, tabled, half && !tabled ? wide : to);
      if (half && !tabled) kernels.simd.f32_to_f16(wide, to, piece.length * piece.runs);
    };
    const pieces = [...piecesOf(layout)];
    if (isAlone) {
      const codes = wasm.inputInPieces(x), y = wasm.outputInPieces(ctx, 0, scale.type, x.dims), wide = wasm.scratch(wideBytes);
      for (const piece of pieces) {
        const elements = piece.length * piece.runs;
        write(wasm.kernels, piece, codes((piece.at * bits) / 8, (elements * bits) / 8), y.at(width * piece.at, width * elements), wide);
      }
      return [y.done()];
    }
    const from = wasm.input(x);
    const y = wasm.output(ctx, 0, scale.type, x.dims);
    wasm.parallel(pieces.length, ELEMENT_WORK * x.size, wideBytes, (kernels, i, wide) => {
      write(kernels, pieces[i], from + (pieces[i].at * bits) / 8, y.ptr + width * pieces[i].at, wide);
    });
    return [y.done()];
  };
});

/** Elements of a piece at most: a multiple of what any kernel takes at once. */
const PIECE_ELEMENTS = PIECE / 4;

/** Neighbouring elements from `at` on: `runs` runs of `length`, whose parameters begin at number `parameter`. */
interface Piece {
  readonly at: number;
  readonly length: number;
  readonly runs: number;
  readonly parameter: number;
}

function* piecesOf({ kind, length, runs, repeat, axisLength }: Layout): Generator<Piece> {
  const columns = kind === 'columns', blocks = Math.ceil(axisLength / repeat);
  for (let r = 0; r < (columns ? 1 : repeat); r++) {
    const together = columns ? 1 : Math.max(1, Math.floor(PIECE_ELEMENTS / Math.max(1, length)));
    for (let run = 0; run < runs; run += together) {
      const parameter = columns ? (Math.floor(run / axisLength) * blocks + Math.floor((run % axisLength) / repeat)) * length : run;
      const at = (r * runs + run) * length;
      if (length <= PIECE_ELEMENTS) yield { at, length, runs: Math.min(together, runs - run), parameter };
      else {
        for (let i = 0; i < length; i += PIECE_ELEMENTS) {
          yield { at: at + i, length: Math.min(PIECE_ELEMENTS, length - i), runs: 1, parameter: parameter + (columns ? i : 0) };
        }
      }
    }
  }
}

function floatScales(wasm: WasmRuntime, scale: Tensor): number {
  const from = wasm.input(scale);
  if (scale.type === 'float32') return from;
  const to = wasm.scratch(4 * scale.size);
  wasm.kernels.simd.f16_to_f32(from, to, scale.size);
  return to;
}

/** One piece, its codes at `x`, to float32 at `y`, or to float16 where they are `tabled`. */
function expand(
  wasm: WasmRuntime, { simd }: Kernels, kind: Layout['kind'], { length, runs, parameter }: Piece, type: DType, x: number, scales: number, zeros: number, zeroStep: 0 | 4,
  flip: number, tabled: boolean, y: number,
): void {
  const { bits } = dtypeInfo(type);
  const signed = type === 'int4' ? 1 : 0;
  const s = scales + 4 * parameter, z = zeros + zeroStep * parameter;
  if (isWide(type)) {
    const steps = wasm.view(Float32Array, s, runs), moves = wasm.view(Int32Array, z, runs);
    for (let i = 0; i < runs; i++) simd[WIDE[type]](x + (i * length * bits) / 8, steps[i], moves[i], y + 4 * i * length, length);
  } else if (kind === 'columns') {
    if (bits === 8) simd.dequantize_8_columns(x, s, z, flip, y, length);
    else simd.dequantize_4_columns(x, s, z, signed, y, length);
  } else if (bits === 8) simd.dequantize_8(x, s, z, zeroStep, flip, y, length, runs);
  else if (tabled) simd.dequantize_4_half(x, s, z, zeroStep, signed, y, length, runs);
  else simd.dequantize_4(x, s, z, zeroStep, signed, y, length, runs);
}

/** y = saturate(rint(x / y_scale) + y_zero_point), one parameter for all or one a slice. */
export const quantizeLinear = adapt(
  quantizeContract,
  (node) => all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'), node.inputShape(0) !== undefined || 'the rank is not known',
    ['uint8', 'int8', 'uint16', 'int16'].includes(node.outputType(0) ?? '') || `codes of ${node.outputType(0)}`, parameters(node).block === 0 || 'blocks',
    !node.attrs.has('precision') || node.attrs.int('precision') === 0 || 'precision',
  ),
  (node, wasm) => {
    const { axis } = parameters(node);
    const type = node.outputType(0)!;
    const [lo, hi] = integerRange(type);
    const width = dtypeInfo(type).bits / 8;
    const micro = width === 1 ? 'quantize_8' : 'quantize_16';
    return ([x, scale, zero]: [Tensor, Tensor, Tensor?], ctx) => {
      const { length, runs, repeat } = layoutOf(x.dims, scale, axis, 0);
      const scales = scale.data as Float32Array, zeros = zero?.data as NumberArray | undefined;
      if (wasm.threads === 1 && runs * repeat === 1 && length > PIECE_ELEMENTS) {
        wasm.begin(2 * PIECE);
        const values = wasm.inputInPieces(x), y = wasm.outputInPieces(ctx, 0, type, x.dims);
        for (let at = 0; at < length; at += PIECE_ELEMENTS) {
          const count = Math.min(PIECE_ELEMENTS, length - at);
          wasm.kernels.simd[micro](values(4 * at, 4 * count), scales[0], zeros?.[0] ?? 0, lo, hi, y.at(width * at, width * count), count);
        }
        return [y.done()];
      }
      wasm.begin(wasm.outside(x) + align(width * x.size));
      const y = wasm.output(ctx, 0, type, x.dims);
      const from = wasm.input(x);
      const some = ({ simd }: Kernels, run: number, at: number, count: number): void => {
        simd[micro](from + 4 * at, scales[run % runs], zeros?.[run % runs] ?? 0, lo, hi, y.ptr + width * at, count);
      };
      if (runs * repeat === 1) wasm.parallelRange(length, ELEMENT_WORK, (kernels, at, count) => some(kernels, 0, at, count));
      else {
        wasm.parallelRange(runs * repeat, ELEMENT_WORK * length, (kernels, first, count) => {
          for (let run = first; run < first + count; run++) some(kernels, run, run * length, length);
        }, 1);
      }
      return [y.done()];
    };
  },
);

/** uint8 over the range of x and 0. */
export const dynamicQuantizeLinear = adapt(dynamicContract, (node) => onlyTypes(node, 0, 'float32'), (_, wasm) => ([x]: [Tensor], ctx) => {
  wasm.begin(wasm.outside(x) + align(x.size) + 64);
  const y = wasm.output(ctx, 0, 'uint8', x.dims);
  const out = wasm.scratch(64);
  wasm.kernels.simd.dynamic_quantize(wasm.input(x), x.size, y.ptr, out);
  const scale = ctx.output(1, 'float32', []);
  const zero = ctx.output(2, 'uint8', []);
  (scale.data as Float32Array)[0] = wasm.view(Float32Array, out, 1)[0];
  (zero.data as Uint8Array)[0] = wasm.int32(out + 4);
  return [y.done(), scale, zero];
});
