/** The threads of one provider, and jobs for them. */
import { fail } from '../../../src/errors.ts';
import type { LinearArena } from '../memory.ts';
import type { Kernels } from '../modules.ts';
import { CLOSING, CONTROL_WORDS, DONE, EPOCH, FAILED, Hand, LEFT, LIST, MAX_TILES, MEMORY_PAGES, OWN, OWN_BYTES, OWN_SCRATCH, READY, TILES } from './job.ts';
import { Recording } from './recording.ts';
import { startThread, type Thread } from './start.ts';

/**
 * Makes the calls of a tile with `kernels`. `own` is the address of scratch memory that no other thread uses. Between the calls
 * there may be plain arithmetic only: what a call wrote or returned cannot be read, as the calls may be made later.
 */
export type TileBody = (kernels: Kernels, tile: number, own: number) => void;

/** How long the session's thread looks for others to finish before it sleeps. */
const SPIN_MS = 0.1;
/** A thread that takes that long for a tile, and as many times what this one took for its own, is gone. */
const LOST_MS = 10_000, PATIENCE = 20;
/** The main thread of a page must not sleep. */
const CAN_SLEEP = typeof document === 'undefined';

/** Ends the threads of providers that nobody holds any more. */
const forgotten = new FinalizationRegistry<readonly Thread[]>((threads) => threads.forEach((t) => t.terminate()));

export class ThreadPool {
  readonly size: number;
  /** Why the pool works no longer. */
  lost: string | undefined;
  private readonly arena: LinearArena;
  private readonly modules: readonly WebAssembly.Module[];
  private readonly recording: Recording;
  private readonly control: number;
  private readonly hand: Hand;
  private readonly lostMs: number;
  private listFrom = 0;
  private listBytes = 0;
  private epoch = 0;
  private readonly threads: Thread[] = [];

  /** `arena` is shared memory; `modules` are those of `kernels`. */
  constructor(arena: LinearArena, kernels: Kernels, modules: readonly WebAssembly.Module[], size: number, lostMs = LOST_MS) {
    this.arena = arena;
    this.modules = modules;
    this.size = size;
    this.lostMs = lostMs;
    this.control = arena.allocate(4 * CONTROL_WORDS).byteOffset;
    new Int32Array(arena.memory.buffer, this.control, CONTROL_WORDS).fill(0);
    this.hand = new Hand(arena.memory, kernels, this.control, 0);
    this.recording = new Recording(kernels);
  }

  /** True when another thread is there to help. The first question starts them; until they are up, the caller works alone. */
  get ready(): boolean {
    if (this.lost !== undefined) return false;
    if (this.threads.length === 0) this.start();
    return Atomics.load(this.hand.words, this.control / 4 + READY) > 0;
  }

  private start(): void {
    const self = new WeakRef(this); // threads that run must not keep the pool
    try {
      for (let thread = 1; thread < this.size; thread++) {
        const setup = { memory: this.arena.memory, modules: this.modules, control: this.control, thread };
        this.threads.push(startThread(setup, (reason) => self.deref()?.lose(`a thread was lost: ${reason}`)));
      }
      forgotten.register(this, this.threads, this);
    } catch (error) {
      this.lose(`threads cannot be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * Makes the calls of `tiles` tiles on all threads. `own`: `ownBytes` of scratch for each of them. Throws what a call threw, and `E_EP`
   * when a call failed on another thread or that was lost.
   */
  run(tiles: number, own: number, ownBytes: number, body: TileBody): void {
    for (let first = 0; first < tiles; first += MAX_TILES) {
      this.runJob(Math.min(MAX_TILES, tiles - first), own, ownBytes, (kernels, tile, scratch) => body(kernels, first + tile, scratch));
    }
  }

  private runJob(tiles: number, own: number, ownBytes: number, body: TileBody): void {
    const calls = this.recording.write(tiles, (kernels, tile) => body(kernels, tile, OWN_SCRATCH));
    if (calls.byteLength > this.listBytes) this.reserve(2 * calls.byteLength);
    new Float64Array(this.arena.memory.buffer, this.listFrom, calls.length).set(calls);
    const { words } = this.hand, at = this.control / 4;
    words[at + TILES] = tiles;
    words[at + LIST] = this.listFrom;
    words[at + OWN] = own;
    words[at + OWN_BYTES] = ownBytes;
    words[at + MEMORY_PAGES] = this.arena.memory.buffer.byteLength / 65536;
    words[at + FAILED] = words[at + DONE] = 0;
    this.epoch = (this.epoch + 1) & 0x7fff;
    Atomics.store(words, at + LEFT, (this.epoch << 16) | tiles);
    Atomics.store(words, at + EPOCH, this.epoch);
    Atomics.notify(words, at + EPOCH, Math.min(tiles, this.size) - 1);
    const began = performance.now();
    const error = this.hand.work();
    this.settle(tiles, this.lostMs + PATIENCE * (performance.now() - began));
    if (error !== undefined) throw error;
    if (words[at + FAILED] > 0) fail('E_EP', 'a kernel failed on another thread of the wasm provider');
  }

  /** Waits for tiles that other threads have taken, until none is done for `limit` milliseconds. */
  private settle(tiles: number, limit: number): void {
    const { words } = this.hand, at = this.control / 4 + DONE;
    let done = Atomics.load(words, at);
    if (done === tiles) return;
    for (let began = performance.now(), before = done; done < tiles; done = Atomics.load(words, at)) {
      if (done !== before) [began, before] = [performance.now(), done];
      const waited = performance.now() - began;
      if (waited > limit) {
        this.lose('a thread stopped in the middle of its work');
        fail('E_EP', 'a thread of the wasm provider stopped in the middle of its work', { hint: 'later runs of this session use one thread' });
      }
      if (waited > SPIN_MS && CAN_SLEEP) Atomics.wait(words, at, done, limit);
    }
  }

  private reserve(bytes: number): void {
    if (this.listBytes > 0) this.arena.free(this.listFrom);
    this.listBytes = bytes;
    this.listFrom = this.arena.allocate(bytes).byteOffset;
  }

  private lose(reason: string): void {
    this.lost ??= reason;
    this.dispose();
  }

  dispose(): void {
    this.lost ??= 'the provider was disposed';
    forgotten.unregister(this);
    const epoch = this.control / 4 + EPOCH;
    Atomics.store(this.hand.words, epoch, CLOSING);
    Atomics.notify(this.hand.words, epoch);
    for (const thread of this.threads.splice(0)) thread.terminate();
  }
}
