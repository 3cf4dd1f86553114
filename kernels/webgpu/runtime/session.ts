/** What an adapter works with: memory of its session, programs, dispatches. */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { mapProgram, WORKGROUP, type MapSpec } from '../wgsl/map.ts';
import { fold, type Block, type Gpu } from './gpu.ts';
import { SessionMemory } from './memory.ts';
import type { Program, ProgramSpec } from './program.ts';

export class WebgpuSession {
  readonly gpu: Gpu;
  readonly memory: SessionMemory;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
    this.memory = new SessionMemory(gpu);
  }

  /** An output of the running kernel, on the device, admitted by the session's limits. Write every element. */
  output(context: KernelContext, dtype: DType, dims: readonly number[]): Tensor {
    return this.memory.output(context, dtype, dims);
  }

  /** A tensor between two dispatches of a kernel; dispose of it when the last one is recorded. */
  scratch(dtype: DType, dims: readonly number[]): Tensor {
    return this.memory.tensor(dtype, dims);
  }

  /** The same elements under other dims: an output of its own that shares memory. */
  share(tensor: Tensor, dims: readonly number[]): Tensor {
    return this.memory.share(tensor, dims);
  }

  /** Compiled once a key and device; the key names everything `make` depends on. */
  program(key: string, make: () => ProgramSpec): Program {
    return this.gpu.program(key, make);
  }

  mapProgram(key: string, make: () => MapSpec): Program {
    return this.gpu.program(key, () => mapProgram(make()));
  }

  /** Records a dispatch. `operands`: what the program reads, then what it writes. */
  run(program: Program, operands: readonly (Tensor | Block)[], params: readonly number[], groups: readonly [number, number?, number?]): void {
    this.gpu.run(program, operands.map((t) => ('pooled' in t ? t : this.memory.block(t))), params, groups);
  }

  /** Runs a map over all elements of `out`: `params` follow the number of elements. */
  map(program: Program, inputs: readonly (Tensor | Block)[], out: Tensor, params: readonly number[] = []): Tensor {
    const words = Math.ceil((out.size * dtypeInfo(out.type).bits) / 32);
    this.run(program, [...inputs, out], [out.size, ...params], fold(Math.ceil(words / WORKGROUP)));
    return out;
  }
}
