/** QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear. */
import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { castHalf, dequantize, quantize } from '../functions/index.ts';
import { adapt, all, onlyTypes, present, type GpuAdapter } from '../implement.ts';
import { dynamicQuantize, sizeKnown } from './dynamic.ts';
import { highParts, parameterWalk, valuesOf } from './parameters.ts';

const CODES: readonly DType[] = ['uint8', 'int8', 'uint16', 'int16', 'uint4', 'int4', 'uint2', 'int2'];
const axisOf = ({ attrs }: PlacedNode): number => (attrs.has('axis') ? attrs.int('axis') : 1);
const blockOf = ({ attrs }: PlacedNode): number => (attrs.has('block_size') ? attrs.int('block_size') : 0);

/** Tables made from constants stay; those of fed parameters are made at every run. */
function tables<T extends readonly unknown[]>(make: (inputs: T) => readonly Tensor[], constant: boolean): { get(inputs: T): readonly Tensor[]; done(made: readonly Tensor[]): void } {
  const kept = new Map<string, readonly Tensor[]>();
  return {
    get(inputs) {
      if (!constant) return make(inputs);
      const key = (inputs[0] as Tensor).dims.join();
      let made = kept.get(key);
      if (made === undefined) kept.set(key, (made = make(inputs)));
      return made;
    },
    done(made) {
      if (!constant) for (const t of made) t.dispose();
    },
  };
}

const fixed = (node: PlacedNode, ...indices: readonly number[]): boolean => indices.every((i) => !present(node, i) || node.constant(i) !== undefined);

const noZero = (node: PlacedNode): boolean => !present(node, 2) || (node.constant(2) !== undefined && unpack(node.constant(2)!).every((z) => z === 0));

/** y = (x - zero) * scale. Parameters are read on the host: they are few. */
function dequantizer(op: OpContract): GpuAdapter {
  return adapt(
    op,
    // int32 is rounded on the way up, as it would be here: it has no zero point.
    (node) => all(node.inputType(0) === 'int32' && noZero(node) || onlyTypes(node, 0, CODES), onlyTypes(node, 1, ['float32', 'float16']), ['float32', 'float16'].includes(node.outputType(0) ?? '') || `output ${node.outputType(0)}`),
    (node, gpu) => {
      const type = node.outputType(0)!;
      const parameters = tables(([x, scale, zero]: readonly [Tensor, Tensor, Tensor | undefined]) => {
        const walk = parameterWalk(x.dims, scale, axisOf(node), blockOf(node));
        return [gpu.table(walk.spread(valuesOf(scale, 1))), gpu.table(walk.spread(valuesOf(zero, scale.size)))];
      }, fixed(node, 1, 2));
      return async ([x, scale, zero]: [Tensor, Tensor, Tensor?], ctx) => {
        const made = parameters.get([x, scale, zero]);
        const { axis, block, blocks, inner } = parameterWalk(x.dims, scale, axisOf(node), blockOf(node));
        const y = await gpu.run(ctx, dequantize, type, x.dims, [x, ...made, axis, block, blocks, inner]);
        parameters.done(made);
        return [type === 'float16' ? await narrowed(gpu, ctx, y) : y];
      };
    },
    ['device', 'host', 'host'],
  );
}

/** Rounded to float16 on the device. */
async function narrowed(gpu: GpuEngine, ctx: KernelContext, y: Tensor): Promise<Tensor> {
  const half = await gpu.run(ctx, castHalf, 'float16', y.dims, [y]);
  y.dispose();
  return half;
}

/** y = saturate(rint(x / scale) + zero), exact at ties for 8-bit codes. */
function quantizer(op: OpContract): GpuAdapter {
  return adapt(
    op,
    (node) => all(
      onlyTypes(node, 0, ['float32']), onlyTypes(node, 1, ['float32']),
      ['uint8', 'int8', 'uint4', 'int4', 'uint2', 'int2'].includes(node.outputType(0) ?? '') || `ties of ${node.outputType(0)} codes are not exact`,
      !node.attrs.has('precision') || node.attrs.int('precision') <= 1 || 'a division in another type',
    ),
    (node, gpu) => {
      const type = node.outputType(0)!;
      const [lo, hi] = integerRange(type);
      const parameters = tables(([x, scale, zero]: readonly [Tensor, Tensor, Tensor | undefined]) => {
        const walk = parameterWalk(x.dims, scale, axisOf(node), blockOf(node));
        const scales = walk.spread(valuesOf(scale, 1));
        return [gpu.table(scales), gpu.table(highParts(scales)), gpu.table(walk.spread(valuesOf(zero, scale.size)))];
      }, fixed(node, 1, 2));
      return async ([x, scale, zero]: [Tensor, Tensor, Tensor?], ctx) => {
        const made = parameters.get([x, scale, zero]);
        const { axis, block, blocks, inner } = parameterWalk(x.dims, scale, axisOf(node), blockOf(node));
        const y = await gpu.run(ctx, quantize, type, x.dims, [x, ...made, axis, block, blocks, inner, lo, hi]);
        parameters.done(made);
        return [y];
      };
    },
    ['device', 'host', 'host'],
  );
}

export const dequantizeLinear = dequantizer(contracts.dequantizeLinear);
export const msDequantizeLinear = dequantizer(contracts.msDequantizeLinear);
export const quantizeLinear = quantizer(contracts.quantizeLinear);
export const msQuantizeLinear = quantizer(contracts.msQuantizeLinear);

export const dynamicQuantizeLinear = adapt(contracts.dynamicQuantizeLinear, (node) => all(onlyTypes(node, 0, ['float32']), sizeKnown(node)), (_, gpu) => async ([x]: [Tensor], ctx) =>
  dynamicQuantize(gpu, ctx, x));
