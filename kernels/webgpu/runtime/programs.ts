/** The compiled programs of a device: by the key that kernels know them by, and one pipeline for equal sources. */
import { compileProgram, sourceOf, type Program, type ProgramSpec } from './program.ts';

export class Programs {
  private readonly device: GPUDevice;
  private readonly byKey = new Map<string, Program>();
  private readonly bySource = new Map<string, Program>();
  private count = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get(key: string): Program | undefined {
    return this.byKey.get(key);
  }

  compile(key: string, spec: ProgramSpec): Program {
    const { source, params } = sourceOf(spec);
    const whole = spec.constants === undefined ? source : `${source}\n//${JSON.stringify(spec.constants)}`;
    const program = this.bySource.get(whole) ?? compileProgram(this.device, this.count++, spec, source, params);
    this.bySource.set(whole, program);
    this.byKey.set(key, program);
    return program;
  }

  /** Forgets all: each is compiled again when it is asked for. */
  clear(): void {
    this.byKey.clear();
    this.bySource.clear();
  }
}
