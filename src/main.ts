/** `nibble-onnx`: the API with the built-in providers registered. */
import { cpu } from '../kernels/cpu/index.ts';
import { wasm } from '../kernels/wasm/index.ts';
import { registerProvider } from './runtime/registry.ts';

registerProvider(wasm);
registerProvider(cpu);

export * from './index.ts';
