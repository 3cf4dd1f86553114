/** Whole models as rows. Pairs of one network in float32 and in fewer bits are there to see what quantization gains. */
import { readFileSync } from 'node:fs';
import { shipped } from '../../src/cli/package.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { bert, bertFeeds, SEQUENCE } from '../nets/bert.ts';
import { decoder, type Weights } from '../nets/decoder.ts';
import { mobileNet, randomImage } from '../nets/mobilenet.ts';
import { GIVEN, type Row, type Subject } from '../result.ts';

function digits(variant: string): Row {
  return {
    name: `digits ${variant}`, kernel: 'digits', shape: '1 image of 8 x 8', types: variant, tolerance: 1e-5, because: 'float sums of another order',
    make() {
      const random = mulberry32(3);
      return { bytes: readFileSync(shipped('models', 'digits', variant, 'model.onnx')), feeds: { image: new Tensor('float32', Float32Array.from({ length: 64 }, random), [1, 1, 8, 8]) } };
    },
  };
}

let nets: ReturnType<typeof mobileNet> | undefined;

function mobile(form: 'int8' | 'float32'): Row {
  return {
    name: `MobileNetV2-like ${form}`, kernel: 'MobileNetV2-like', shape: '1 image of 96 x 96, width 0.35', types: form === 'int8' ? 'QDQ uint8 int8' : form, isSlow: true,
    tolerance: 1e-5, because: 'float sums of another order',
    make: async () => ({ bytes: (await (nets ??= mobileNet()))[form], feeds: { image: randomImage(9) } }),
  };
}

function encoder(form: 'int8' | 'float32'): Row {
  return {
    name: `BERT-like ${form}`, kernel: 'BERT-like', shape: `${SEQUENCE} tokens, 4 layers of 256`, types: form === 'int8' ? 'dynamic int8' : form, isSlow: true,
    ...(form === 'int8' ? { tolerance: 0.05, because: 'the last bit of a float moves a dynamic scale, and codes with it' } : { tolerance: 1e-4, because: 'float sums of another order' }),
    make: () => ({ bytes: bert(form === 'int8'), feeds: bertFeeds() }),
  };
}

/** `queries` tokens after `past` cached ones. A single token's results go into memory of the caller, as a loop over tokens keeps two caches in turns. */
function language(weights: Weights, queries: number, past: number): Row {
  const isToken = queries === 1;
  const what = isToken ? `a token after ${past}` : `a prompt of ${queries}`;
  return {
    name: `language model ${weights}, ${what}`, kernel: 'language model', shape: what, types: weights, isSlow: true, ...(isToken && { remark: GIVEN }),
    ...(weights === 'int8' ? { tolerance: 0.05, because: 'the last bit of a float moves a dynamic scale, and codes with it' } : { tolerance: 1e-4, because: 'float sums of another order' }),
    make(): Subject {
      const random = mulberry32(5);
      const feeds: Record<string, Tensor> = {
        input_ids: new Tensor('int64', BigInt64Array.from({ length: queries }, () => BigInt(Math.floor(random() * 2048))), [1, queries]),
        attention_mask: new Tensor('int64', new BigInt64Array(past + queries).fill(1n), [1, past + queries]),
      };
      const empty = (...dims: readonly number[]): Tensor => new Tensor('float32', new Float32Array(dims.reduce((n, d) => n * d, 1)), dims);
      const outputs: Record<string, Tensor> = { logits: empty(1, queries, 2048) };
      for (let i = 0; i < 4; i++) {
        for (const part of ['key', 'value']) {
          feeds[`past_key_values.${i}.${part}`] = new Tensor('float32', Float32Array.from({ length: 4 * past * 32 }, () => 2 * random() - 1), [1, 4, past, 32]);
          outputs[`present.${i}.${part}`] = empty(1, 4, past + queries, 32);
        }
      }
      return { bytes: decoder(weights), feeds, ...(isToken && { outputs }) };
    },
  };
}

export const MODEL_ROWS: readonly Row[] = [
  digits('qdq_u8s8'), digits('fp32'), mobile('int8'), mobile('float32'), encoder('int8'), encoder('float32'),
  language('int4', 1, 31), language('int8', 1, 31), language('float32', 1, 31), language('int4', 128, 0), language('int8', 128, 0), language('float32', 128, 0),
];
