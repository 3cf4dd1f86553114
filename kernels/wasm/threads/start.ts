/** Starting threads in Node and in browsers, and how many there should be. */
import { fail } from '../../../src/errors.ts';
import { isNode } from '../../../src/host.ts';
import type { ThreadSetup } from './worker.ts';

export interface Thread {
  terminate(): void;
}

const MAX_THREADS = 64;

/** Why threads cannot be started here, or undefined. */
function obstacle(sharedMemory: boolean): string | undefined {
  if (globalThis.crossOriginIsolated === false) return 'the page is not cross-origin isolated';
  if (!sharedMemory) return 'the engine does not share WebAssembly memory';
  return isNode || typeof Worker !== 'undefined' ? undefined : 'there are no workers here';
}

function cores(): number {
  return isNode ? process.getBuiltinModule('node:os').availableParallelism() : navigator.hardwareConcurrency || 1;
}

/** How many threads to use, and what to tell about it. The default is onnxruntime-web's: half of the cores, at most 4. */
export function threadCount(asked: number | undefined, sharedMemory: boolean): { readonly count: number; readonly note: string } {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 0 || asked > MAX_THREADS)) {
    fail('E_INPUT', 'the number of threads is not usable', {
      arg: { kind: 'option', name: 'numThreads' }, expected: `an integer from 0 (the default) to ${MAX_THREADS}`, found: String(asked),
    });
  }
  const count = asked || Math.min(4, Math.ceil(cores() / 2));
  if (count === 1) return { count, note: `1 thread: ${asked === 1 ? 'as asked' : `the default on ${cores()} cores`}` };
  const reason = obstacle(sharedMemory);
  return reason === undefined ? { count, note: `${count} threads` } : { count: 1, note: `1 thread: ${reason}` };
}

/** Starts a thread that does not keep the process alive. `lost` hears, later, that it ended or could not start. */
export function startThread(setup: ThreadSetup, lost: (reason: string) => void): Thread {
  if (isNode) {
    const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
    const worker = new NodeWorker(new URL('../generated/worker.js', import.meta.url), { workerData: setup, execArgv: [], name: 'nibble-onnx' });
    worker.on('error', (error) => lost(error.message));
    worker.on('exit', () => lost('it ended'));
    worker.unref();
    return { terminate: () => void worker.terminate() };
  }
  const worker = new Worker(new URL('../generated/worker.js', import.meta.url), { type: 'module', name: 'nibble-onnx' });
  worker.addEventListener('error', (event) => lost(event.message || 'its script cannot be loaded'));
  worker.postMessage(setup);
  return worker;
}
