/** `nibble-onnx/webgpu`: registers the provider `webgpu`. Import it beside `nibble-onnx`. */
import { webgpu } from '../kernels/webgpu/index.ts';
import { registerProvider } from './runtime/registry.ts';

registerProvider(webgpu);

export { webgpu, type WebgpuOptions } from '../kernels/webgpu/index.ts';
