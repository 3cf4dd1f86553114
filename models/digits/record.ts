/**
 * Records what the demo and the tests compare with, from the files that `train.py` writes:
 * `test.json` (the test images as text, with their labels) and VARIANT/logits.pb (onnxruntime's logits for all of them).
 *
 *     npx tsx models/digits/record.ts OUT/digits_test.npz
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { decodeNpz } from '../../src/cli/npy.ts';
import { encodeTensor } from '../../src/model/index.ts';
import { Tensor, unpack } from '../../src/tensor/index.ts';
import { encodeDigits, imageTensor, type Digits } from './digits.ts';

const here = dirname(fileURLToPath(import.meta.url));
const npz = decodeNpz(readFileSync(process.argv[2]!));
const pixels = unpack(npz.get('images')!), labels = unpack(npz.get('labels')!);
const digits: Digits = Array.from(labels, (label, i) => ({ label, pixels: Array.from(pixels.slice(64 * i, 64 * (i + 1))) }));
writeFileSync(join(here, 'test.json'), encodeDigits(digits));

const images = imageTensor(digits);
for (const variant of readdirSync(here, { withFileTypes: true }).filter((d) => d.isDirectory()).map((d) => d.name)) {
  const session = await ort.InferenceSession.create(join(here, variant, 'model.onnx'), { intraOpNumThreads: 1 });
  const { logits } = await session.run({ image: new ort.Tensor('float32', images.data as Float32Array, images.dims) });
  writeFileSync(join(here, variant, 'logits.pb'), encodeTensor(new Tensor('float32', logits!.data as Float32Array, logits!.dims), 'logits'));
}
