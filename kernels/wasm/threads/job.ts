/**
 * What the threads of a provider share: a few words of linear memory, and a job as a list of kernel calls.
 *
 * A job is a number of tiles, a tile is calls of micro-kernels with their arguments, written down by the thread that runs the
 * session. All threads take tiles and make the calls. Which thread makes a call changes nothing in what it computes, so results do
 * not depend on the number of threads.
 *
 * `LEFT` is the number of tiles left to take, beside the number of the job in its upper half: a thread that comes late finds none
 * left, or takes a tile of the next job, and reads what the job is only once it has a tile. So nobody waits for a thread that has
 * none, be it asleep or not scheduled.
 */
import type { Kernels } from '../modules.ts';

/** Words of the control block, 64 bytes apart where several threads write. */
export const EPOCH = 0; // changes with every job; CLOSING: threads end
export const LEFT = 16;
export const DONE = 32; // tiles done
export const READY = 48; // threads that have started
export const FAILED = 49; // tiles in which a call trapped
export const TILES = 64, LIST = 65, OWN = 66, OWN_BYTES = 67, MEMORY_PAGES = 68; // the job
export const CONTROL_WORDS = 80;

export const CLOSING = -1;
/** Tiles of a job at most. */
export const MAX_TILES = 0xffff;

/**
 * Stands for the address of scratch memory that each thread has for itself, in calls that are written down: the thread that
 * makes the call puts its own. No other argument can lie there: addresses are less than 2^32, and floats of 32 bits have no
 * halves at this size.
 */
export const OWN_SCRATCH = 2 ** 50 + 0.5;
const OWN_END = OWN_SCRATCH + 2 ** 32;

type Call = (...args: number[]) => unknown;

/** One thread's part in the jobs of a provider. */
export class Hand {
  /** All of linear memory, as far as this thread knows it. */
  words: Int32Array;
  private list: Float64Array;
  private readonly memory: WebAssembly.Memory;
  private readonly calls: readonly Call[];
  private readonly at: number;
  private readonly thread: number;

  /** `control`: address of the control block. `thread`: 0 for the one that runs the session. */
  constructor(memory: WebAssembly.Memory, { simd, relaxed }: Pick<Kernels, 'simd' | 'relaxed'>, control: number, thread: number) {
    this.memory = memory;
    // In an order that all threads agree on: see Recording.
    this.calls = [simd, relaxed ?? {}].flatMap((exports) => Object.values(exports)).filter((e): e is Call => typeof e === 'function');
    this.at = control >>> 2;
    this.thread = thread;
    this.words = new Int32Array(memory.buffer);
    this.list = new Float64Array(memory.buffer);
  }

  /** Takes tiles until none is left. Gives the first error of a call, if any. */
  work(): unknown {
    let first: unknown;
    const left = this.at + LEFT;
    for (let now = Atomics.load(this.words, left); (now & MAX_TILES) !== 0; now = Atomics.load(this.words, left)) {
      if (Atomics.compareExchange(this.words, left, now, now - 1) !== now) continue;
      try {
        this.tile((now & MAX_TILES) - 1);
      } catch (error) {
        first ??= error;
        Atomics.add(this.words, this.at + FAILED, 1);
      }
      const { words, at } = this;
      if (Atomics.add(words, at + DONE, 1) + 1 === words[at + TILES] && this.thread !== 0) Atomics.notify(words, at + DONE);
    }
    return first;
  }

  private tile(tile: number): void {
    if (this.words[this.at + MEMORY_PAGES] * 65536 > this.words.byteLength) {
      this.memory.grow(0); // takes notice that another thread has grown it
      this.words = new Int32Array(this.memory.buffer);
      this.list = new Float64Array(this.memory.buffer);
    }
    const { words, list, at } = this;
    const start = words[at + LIST] >>> 3;
    const own = (words[at + OWN] >>> 0) + this.thread * words[at + OWN_BYTES];
    const end = start + list[start + tile + 1];
    for (let from = start + list[start + tile]; from < end;) {
      const call = this.calls[list[from++]];
      const args = new Array<number>(call.length);
      for (let i = 0; i < args.length; i++) {
        const value = list[from++];
        args[i] = value >= OWN_SCRATCH && value < OWN_END && value % 1 === 0.5 ? value - OWN_SCRATCH + own : value;
      }
      call.apply(undefined, args);
    }
  }
}
