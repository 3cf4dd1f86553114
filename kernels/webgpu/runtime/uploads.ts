/** Uploads through buffers that are mapped again once the device has read them, so that repeated runs make no new memory for them. */

const MAP_WRITE = 0x2, COPY_SRC = 0x4;

interface Staging {
  readonly buffer: GPUBuffer;
  readonly size: number;
}

/** Bytes of buffers that lie ready; more are freed. */
const MAX_READY = 2 ** 27;

export class Uploads {
  private readonly device: GPUDevice;
  private readonly ready = new Map<number, Staging[]>();
  private readyBytes = 0;
  private used: Staging[] = [];

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Records a write of `bytes`, a multiple of 4 of them, to the start of `target`. */
  write(commands: GPUCommandEncoder, target: GPUBuffer, bytes: Uint8Array): void {
    const size = 2 ** Math.ceil(Math.log2(bytes.length));
    let staging = this.ready.get(size)?.pop();
    if (staging === undefined) staging = { buffer: this.device.createBuffer({ size, usage: MAP_WRITE | COPY_SRC, mappedAtCreation: true }), size };
    else this.readyBytes -= size;
    new Uint8Array(staging.buffer.getMappedRange(0, bytes.length)).set(bytes);
    staging.buffer.unmap();
    commands.copyBufferToBuffer(staging.buffer, 0, target, 0, bytes.length);
    this.used.push(staging);
  }

  /** Called after the submit: buffers become ready when the device is done with them. */
  recycle(): void {
    for (const staging of this.used.splice(0)) {
      if (this.readyBytes + staging.size > MAX_READY) {
        staging.buffer.destroy();
        continue;
      }
      staging.buffer.mapAsync(MAP_WRITE_MODE).then(() => {
        const list = this.ready.get(staging.size);
        if (list === undefined) this.ready.set(staging.size, [staging]);
        else list.push(staging);
        this.readyBytes += staging.size;
      }, () => undefined); // the device is gone
    }
  }
}

/** `GPUMapMode.WRITE`, which Node does not have as a global. */
const MAP_WRITE_MODE = 2;
