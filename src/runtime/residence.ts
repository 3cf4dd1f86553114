/** Where the values of a run live: brings the inputs of a step to the memory its kernel reads, and frees what devices hold. */
import { Tensor, type Value } from '../tensor/index.ts';
import type { Program, Step } from './program.ts';
import type { DeviceMemory, Outputs } from './provider.ts';

/** The host tensors that were copied to a device in one run. A copy serves all readers of its tensor. */
export class Residence {
  private readonly copies = new Map<Tensor, Map<DeviceMemory, Tensor>>();
  private readonly made = new Set<Tensor>();

  /** Replaces inputs that lie elsewhere. A promise where a device has to be waited for. */
  settle(step: Step, inputs: (Value | undefined)[]): Promise<void> | undefined {
    const reads = step.reads!;
    const waiting: Promise<void>[] = [];
    for (let i = 0; i < inputs.length; i++) {
      const value = inputs[i];
      const { at, constant } = reads[i];
      if (!(value instanceof Tensor) || at === 'anywhere') continue;
      if (at === 'host' || step.device === undefined) {
        if (value.deviceBuffer !== undefined) waiting.push(toHost(value).then((host) => void (inputs[i] = host)));
      } else if (value.deviceBuffer?.memory !== step.device) {
        const { device } = step;
        if (value.location === 'gpu-buffer') waiting.push(value.getData().then(() => void (inputs[i] = this.copyOf(value, device, constant))));
        else inputs[i] = this.copyOf(value, device, constant);
      }
    }
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  private copyOf(tensor: Tensor, device: DeviceMemory, constant: boolean): Tensor {
    let copies = this.copies.get(tensor);
    if (copies === undefined) this.copies.set(tensor, (copies = new Map()));
    let copy = copies.get(device);
    if (copy === undefined) copies.set(device, (copy = device.upload(tensor, constant)));
    return copy;
  }

  /** A step gave these. */
  own(outputs: Outputs): void {
    for (const value of outputs) if (value instanceof Tensor && value.deviceBuffer !== undefined) this.made.add(value);
  }

  /** The run does not read this value any more. */
  forget(value: Value | undefined): void {
    if (!(value instanceof Tensor)) return;
    for (const copy of this.copies.get(value)?.values() ?? []) copy.dispose();
    this.copies.delete(value);
  }

  /** The run is over: frees all copies, and what its steps made on devices beside the program's outputs. */
  end(program: Program, frame: readonly (Value | undefined)[]): void {
    for (const tensor of [...this.copies.keys()]) this.forget(tensor);
    const kept = new Set(program.outputs.map((at) => frame[at]));
    for (const tensor of this.made) if (tensor.deviceBuffer !== undefined && !kept.has(tensor)) tensor.dispose();
  }
}

/**
 * A tensor's elements on the host, in a tensor of their own: it may live on (as an output, in a sequence) when the device's is gone. The
 * device keeps its copy, for readers there.
 */
async function toHost(tensor: Tensor): Promise<Tensor> {
  return new Tensor(tensor.type, await tensor.getData(), tensor.dims);
}

/** All of these on the host alone: what leaves a subgraph or a session. */
export async function bringToHost(values: readonly (Value | undefined)[]): Promise<void> {
  await Promise.all(values.map((v) => (v instanceof Tensor && v.deviceBuffer !== undefined ? v.getData(true) : undefined)));
}
