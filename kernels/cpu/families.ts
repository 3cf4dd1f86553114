/**
 * The scalar kernels, a family a line, as in src/ops. A family is loaded when a model has one of its operators, so that a web page
 * fetches only what its models need.
 */
import { fail } from '../../src/errors.ts';
import { familyOf, opKey, type Family } from '../../src/ops/registry.ts';
import type { CpuKernel } from './implement.ts';

const LOADERS = {
  attention: () => import('./attention/index.ts'),
  control: () => import('./control/index.ts'),
  conv: () => import('./conv/index.ts'),
  math: () => import('./math/index.ts'),
  ml: () => import('./ml/index.ts'),
  norm: () => import('./norm/index.ts'),
  passive: () => import('./passive/index.ts'),
  quantization: () => import('./quantization/index.ts'),
  recurrent: () => import('./recurrent/index.ts'),
  sequence: () => import('./sequence/index.ts'),
  shape: () => import('./shape/index.ts'),
  text: () => import('./text/index.ts'),
  training: () => import('./training/index.ts'),
} satisfies Record<Family, () => Promise<Readonly<Record<string, CpuKernel>>>>;

const loading = new Map<Family, Promise<void>>();
const loaded = new Map<string, CpuKernel>();

/** Loads the families of these operators. */
export async function loadFamilies(operators: Iterable<string>): Promise<void> {
  const families = new Set([...operators].map(familyOf).filter((f) => f !== undefined));
  await Promise.all([...families].map((family) => {
    let promise = loading.get(family);
    if (promise === undefined) {
      promise = load(family);
      loading.set(family, promise);
      promise.catch(() => loading.delete(family)); // a page may be offline for a while
    }
    return promise;
  }));
}

async function load(family: Family): Promise<void> {
  const kernels: Readonly<Record<string, CpuKernel>> = await LOADERS[family]().catch((cause: unknown) =>
    fail('E_EP', `the scalar kernels of the family ${family} cannot be loaded`, { cause }));
  for (const kernel of Object.values(kernels)) loaded.set(opKey(kernel.op.domain, kernel.op.type), kernel);
}

/** The kernel of an operator whose family is loaded. */
export function loadedKernel(key: string): CpuKernel | undefined {
  return loaded.get(key);
}
