/** A thread of the provider: bundled into a script of its own by scripts/build-wasm.mjs. Works at jobs until the provider closes. */
import { isNode } from '../../../src/host.ts';
import type { Kernels } from '../modules.ts';
import { CLOSING, EPOCH, Hand, READY } from './job.ts';

/** What the starting thread sends. */
export interface ThreadSetup {
  readonly memory: WebAssembly.Memory;
  /** simd128, and relaxed where the provider has it. */
  readonly modules: readonly WebAssembly.Module[];
  readonly control: number;
  readonly thread: number;
}

/**
 * How long a thread looks for the next job before it sleeps: as long as operands and results of half a megabyte take to be copied between two
 * runs. Waking it takes its waker about 35 microseconds, and longer until it works.
 */
const SPIN_MS = 0.2;

function serve({ memory, modules, control, thread }: ThreadSetup): void {
  const [simd, relaxed] = modules.map((m) => new WebAssembly.Instance(m, { env: { memory } }).exports as object);
  const hand = new Hand(memory, { simd: simd as Kernels['simd'], relaxed: relaxed as Kernels['relaxed'] }, control, thread);
  const at = control >>> 2;
  let epoch = Atomics.load(hand.words, at + EPOCH);
  Atomics.add(hand.words, at + READY, 1);
  while (epoch !== CLOSING) {
    hand.work();
    for (const end = performance.now() + SPIN_MS; epoch === Atomics.load(hand.words, at + EPOCH);) {
      if (performance.now() > end) Atomics.wait(hand.words, at + EPOCH, epoch);
    }
    epoch = Atomics.load(hand.words, at + EPOCH);
  }
}

if (isNode) {
  serve(process.getBuiltinModule('node:worker_threads').workerData as ThreadSetup);
} else {
  addEventListener('message', (event: MessageEvent<ThreadSetup>) => {
    serve(event.data);
    close();
  }, { once: true });
}
