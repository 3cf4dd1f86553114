/** The part of gpu.js that is used here: its own declarations lack the asynchronous modes. */

/** A kernel's result left on the GPU: a buffer of webgpu, or a texture. */
export interface GpuHandle {
  toArray(): Float32Array | Promise<Float32Array>;
  delete(): void;
}

export type CompiledArgument = GpuHandle | GpuInput | number;

export interface CompiledKernel {
  (...args: readonly CompiledArgument[]): GpuHandle | Promise<GpuHandle>;
  setOutput(output: readonly number[]): this;
  destroy(): void;
  readonly kernel?: { readonly constructor: { readonly mode?: string } };
}

/** An array with its size, as kernel argument. */
export type GpuInput = { readonly size: readonly number[] };

export interface KernelSettings {
  readonly output: readonly number[];
  readonly pipeline: boolean;
  readonly immutable: boolean;
  readonly dynamicOutput: boolean;
  readonly dynamicArguments: boolean;
  readonly loopMaxIterations: number;
  readonly precision: 'single';
  readonly tactic: 'precision';
  readonly functions: readonly { readonly source: string; readonly settings: object }[];
}

export interface GpuInstance {
  readonly mode: string;
  createKernel(source: string, settings: KernelSettings): CompiledKernel;
  destroy(): Promise<void> | void;
}

export interface GpuJs {
  readonly GPU: {
    new (settings: { readonly mode: string }): GpuInstance;
    isWebGPUAvailable(): Promise<boolean>;
    readonly isWebGL2Supported: boolean;
    readonly isWebGLSupported: boolean;
    readonly isHeadlessGLSupported: boolean;
    readonly isSinglePrecisionSupported: boolean;
  };
  input(value: Float32Array, size: readonly number[]): GpuInput;
  readonly WebGPUContext?: {
    acquire(): Promise<{ readonly device: GPUDevice }>;
    destroy(): Promise<void>;
  };
}
