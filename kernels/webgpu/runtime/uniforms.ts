/** The parameters of all dispatches of a window, in one uniform buffer that is written when the window is submitted. */
import { COPY_DST, UNIFORM } from './pool.ts';

const BYTES = 2 ** 18;

export class Uniforms {
  readonly buffer: GPUBuffer;
  private readonly bytes = new ArrayBuffer(BYTES);
  private readonly words = { u: new Uint32Array(this.bytes), i: new Int32Array(this.bytes), f: new Float32Array(this.bytes) };
  private readonly step: number;
  private used = 0;
  /** What the buffer holds: runs on the same shapes have the same parameters, and send nothing. */
  private readonly sent = new Uint32Array(BYTES / 4);

  /** `step`: what offsets are multiples of. */
  constructor(device: GPUDevice, step: number) {
    this.step = step;
    this.buffer = device.createBuffer({ size: BYTES, usage: UNIFORM | COPY_DST });
  }

  private room(count: number): number {
    return Math.ceil((4 * count) / this.step) * this.step;
  }

  /** False when the window has to be submitted first. */
  fits(count: number): boolean {
    return this.used + this.room(count) <= BYTES;
  }

  /** Puts numbers down, one word each, `types` a letter a word; gives their offset. */
  put(params: readonly number[], types: string): number {
    const offset = this.used;
    for (let i = 0; i < params.length; i++) this.words[types[i] as 'u' | 'i' | 'f'][offset / 4 + i] = params[i];
    this.used += this.room(params.length);
    return offset;
  }

  /** Sends what was put down, where it is new, and begins anew. */
  submit(queue: GPUQueue): void {
    const words = this.used / 4, { u } = this.words;
    let from = 0;
    while (from < words && u[from] === this.sent[from]) from++;
    if (from < words) {
      queue.writeBuffer(this.buffer, 0, this.bytes, 0, this.used);
      this.sent.set(u.subarray(from, words), from);
    }
    this.used = 0;
  }
}
