/** The demo's first part: an int8 network reads handwritten digits. */
import { readFileSync } from 'node:fs';
import { compareValues, DEFAULT_TOLERANCE } from '../tensor/compare.ts';
import { decodeDigits, imageTensor } from '../../models/digits/digits.ts';
import { InferenceSession, type Tensor } from '../main.ts';
import { decodeTensor } from '../model/index.ts';
import { unpack } from '../tensor/index.ts';
import { summarize, type DemoRow } from './demo.ts';
import { DIGIT_COLUMNS, drawDigits } from './draw.ts';
import { sessionOptions, type SessionFlags } from './options.ts';
import { shipped } from './package.ts';
import { greedy as likeliest } from '../text/index.ts';
import { bold, formatTime, print, red } from './text.ts';

const DRAWN = 5;

/** All test images through one network: accuracy against the labels, and each logit against onnxruntime's. */
export async function classify(model: string, flags: SessionFlags, draw: boolean): Promise<DemoRow> {
  const digits = decodeDigits(readFileSync(shipped('models', 'digits', 'test.json'), 'utf8'));
  const session = await InferenceSession.create(shipped('models', model, 'model.onnx'), sessionOptions(flags));
  const began = performance.now();
  const logits = (await session.run({ image: imageTensor(digits) }))['logits'] as Tensor;
  const time = performance.now() - began;
  const predictions = rowsOf(logits).map(likeliest);
  const right = predictions.filter((p, i) => p === digits[i]!.label).length;
  const percent = ((100 * right) / digits.length).toFixed(2);
  print(`${bold(model)}: ${right} of ${digits.length} test images right (${percent} %), ${formatTime(time / digits.length)} an image`);
  if (draw) {
    const shown = digits.slice(0, DRAWN);
    print(`\n${drawDigits(shown)}`);
    print(`${shown.map((d, i) => caption(predictions[i]!, d.label)).join('').trimEnd()}\n`);
  }
  const expected = decodeTensor(readFileSync(shipped('models', model, 'logits.pb'))).tensor;
  const matches = compareValues('logits', expected, logits, DEFAULT_TOLERANCE) === undefined;
  const row = { model, ...summarize(session), time: formatTime(time), matches };
  await session.release();
  return row;
}

function caption(prediction: number, label: number): string {
  const text = prediction === label ? `a ${prediction}` : `a ${prediction}? no, a ${label}`;
  const padded = text.padStart(Math.ceil((DIGIT_COLUMNS + text.length) / 2) - 1).padEnd(DIGIT_COLUMNS);
  return prediction === label ? padded : red(padded);
}

/** [rows, width] as `rows` lists. */
function rowsOf(logits: Tensor): ArrayLike<number>[] {
  const values = unpack(logits);
  const [rows, width] = logits.dims as [number, number];
  return Array.from({ length: rows }, (_, i) => values.subarray(i * width, (i + 1) * width));
}
