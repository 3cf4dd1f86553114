/** Y[row, n] = sum over k of A[row, k] (code[n, k] - zero) * scale by block of k; codes lie `per` to a word, low digits first. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, a: Float32Array, words: Float32Array, scale: Float32Array, zero: Float32Array, bias: Float32Array,
  k: number, n: number, wordsPerBlock: number, per: number, base: number, blocks: number,
): number {
  const row = divide(this.thread.x, n);
  const column = this.thread.x - row * n;
  let sum = 0;
  let at = row * k;
  const end = row * k + k;
  let word = column * blocks * wordsPerBlock;
  for (let block = 0; block < blocks; block++) {
    const s = scale[column * blocks + block]!;
    const z = zero[column * blocks + block]!;
    for (let j = 0; j < wordsPerBlock; j++) {
      let rest = words[word]!;
      word = word + 1;
      for (let d = 0; d < per; d++) {
        const next = Math.floor(rest / base);
        if (at < end) sum = sum + a[at]! * ((rest - next * base - z) * s);
        rest = next;
        at = at + 1;
      }
    }
  }
  return sum + bias[column]!;
}

export const nbitsProduct: KernelSource = { name: 'nbitsProduct', main, helpers: [divide] };
