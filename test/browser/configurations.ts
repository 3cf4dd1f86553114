import type { ProviderRequest } from '../../src/index.ts';
import { ISOLATION } from '../../examples/browser/server.ts';

/** A list of providers as the tests in a browser run it. */
export interface Configuration {
  readonly name: string;
  readonly providers: readonly ProviderRequest[];
  /** Bundles that register them; the first one's classes are used. */
  readonly entries: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Only the cases that it is for. */
  readonly cases?: RegExp;
}

const MAIN = '/dist/nibble-onnx.js';

export const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'cpu', providers: ['cpu'], entries: [MAIN] },
  { name: 'wasm,cpu', providers: ['wasm', 'cpu'], entries: [MAIN] },
  { name: 'wasm,cpu in an isolated page', providers: ['wasm', 'cpu'], entries: [MAIN], headers: ISOLATION },
  { name: 'webgpu,cpu', providers: ['webgpu', 'cpu'], entries: [MAIN, '/dist/webgpu.js'] },
];
