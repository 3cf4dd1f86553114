/** Short lists of numbers on the device, uploaded once for the layers and runs that ask for the same ones. */
import { Tensor } from '../../../src/tensor/index.ts';
import type { WebgpuSession } from '../runtime/session.ts';

/** Lists of a session that are kept: those of a few tokens. */
const KEPT = 16;

const sessions = new WeakMap<WebgpuSession, Map<string, Tensor>>();

/** `values` as uint32, for dispatches that are recorded now. It stays the session's own: do not dispose of it. */
export function uploadOnce(gpu: WebgpuSession, values: readonly number[]): Tensor {
  let lists = sessions.get(gpu);
  if (lists === undefined) sessions.set(gpu, (lists = new Map()));
  const key = values.join(' ');
  let tensor = lists.get(key);
  if (tensor !== undefined) lists.delete(key); // and back, as the latest
  else tensor = gpu.memory.upload(new Tensor('uint32', Uint32Array.from(values), [values.length]), false);
  lists.set(key, tensor);
  if (lists.size > KEPT) {
    const [oldest, unused] = lists.entries().next().value!;
    unused.dispose();
    lists.delete(oldest);
  }
  return tensor;
}
