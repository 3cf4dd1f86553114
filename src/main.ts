/** `nibble-onnx`: the API with the built-in providers registered. */
import { cpu } from '../kernels/cpu/index.ts';
import { registerProvider } from './runtime/registry.ts';

registerProvider(cpu);

export * from './index.ts';
