/** Buffers of a device, used again by size, so that a run on shapes seen before allocates nothing. */

/** `GPUBufferUsage`, which Node does not have as a global. */
export const MAP_READ = 0x1, COPY_SRC = 0x4, COPY_DST = 0x8, UNIFORM = 0x40, STORAGE = 0x80;

export interface PooledBuffer {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly size: number;
  readonly usage: number;
  /** The last window (span between two submits) whose commands use it. */
  usedIn: number;
}

/** Windows after which a buffer that nobody took is freed. */
const IDLE_WINDOWS = 512;
/** Bytes that may lie free; the device's memory is not ours alone. */
const MAX_FREE = 2 ** 30;

export class BufferPool {
  private readonly device: GPUDevice;
  private readonly largest: number;
  private readonly free = new Map<string, PooledBuffer[]>();
  private freeBytes = 0;
  /** Buffers made so far: the id of the next one. */
  count = 0;
  /** Ids of buffers that may not be valid: from, and up to before. */
  private readonly distrusted: (readonly [from: number, to: number])[] = [];
  /** Bytes of all buffers that live, taken or free. */
  bytes = 0;
  /** Called when a buffer is destroyed: what refers to it must go. */
  onDestroy: () => void = () => {};

  constructor(device: GPUDevice, largest: number) {
    this.device = device;
    this.largest = largest;
  }

  /** A buffer of at least `size` bytes. `before`: only one that no command of this window or a later one uses. */
  take(size: number, usage: number, before = Infinity): PooledBuffer {
    const room = Math.min(bucket(size), this.largest);
    const list = this.free.get(`${usage}:${room}`);
    if (list !== undefined) {
      for (let i = list.length - 1; i >= 0; i--) {
        if (list[i].usedIn >= before) continue;
        const [found] = list.splice(i, 1);
        this.freeBytes -= found.size;
        return found;
      }
    }
    return this.create(room, usage);
  }

  /** A buffer of exactly this size (rounded up to 16 bytes), for what stays. */
  create(size: number, usage: number): PooledBuffer {
    const buffer = this.device.createBuffer({ size, usage });
    this.bytes += size;
    return { id: this.count++, buffer, size, usage, usedIn: -1 };
  }

  give(pooled: PooledBuffer): void {
    if (this.distrusted.some(([from, to]) => pooled.id >= from && pooled.id < to)) {
      this.destroy(pooled);
      return;
    }
    const key = `${pooled.usage}:${pooled.size}`;
    const list = this.free.get(key);
    if (list === undefined) this.free.set(key, [pooled]);
    else list.push(pooled);
    this.freeBytes += pooled.size;
  }

  /** Frees what lies idle; all that no command after `window`, which has been submitted, uses when memory is short. */
  trim(window: number, short = this.freeBytes > MAX_FREE): void {
    const since = short ? window : window - IDLE_WINDOWS;
    this.sweep((b) => b.usedIn <= since);
  }

  /** Buffers made since `id` was the next one may be invalid, and are never given to anybody again. */
  distrust(id: number): void {
    this.distrusted.push([id, this.count]);
    this.sweep((b) => b.id >= id);
  }

  private sweep(goes: (b: PooledBuffer) => boolean): void {
    for (const [key, list] of this.free) {
      const kept = list.filter((b) => {
        const stays = !goes(b);
        if (!stays) {
          this.freeBytes -= b.size;
          this.destroy(b);
        }
        return stays;
      });
      if (kept.length === 0) this.free.delete(key);
      else if (kept.length < list.length) this.free.set(key, kept);
    }
  }

  destroy(pooled: PooledBuffer): void {
    this.bytes -= pooled.size;
    pooled.buffer.destroy();
    this.onDestroy();
  }
}

/** Sizes in quarter steps between powers of two: at most a fifth is wasted, and growing tensors find buffers again. */
function bucket(size: number): number {
  if (size <= 256) return 256;
  const step = 2 ** Math.max(6, Math.floor(Math.log2(size)) - 2);
  return Math.ceil(size / step) * step;
}
