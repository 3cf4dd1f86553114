/**
 * Moves elements between tensors of one type without looking at their values: strings, complex pairs, 64-bit integers
 * and packed 4- and 2-bit codes alike. Numbers travel as bits in unsigned words, so that NaN payloads survive.
 */
import { dtypeInfo, sizeOf, storageLength, stridesOf, Tensor, type DType } from '../../../src/tensor/index.ts';

/** target[at + i * step] = source[from + i * stride] for i in [0, count), all counted in elements. */
export type Mover = (at: number, step: number, from: number, stride: number, count: number) => void;

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Below this many words a plain loop is quicker than a call of `set`. */
const SHORT_RUN = 24;

/** The mover from one tensor to another of the same type (or to itself, where runs do not overlap). */
export function mover(target: Tensor, source: Tensor): Mover {
  const { bits } = dtypeInfo(target.type);
  if (Array.isArray(target.data)) return moveStrings(target.data, source.data as string[]);
  if (bits < 8) return moveCodes(target, source, bits);
  return moveWords(words(target), words(source), wordsPerElement(bits));
}

/** `mover` for contiguous runs. */
export function blockMover(target: Tensor, source: Tensor): (at: number, from: number, count: number) => void {
  const move = mover(target, source);
  return (at, from, count) => move(at, 1, from, 1, count);
}

// 64- and 128-bit elements are moved as two and four 32-bit words.
function wordsPerElement(bits: number): number {
  return Math.max(1, bits / 32);
}

function words(tensor: Tensor): Words {
  const { buffer, byteOffset, byteLength } = tensor.data as Uint8Array;
  const { bits } = dtypeInfo(tensor.type);
  if (bits === 8) return new Uint8Array(buffer, byteOffset, byteLength);
  if (bits === 16) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function moveWords(target: Words, source: Words, width: number): Mover {
  return (at, step, from, stride, count) => {
    if (step === 1 && stride === 1 && count * width >= SHORT_RUN) {
      target.set(source.subarray(from * width, (from + count) * width), at * width);
    } else if (width === 1) {
      for (let i = 0; i < count; i++) target[at + i * step] = source[from + i * stride];
    } else {
      for (let i = 0; i < count; i++) {
        const to = (at + i * step) * width;
        const start = (from + i * stride) * width;
        for (let w = 0; w < width; w++) target[to + w] = source[start + w];
      }
    }
  };
}

function moveStrings(target: string[], source: readonly string[]): Mover {
  return (at, step, from, stride, count) => {
    for (let i = 0; i < count; i++) target[at + i * step] = source[from + i * stride];
  };
}

function moveCodes(targetTensor: Tensor, sourceTensor: Tensor, bits: number): Mover {
  const target = targetTensor.data as Uint8Array;
  const source = sourceTensor.data as Uint8Array;
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  // The unused high bits of the last byte belong to no element: keep them zero.
  const tail = targetTensor.size % perByte;
  if (tail !== 0) target[target.length - 1] &= (1 << (tail * bits)) - 1;
  return (at, step, from, stride, count) => {
    let i = 0;
    if (step === 1 && stride === 1 && at % perByte === 0 && from % perByte === 0) {
      const bytes = Math.floor(count / perByte);
      target.set(source.subarray(from / perByte, from / perByte + bytes), at / perByte);
      i = bytes * perByte;
    }
    for (; i < count; i++) {
      const start = from + i * stride;
      const to = at + i * step;
      const code = (source[Math.floor(start / perByte)] >> ((start % perByte) * bits)) & mask;
      const byte = Math.floor(to / perByte);
      const shift = (to % perByte) * bits;
      target[byte] = (target[byte] & ~(mask << shift)) | (code << shift);
    }
  };
}

/** Elements of a tensor seen through strides: element [i, j, ...] is number `offset + i * strides[0] + j * strides[1] + ...`. */
export interface Strided {
  readonly tensor: Tensor;
  readonly offset?: number;
  readonly strides?: readonly number[];
}

/** One axis of a strided copy. */
interface Axis {
  length: number;
  step: number;
  stride: number;
}

/** target[index] = source[index] for every index within `dims`. Strides left out are row-major over `dims`. */
export function copyStrided(dims: readonly number[], target: Strided, source: Strided): void {
  if (sizeOf(dims) === 0) return;
  const dense = stridesOf(dims);
  const axes = joinAxes(dims, target.strides ?? dense, source.strides ?? dense);
  const run = takeRun(axes);
  const move = mover(target.tensor, source.tensor);
  let at = target.offset ?? 0;
  let from = source.offset ?? 0;
  const index = new Array<number>(axes.length).fill(0);
  for (;;) {
    move(at, run.step, from, run.stride, run.length);
    let a = axes.length - 1;
    for (; a >= 0; a--) {
      const axis = axes[a];
      at += axis.step;
      from += axis.stride;
      if (++index[a] < axis.length) break;
      at -= axis.step * axis.length;
      from -= axis.stride * axis.length;
      index[a] = 0;
    }
    if (a < 0) return;
  }
}

// Axes of length 1 go; neighbours that both sides step through evenly become one.
function joinAxes(dims: readonly number[], steps: readonly number[], strides: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  dims.forEach((length, i) => {
    if (length === 1) return;
    const outer = axes.at(-1);
    if (outer !== undefined && outer.step === steps[i] * length && outer.stride === strides[i] * length) {
      outer.length *= length;
      outer.step = steps[i];
      outer.stride = strides[i];
    } else axes.push({ length, step: steps[i], stride: strides[i] });
  });
  return axes;
}

// The axis to copy in one go: one that is contiguous on both sides unless it is very short, else the longest.
function takeRun(axes: Axis[]): Axis {
  if (axes.length === 0) return { length: 1, step: 1, stride: 1 };
  let best = axes.findIndex((a) => a.step === 1 && a.stride === 1 && a.length >= 8);
  if (best < 0) best = axes.reduce((b, a, i) => (a.length >= axes[b].length ? i : b), 0);
  return axes.splice(best, 1)[0];
}

/** Repeats the block of `count` elements at `at` until `total` elements from `at` on are filled. */
export function repeatBlock(tensor: Tensor, at: number, count: number, total: number): void {
  if (count === 0) return;
  const move = blockMover(tensor, tensor);
  for (let done = count; done < total; done *= 2) move(at + done, at, Math.min(done, total - done));
}

/** Sets every element of `target` to element `index` of `source`. */
export function fillWith(target: Tensor, source: Tensor, index = 0): void {
  if (target.size === 0) return;
  mover(target, source)(0, 1, index, 1, 1);
  repeatBlock(target, 0, 1, target.size);
}

/** The element whose bits are all zero; the empty string. */
export function zeroOf(type: DType): Tensor {
  const { array } = dtypeInfo(type);
  return new Tensor(type, array === undefined ? [''] : new array(storageLength(type, 1)), []);
}
