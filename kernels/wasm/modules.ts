/** The compiled modules: decoded once, instantiated for each memory. */
import { fail } from '../../src/errors.ts';
import relaxedBase64, { type Exports as RelaxedKernels } from './generated/relaxed.ts';
import simdBase64, { type Exports as SimdKernels } from './generated/simd128.ts';

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/**
 * The modules import a shared memory. Where memory cannot be shared, the limits byte of that one import is rewritten from
 * "shared with maximum" (3) to "maximum" (1): no kernel uses atomic instructions, so both forms validate.
 */
function withoutSharing(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const pattern = [...'\u0003env\u0006memory'].map((c) => c.charCodeAt(0)).concat(2, 3);
  const at = bytes.findIndex((_, i) => pattern.every((b, j) => bytes[i + j] === b));
  const copy = bytes.slice();
  copy[at + pattern.length - 1] = 1;
  return copy;
}

const cache = new Map<string, Promise<WebAssembly.Module>>();

function compile(name: string, base64: string, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${name}:${shared}`;
  let module = cache.get(key);
  if (module === undefined) {
    const bytes = decode(base64);
    cache.set(key, (module = WebAssembly.compile(shared ? bytes : withoutSharing(bytes))));
  }
  return module;
}

/** True where this engine validates relaxed SIMD. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(decode(relaxedBase64));
}

export interface Kernels {
  readonly simd: SimdKernels;
  /** Undefined where the engine has no relaxed SIMD. */
  readonly relaxed: RelaxedKernels | undefined;
}

/** Compiles and instantiates the kernels on a memory. Throws `E_EP` when the engine lacks SIMD. */
export async function loadKernels(memory: WebAssembly.Memory, shared: boolean, allowRelaxed: boolean): Promise<Kernels> {
  if (!WebAssembly.validate(decode(simdBase64))) fail('E_EP', 'this engine has no WebAssembly SIMD');
  const imports = { env: { memory } };
  const simd = await WebAssembly.instantiate(await compile('simd128', simdBase64, shared), imports);
  const relaxed = allowRelaxed && hasRelaxedSimd()
    ? await WebAssembly.instantiate(await compile('relaxed', relaxedBase64, shared), imports)
    : undefined;
  return { simd: simd.exports as unknown as SimdKernels, relaxed: relaxed?.exports as unknown as RelaxedKernels | undefined };
}
