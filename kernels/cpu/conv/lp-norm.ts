import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';

/** |x|^p and its inverse for sums. `p` was a float in the first version. */
export function normOf(attrs: Attrs, kind: string): { power: (x: number) => number; root: (sum: number) => number } {
  const p = kind === 'float' ? attrs.float('p') : attrs.int('p');
  if (!(p > 0)) fail('E_ATTRIBUTE', 'p must be positive', { arg: { kind: 'attribute', name: 'p' }, found: String(p) });
  if (p === 1) return { power: Math.abs, root: (sum) => sum };
  if (p === 2) return { power: (x) => x * x, root: Math.sqrt };
  return { power: (x) => Math.abs(x) ** p, root: (sum) => sum ** (1 / p) };
}
