/** A provider with a device made of ordinary arrays, which counts what is uploaded, downloaded and left: how a device's life is tested. */
import type { DeviceMemory, ExecutionProvider, Inputs, Kernel, PlacedNode } from '../../src/runtime/provider.ts';
import { registerProvider, Tensor } from '../../src/main.ts';
import type { DType, TypedArray } from '../../src/tensor/index.ts';

interface Memory {
  readonly data: TypedArray;
  handles: number;
}

export class Mirror implements DeviceMemory {
  uploads = 0;
  constants = 0;
  downloads = 0;
  flushes = 0;
  /** Memories with a living handle. */
  live = 0;
  private readonly kept = new WeakMap<Tensor, Memory>();
  private readonly memories = new WeakMap<object, Memory>();

  upload(tensor: Tensor, constant: boolean): Tensor {
    let memory = constant ? this.kept.get(tensor) : undefined;
    if (memory === undefined) {
      memory = { data: (tensor.data as TypedArray).slice(), handles: 0 };
      if (constant) {
        this.constants++;
        memory.handles = 1; // stays
        this.kept.set(tensor, memory);
      } else this.uploads++;
    }
    return this.handle(tensor.type, tensor.dims, memory);
  }

  make(type: DType, dims: readonly number[], data: TypedArray): Tensor {
    return this.handle(type, dims, { data, handles: 0 });
  }

  /** The same elements under other dims. */
  share(tensor: Tensor, dims: readonly number[]): Tensor {
    return this.handle(tensor.type, dims, this.memories.get(tensor.deviceBuffer!)!);
  }

  read(tensor: Tensor): TypedArray {
    const memory = this.memories.get(tensor.deviceBuffer!);
    if (memory === undefined || memory.handles === 0) throw new Error('freed, or of another device');
    return memory.data;
  }

  flush(): void {
    this.flushes++;
  }

  async finish(): Promise<void> {}

  private handle(type: DType, dims: readonly number[], memory: Memory): Tensor {
    if (memory.handles++ === 0) this.live++;
    let open = true;
    const buffer = {
      memory: this, byteLength: memory.data.byteLength,
      download: async () => {
        if (!open) throw new Error('downloaded after dispose');
        this.downloads++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        return memory.data.slice();
      },
      dispose: () => {
        if (open && --memory.handles === 0) this.live--;
        open = false;
      },
    };
    this.memories.set(buffer, memory);
    return Tensor.onDevice(type, dims, buffer);
  }
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = { Add: (a, b) => a + b, Mul: (a, b) => a * b, Neg: (a) => -a };

function prepare(placed: PlacedNode, mirror: Mirror): Kernel {
  if (placed.node.opType === 'Reshape') {
    const kernel: Kernel = ([x, shape]: Inputs) => [mirror.share(x as Tensor, [...((shape as Tensor).data as BigInt64Array)].map(Number))];
    return Object.assign(kernel, { reads: ['device', 'host'] as const });
  }
  const f = OPERATORS[placed.node.opType];
  return (inputs, context) => {
    const [a, b] = inputs as [Tensor, Tensor?];
    const x = mirror.read(a) as Float32Array;
    const y = b === undefined ? x : (mirror.read(b) as Float32Array);
    context.admit('float32', a.dims);
    return [mirror.make('float32', a.dims, x.map((v, i) => f(v, y[i % y.length])))];
  };
}

/** Registers a provider of this name on a device of its own, for some operators. */
export function registerMirror(name: string, operators: readonly string[] = [...Object.keys(OPERATORS), 'Reshape']): Mirror {
  const mirror = new Mirror();
  const provider: ExecutionProvider = {
    name, description: 'arrays', async: true, device: mirror,
    supports: ({ node }) => operators.includes(node.opType) || `no ${node.opType} here`,
    prepare: (placed) => prepare(placed, mirror),
    dispose() {},
  };
  registerProvider({ name, create: () => provider });
  return mirror;
}
