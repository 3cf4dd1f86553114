/** `nibble-onnx/gpu`: registers the provider `gpu` (gpu.js, an optional peer dependency). Import it beside `nibble-onnx`. */
import { gpu } from '../kernels/gpu/index.ts';
import { registerProvider } from './runtime/registry.ts';

registerProvider(gpu);

export { gpu, type GpuMode, type GpuOptions } from '../kernels/gpu/index.ts';
