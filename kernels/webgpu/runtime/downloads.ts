/** Results on their way to the host: those asked for together come with one copy and one wait. */
import type { OnnxError } from '../../../src/errors.ts';
import { copyOut } from './copy-out.ts';
import type { Block, Gpu } from './gpu.ts';
import type { PooledBuffer } from './pool.ts';

interface Download {
  readonly block: Block;
  readonly into: ArrayBufferView | undefined;
  readonly resolve: (bytes: ArrayBufferLike) => void;
  readonly reject: (error: unknown) => void;
}

/** Bytes that one copy brings to the host. */
const MOST_AT_ONCE = 2 ** 27;
/** `GPUMapMode.READ`, which Node does not have as a global. */
const MAP_MODE_READ = 1;

export class Downloads {
  private readonly gpu: Gpu;
  private waiting: Download[] = [];

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** The bytes of a block, once everything recorded so far is done, in the memory of `into` or in new memory. */
  add(block: Block, into?: ArrayBufferView): Promise<ArrayBufferLike> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ block, into, resolve, reject });
      if (this.waiting.length === 1) queueMicrotask(() => void this.bring());
    });
  }

  /** Rejects what has not been asked of the device yet. */
  end(error: OnnxError): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  private async bring(): Promise<void> {
    const offsets: number[] = [];
    let size = 0;
    for (const { block } of this.waiting) {
      const bytes = Math.ceil(block.byteLength / 16) * 16;
      if (offsets.length > 0 && size + bytes > MOST_AT_ONCE) break;
      offsets.push(size);
      size += bytes;
    }
    const wanted = this.waiting.splice(0, offsets.length);
    if (this.waiting.length > 0) queueMicrotask(() => void this.bring());
    if (wanted.length === 0) return;
    const { gpu } = this;
    let staging: PooledBuffer | undefined;
    try {
      const length = Math.max(size, 16);
      const target = (staging = gpu.staging(length));
      const commands = gpu.commands(target, ...wanted.map(({ block }) => block.pooled));
      wanted.forEach(({ block }, i) => {
        const bytes = Math.ceil(block.byteLength / 4) * 4;
        if (bytes > 0) commands.copyBufferToBuffer(block.pooled.buffer, 0, target.buffer, offsets[i], bytes);
      });
      gpu.flush();
      await gpu.settled(target.buffer.mapAsync(MAP_MODE_READ, 0, length));
      const mapped = target.buffer.getMappedRange(0, length);
      wanted.forEach(({ block, into, resolve, reject }, i) => {
        try {
          gpu.checkWritten(block);
          resolve(copyOut(mapped, offsets[i], block.byteLength, into));
        } catch (error) {
          reject(error);
        }
      });
      target.buffer.unmap();
      gpu.pool.give(target);
    } catch (cause) {
      if (staging !== undefined) gpu.pool.destroy(staging);
      const error = await gpu.errorOf('results could not be read back', cause);
      for (const { reject } of wanted) reject(error);
    }
  }
}
