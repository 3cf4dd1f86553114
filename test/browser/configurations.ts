import type { Exception } from '../../conformance/exceptions.ts';
import type { ProviderRequest } from '../../src/index.ts';
import { ISOLATION } from '../../examples/browser/server.ts';

/** A list of providers as the tests in a browser run it. */
export interface Configuration {
  readonly name: string;
  readonly providers: readonly ProviderRequest[];
  /** Bundles that register them; the first one's classes are used. */
  readonly entries: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Its cases are run by the full loop alone. */
  readonly slow?: true;
  /** Prompts that a language model continues in the full loop. */
  readonly prompts: number;
  readonly exceptions?: readonly Exception[];
  /** The official cases, too: those that run the same kernels in another way do without. */
  readonly official?: true;
}

const MAIN = '/dist/nibble-onnx.js';
const BEYOND_SHADERS: Exception = { cases: /^((div|equal|greaterorequal|less|max|min)_f32_specials|dynamic_quantize_linear_subnormal|quantize_linear_[iu]8_specials_1e-38)$/, skip: true, reason: 'shaders may take NaN, infinities and subnormal numbers for others' };

export const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'cpu', providers: ['cpu'], entries: [MAIN], prompts: 1, official: true },
  { name: 'wasm,cpu', providers: ['wasm', 'cpu'], entries: [MAIN], prompts: 4, official: true },
  { name: 'wasm,cpu with 2 threads', providers: [{ name: 'wasm', numThreads: 2, parallelFrom: 1 }, 'cpu'], entries: [MAIN], prompts: 4, headers: ISOLATION, slow: true },
  { name: 'gpu,cpu', providers: ['gpu', 'cpu'], entries: [MAIN, '/dist/gpu.js'], prompts: 1, slow: true, official: true, exceptions: [BEYOND_SHADERS] },
  {
    name: 'gpu,cpu by WebGL 2', providers: [{ name: 'gpu', mode: 'webgl2' }, 'cpu'], entries: [MAIN, '/dist/gpu.js'], prompts: 0, slow: true, official: true, exceptions: [BEYOND_SHADERS],
  },
  {
    name: 'gpu,cpu by WebGL 1', providers: [{ name: 'gpu', mode: 'webgl' }, 'cpu'], entries: [MAIN, '/dist/gpu.js'], prompts: 0, slow: true, exceptions: [BEYOND_SHADERS],
  },
  {
    name: 'webgpu,cpu', providers: ['webgpu', 'cpu'], entries: [MAIN, '/dist/webgpu.js'], prompts: 1, slow: true, official: true,
    exceptions: [{ cases: /^dynamic_quantize_linear_subnormal$/, skip: true, reason: 'a device may take subnormal numbers for zero: docs/webgpu.md' }],
  },
];

/** The policy of a strict page: nothing from elsewhere, nothing inline, no text evaluated. */
export const STRICT = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
} as const;
