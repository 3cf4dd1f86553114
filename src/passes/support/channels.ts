/** Per-channel parameters of convolutions: what folding arithmetic into weights needs. */
import type { Edge, Node } from '../../graph/index.ts';
import { pack, type Tensor } from '../../tensor/index.ts';
import { newConstant, newNode, refuse, replaceBy, type Patch, type Refusal } from '../pass.ts';
import { attributesOf } from './attributes.ts';
import { constantOf, rankOf } from './constants.ts';

/** Weights and bias of a Conv when both are constant float32: w [M, C/g, ...], b [M] or undefined. */
export interface ConvWeights {
  readonly w: Tensor;
  readonly b: Tensor | undefined;
  readonly channels: number;
}

export function convWeights(conv: Node): ConvWeights | Refusal {
  const w = constantOf(conv.inputs[1]);
  const b = constantOf(conv.inputs[2]);
  if (w === undefined) return refuse('the weight is not constant');
  if (conv.inputs[2] !== undefined && b === undefined) return refuse('the bias is not constant');
  if (w.type !== 'float32') return refuse('the weight is not float32');
  return { w, b, channels: w.dims[0] };
}

/**
 * One number for each channel of [N, C, ...], from a constant that broadcasts along channels alone: one element, [C, 1, ...]
 * or [1, C, 1, ...].
 */
export function perChannel(edge: Edge, channels: number, rank: number): ArrayLike<number> | undefined {
  const tensor = constantOf(edge);
  if (tensor === undefined || tensor.type !== 'float32' || tensor.dims.length > rank) return undefined;
  const data = tensor.data as Float32Array;
  if (tensor.size === 1) return new Float32Array(channels).fill(data[0]);
  const axis = tensor.dims.length - rank + 1;
  const fits = tensor.dims.every((d, i) => d === (i === axis ? channels : 1));
  return fits && axis >= 0 ? data : undefined;
}

/** conv'(x) = factor[c] * conv(x) + offset[c], with the factor in the weight and the offset in the bias. */
export function scaledConv(
  conv: Node, result: Edge, { w, b, channels }: ConvWeights, factor: (c: number) => number, offset: (c: number) => number,
): Patch {
  const weights = w.data as Float32Array;
  const each = channels === 0 ? 0 : w.size / channels;
  const scaled = Float32Array.from(weights, (v, i) => v * factor(Math.floor(i / each)));
  const bias = Float32Array.from({ length: channels }, (_, c) => (b === undefined ? 0 : (b.data as Float32Array)[c]) * factor(c) + offset(c));
  const inputs = [conv.inputs[0], newConstant('weight', pack('float32', scaled, w.dims)), newConstant('bias', pack('float32', bias, [channels]))];
  return replaceBy(newNode('Conv', inputs, [result], attributesOf(conv)));
}

/** The rank of what a Conv makes: that of its input. */
export const convRank = (conv: Node): number => rankOf(conv.inputs[0]) ?? rankOf(conv.inputs[1]) ?? 0;
