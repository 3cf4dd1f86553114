/** The compiled modules: decoded once, instantiated for each memory. */
import { fail } from '../../src/errors.ts';
import { isNode } from '../../src/host.ts';
import relaxedDeflated, { type Exports as RelaxedKernels } from './generated/relaxed.ts';
import simdDeflated, { type Exports as SimdKernels } from './generated/simd128.ts';

type Name = 'simd128' | 'relaxed';
const TEXTS: Readonly<Record<Name, string>> = { simd128: simdDeflated, relaxed: relaxedDeflated };

/** The bytes of a module: in Node of the file beside this script; in pages, or bundled into other scripts, from the text in this one. */
async function bytesOf(name: Name): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = TEXTS[name];
  if (isNode) {
    try {
      return process.getBuiltinModule('node:fs').readFileSync(new URL(`./generated/${name}.wasm`, import.meta.url)); // loading zlib takes longer
    } catch {
      return new Uint8Array(process.getBuiltinModule('node:zlib').inflateSync(Buffer.from(deflated, 'base64'))); // streams would load all of fetch
    }
  }
  const bytes = Uint8Array.from(atob(deflated), (c) => c.charCodeAt(0));
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer());
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

function compile(name: Name, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${name}:${shared}`;
  let module = cache.get(key);
  if (module === undefined) {
    module = bytesOf(name).then((bytes) => WebAssembly.compile(shared ? bytes : withoutSharing(bytes)));
    cache.set(key, module);
  }
  return module;
}

/** True where this engine validates relaxed SIMD. */
export async function hasRelaxedSimd(): Promise<boolean> {
  return WebAssembly.validate(await bytesOf('relaxed'));
}

/**
 * What `i32x4.relaxed_dot_i8x16_i7x16_add_s` does with bytes past 7 bits: multiplies signed with unsigned ones (x86 with VNNI), signed with
 * signed ones (ARM), or saturates on the way (other x86, where it is also slower than an int16 dot).
 */
export type DotClass = 'usdot' | 'sdot' | 'saturating';

export interface Kernels {
  readonly simd: SimdKernels;
  /** Undefined where the engine has no relaxed SIMD. */
  readonly relaxed: RelaxedKernels | undefined;
  /** The relaxed kernels where their 8-bit dots are exact and fast; the lanes of b then hold unsigned or signed bytes. */
  readonly dots: (RelaxedKernels & { readonly unsigned: boolean }) | undefined;
  /** The relaxed kernels where float products may use `f32x4.relaxed_madd`. */
  readonly madd: RelaxedKernels | undefined;
  /** What the kernels were chosen by, for people. */
  readonly description: string;
}

export interface KernelOptions {
  /** `false` keeps to the simd128 build. */
  readonly relaxed?: boolean;
  /** Stands in for what the probe finds. */
  readonly dotClass?: DotClass;
  readonly relaxedMadd?: boolean;
}

/** Kernels on a memory, and the modules they come from (simd128, relaxed), for other threads to instantiate. */
export interface LoadedKernels {
  readonly kernels: Kernels;
  readonly modules: readonly WebAssembly.Module[];
}

/** Compiles and instantiates the kernels on a memory. Rejects with `E_EP` when the engine lacks SIMD. */
export async function loadKernels(memory: WebAssembly.Memory, shared: boolean, options: KernelOptions): Promise<LoadedKernels> {
  const instantiate = async (module: WebAssembly.Module): Promise<unknown> => (await WebAssembly.instantiate(module, { env: { memory } })).exports;
  // Both at once: engines compile on threads of their own.
  const [simdModule, relaxedModule] = await Promise.all([
    compile('simd128', shared).catch((cause: Error) => fail('E_EP', 'this engine does not compile WebAssembly SIMD', {
      cause, found: cause.message, hint: "a content security policy must allow 'wasm-unsafe-eval' in script-src",
    })),
    options.relaxed === false ? undefined : compile('relaxed', shared).catch(() => undefined),
  ]);
  const simd = await instantiate(simdModule) as SimdKernels;
  if (relaxedModule === undefined) {
    const description = options.relaxed === false ? 'simd128' : 'simd128: the engine has no relaxed SIMD';
    return { kernels: { simd, relaxed: undefined, dots: undefined, madd: undefined, description }, modules: [simdModule] };
  }
  const relaxed = await instantiate(relaxedModule) as RelaxedKernels;
  const found = probeDot(memory, relaxed), dot = options.dotClass ?? found;
  const fused = probeMadd(memory, relaxed);
  const kernels = {
    simd, relaxed,
    dots: dot === 'saturating' ? undefined : { ...relaxed, unsigned: dot === 'usdot' },
    madd: options.relaxedMadd === true ? relaxed : undefined,
    description: `relaxed SIMD: dots ${dot}${dot === found ? '' : ` (found ${found})`}, multiply-add ${fused ? 'fused' : 'of two steps'}${options.relaxedMadd === true ? ', used' : ''}`,
  };
  return { kernels, modules: [simdModule, relaxedModule] };
}

/** Where probes lay their operands: below all that the arena hands out, above static data. */
const PROBE = 1984;

/** Four pairs of -128 and 255: read as signed times unsigned, as signed times signed, or added up pair by pair in int16. */
function probeDot(memory: WebAssembly.Memory, relaxed: RelaxedKernels): DotClass {
  new Int8Array(memory.buffer, PROBE, 16).fill(-128);
  new Uint8Array(memory.buffer, PROBE + 16, 16).fill(255);
  const sum = relaxed.probe_relaxed_dot(PROBE);
  return sum === 4 * -128 * 255 ? 'usdot' : sum === 4 * -128 * -1 ? 'sdot' : 'saturating';
}

/** (1 + e)^2 - (1 + 2e): e^2, or 0 when the product is rounded first. */
function probeMadd(memory: WebAssembly.Memory, relaxed: RelaxedKernels): boolean {
  const e = 2 ** -12;
  new Float32Array(memory.buffer, PROBE, 8).fill(1 + e);
  new Float32Array(memory.buffer, PROBE + 32, 4).fill(-1 - 2 * e);
  return relaxed.probe_relaxed_madd(PROBE) !== 0;
}
