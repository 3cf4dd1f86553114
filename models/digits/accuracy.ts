/** `node accuracy.js FOLDER`: the share of test images that each network of a folder (CASE/model.onnx) gets right, as JSON. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, type Tensor } from '../../src/main.ts';
import { decodeDigits, imageTensor } from './digits.ts';

const here = dirname(fileURLToPath(import.meta.url)).replace(/([\\/])dist[\\/]models/, '$1models');
const digits = decodeDigits(readFileSync(join(here, 'test.json'), 'utf8'));
const image = imageTensor(digits);
const [folder] = process.argv.slice(2);

/** Index of the largest of the 10 logits of image `i`. */
function guess(logits: ArrayLike<number>, i: number): number {
  let best = 0;
  for (let c = 1; c < 10; c++) if (logits[10 * i + c] > logits[10 * i + best]) best = c;
  return best;
}

const names = readdirSync(folder).filter((f) => existsSync(join(folder, f, 'model.onnx')));
const report = existsSync(join(folder, 'report.json')) ? Object.keys(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as object) : names;
const result: Record<string, number> = {};
for (const name of report) {
  const session = await InferenceSession.create(resolve(folder, name, 'model.onnx'), { executionProviders: ['cpu'] });
  const { logits } = await session.run({ image });
  const right = digits.filter((d, i) => guess((logits as Tensor).data as Float32Array, i) === d.label).length;
  result[name] = right / digits.length;
}
console.log(JSON.stringify(result));
