/** Small networks as exporters write them: what optimizers meet, for node counts and for models saved and loaded elsewhere. */
import { channelsLast, mobileNet, mobileNetQdq, yolo } from './cnn.ts';
import { decoder } from './decoder.ts';
import { encoder } from './encoder.ts';
import type { Network } from './network.ts';

export type { Network };

export const NETWORKS: readonly (() => Network)[] = [
  mobileNet, mobileNetQdq, channelsLast, yolo,
  ...(['float', 'qdq', 'dynamic'] as const).flatMap((products) => [false, true].map((decomposed) => () => encoder({ products, decomposed }))),
  () => encoder({ products: 'float', decomposed: false, sdpa: true }),
  () => decoder({ name: 'decoder_sdpa', bias: true, norm: 'division', headNorm: false, weights: 'float', sdpa: true }),
  () => decoder({ name: 'decoder_float', bias: false, norm: 'reciprocal', headNorm: false, weights: 'float' }),
  () => decoder({ name: 'decoder_bias', bias: true, norm: 'division', headNorm: false, weights: 'float' }),
  () => decoder({ name: 'decoder_head_norm', bias: false, norm: 'reciprocal', headNorm: true, weights: 'float' }),
  () => decoder({ name: 'decoder_dynamic', bias: true, norm: 'reciprocal', headNorm: false, weights: 'dynamic' }),
  () => decoder({ name: 'decoder_int4', bias: false, norm: 'division', headNorm: false, weights: 'int4' }),
  () => decoder({ name: 'decoder_rms', bias: false, norm: 'operator', headNorm: false, weights: 'float' }),
];
