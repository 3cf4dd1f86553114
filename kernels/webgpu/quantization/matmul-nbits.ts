import { matMulNBits as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { chooseTile } from '../math/float-tile.ts';
import type { Block } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { storeWith, stored, type FloatType } from '../wgsl/rows.ts';
import { chunkOf, nbitsFormat, planesOf, wordsOf, type NBitsFormat } from './nbits-format.ts';
import { floatGemmProgram, integerGemmProgram } from './nbits-gemm.ts';
import { gemvProgram, gemvTile } from './nbits-gemv.ts';
import { packFloats, packWeights, packZeros, quantizeRows } from './nbits-prepare.ts';

type Inputs = [a: Tensor, b: Tensor, scales: Tensor, zeroPoints?: Tensor, groups?: Tensor, bias?: Tensor];

/** Rows up to which the weights are read once for four rows; more rows go by tiles. */
const THIN = 8;

function supports(node: PlacedNode): true | string {
  return all(
    onlyTypes(node, 0, 'float32', 'float16'), onlyTypes(node, 2, 'float32', 'float16'), onlyTypes(node, 3, 'uint8', 'float32', 'float16'),
    onlyTypes(node, 5, 'float32', 'float16'), node.node.inputs[4] === undefined || 'columns reordered by g_idx', node.attrs.int('K') > 0 || 'K is 0',
  );
}

/**
 * Y[m, n] = sum over k of A[m, k] * W[n, k] + bias[n], with W[n, k] = (code - zero point) * scale of its block. accuracy_level 4 quantizes A to
 * int8 in the same blocks, under the conditions of the cpu kernel. Constant weights are packed here, on the device; others at every run.
 * A: [..., K], B: [N, blocks, bytes of a block], Y: [..., N]
 */
export const matMulNBits = adapt(contract, supports, (node, gpu) => {
  const format = formatOf(node);
  const key = JSON.stringify(format);
  const types = [node.inputType(2), node.inputType(3)] as const;
  const weights = [1, 2, 3].map((i) => node.constant(i));
  const constant = [1, 2, 3].every((i) => node.node.inputs[i] === undefined || weights[i - 1] !== undefined);
  let packed: Packed | undefined;
  if (constant) {
    checkWeights(format, weights as unknown as WeightTensors);
    const uploaded = weights.map((t) => t && gpu.memory.upload(t, false)) as unknown as WeightTensors;
    packed = pack(gpu, format, key, uploaded, types, (bytes) => gpu.memory.reserve(bytes));
    for (const t of uploaded) t?.dispose();
  }
  const kernel = ([a, b, scales, zeros, , bias]: Inputs, ctx: KernelContext) => {
    if (a.dims.at(-1) !== format.K) fail('E_SHAPE', 'A has the wrong number of columns', { expected: String(format.K), found: `[${a.dims.join(', ')}]` });
    const y = gpu.output(ctx, a.type, [...a.dims.slice(0, -1), format.N]);
    if (y.size === 0) return [y];
    if (packed !== undefined) multiply(gpu, format, key, a, packed, bias, y);
    else {
      checkWeights(format, [b, scales, zeros]);
      const made: Tensor[] = [];
      const room = (bytes: number): Block => {
        made.push(gpu.scratch('uint32', [bytes / 4]));
        return gpu.memory.block(made.at(-1)!);
      };
      multiply(gpu, format, key, a, pack(gpu, format, key, [b, scales, zeros], types, room), bias, y);
      for (const t of made) t.dispose();
    }
    return [y];
  };
  return constant ? Object.assign(kernel, { reads: [undefined, 'anywhere', 'anywhere', 'anywhere'] as const }) : kernel;
});

function formatOf(node: PlacedNode): NBitsFormat {
  const { attrs } = node;
  const [K, N, bits, blockSize] = (['K', 'N', 'bits', 'block_size'] as const).map((name) => attrs.int(name));
  const integer = attrs.int('accuracy_level') === 4 && node.constant(1) !== undefined && (node.inputType(3) ?? 'uint8') === 'uint8'
    && (bits !== 2 || [32, 64, 128].includes(blockSize));
  const a = node.inputType(0) as FloatType;
  return nbitsFormat({
    K, N, bits, blockSize, level: integer ? 4 : 0, hasZeros: node.node.inputs[3] !== undefined, wholeZeros: (node.inputType(3) ?? 'uint8') === 'uint8', a, y: stored(a, N), bias: node.inputType(5) as FloatType | undefined,
  });
}

type WeightTensors = readonly [codes: Tensor, scales: Tensor, zeros: Tensor | undefined];

function checkWeights(f: NBitsFormat, [codes, scales, zeros]: WeightTensors): void {
  const expect = (name: string, t: Tensor, size: number): void => {
    if (t.size !== size) fail('E_SHAPE', `${name} has the wrong size`, { arg: { kind: 'input', name }, expected: `${size} elements`, found: `[${t.dims.join(', ')}]` });
  };
  expect('B', codes, f.N * wordsOf(f) * 4);
  expect('scales', scales, f.N * f.blocks);
  if (zeros !== undefined) expect('zero_points', zeros, zeros.type === 'uint8' ? f.N * Math.ceil((f.blocks * f.bits) / 8) : f.N * f.blocks);
}

/** Weights, scales and zero points in the layouts of `NBitsFormat`. */
type Packed = readonly [weights: Block, scales: Block, zeros?: Block];

function pack(
  gpu: WebgpuSession, f: NBitsFormat, key: string, [codes, scales, zeros]: WeightTensors, [scaleType, zeroType]: readonly (DType | undefined)[], room: (bytes: number) => Block,
): Packed {
  const columns = Math.ceil(f.paddedN / 64);
  const weights = room(4 * wordsOf(f) * f.paddedN), factors = room(4 * f.blocks * f.paddedN);
  gpu.run(gpu.program(`nbits pack ${key}`, () => packWeights(f)), [codes, weights], [], [columns, wordsOf(f)]);
  gpu.run(gpu.program(`nbits pack ${scaleType} ${key}`, () => packFloats(f, scaleType as FloatType)), [scales, factors], [], [columns, f.blocks]);
  if (zeros === undefined) return [weights, factors];
  const points = room(4 * f.blocks * f.paddedN);
  const program = zeroType === 'uint8' ? gpu.program(`nbits pack zeros ${key}`, () => packZeros(f)) : gpu.program(`nbits pack ${zeroType} ${key}`, () => packFloats(f, zeroType as FloatType));
  gpu.run(program, [zeros, points], [], [columns, f.blocks]);
  return [weights, factors, points];
}

function multiply(gpu: WebgpuSession, f: NBitsFormat, key: string, a: Tensor, [weights, scales, zeros]: Packed, bias: Tensor | undefined, y: Tensor): void {
  const M = a.size / f.K;
  storeWith(gpu, y, f.y, (out) => {
    const quantized = f.level === 4 ? quantize(gpu, f, key, a, M) : undefined;
    const [codes, rowScales, rowSums] = quantized ?? [a];
    const operands = [codes, weights, scales, ...(zeros ? [zeros] : []), ...(quantized ? [rowScales!, rowSums!] : []), ...(bias ? [bias] : []), out];
    if (M <= THIN) {
      const tile = gemvTile(f, M, gpu.gpu.limits.maxComputeInvocationsPerWorkgroup);
      gpu.run(gpu.program(`nbits gemv ${tile.rows} ${key}`, () => gemvProgram(f, tile)), operands, [M], [Math.ceil(f.paddedN / (4 * tile.lanes)), Math.ceil(M / tile.rows)]);
    } else if (f.level === 4) {
      gpu.run(gpu.program(`nbits int gemm ${key}`, () => integerGemmProgram(f)), operands, [M], [Math.ceil(f.N / 64), Math.ceil(M / 64)]);
    } else {
      const tile = chooseTile(M, f.N);
      gpu.run(gpu.program(`nbits gemm ${tile.rows} ${tile.columns} ${key}`, () => floatGemmProgram(f, tile)), operands, [M], [Math.ceil(f.N / tile.columns), Math.ceil(M / tile.rows)]);
    }
    for (const t of quantized ?? []) t.dispose();
  });
}

/** A as int8: codes, scales and sums of each row's blocks. */
function quantize(gpu: WebgpuSession, f: NBitsFormat, key: string, a: Tensor, M: number): readonly [Tensor, Tensor, Tensor] {
  const codes = gpu.scratch('uint32', [M, wordsOf(f) * planesOf(f.bits)]);
  const scales = gpu.scratch('float32', [M, f.blocks]), sums = gpu.scratch('int32', [M, (f.blocks * f.blockSize) / chunkOf(f)]);
  gpu.run(gpu.program(`nbits rows ${key}`, () => quantizeRows(f)), [a, codes, scales, sums], [], [Math.ceil(f.blocks / 64), M]);
  return [codes, scales, sums];
}
