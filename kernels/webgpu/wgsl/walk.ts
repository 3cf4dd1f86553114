/** Strided walks: from an output index to an offset into each operand. */
import type { Walk } from '../../../src/tensor/index.ts';

/** The parameters of a walk over `rank` axes for operands of these names, and their values. */
export const walkParams = (rank: number, names: readonly string[]): string[] => (rank === 0 ? [] : [`d[${rank}]`, ...names.map((n) => `${n}_s[${rank}]`)]);
export const walkValues = ({ dims, strides }: Walk): number[] => [...dims, ...strides.flat()];

/** Statements that set `NAME_i` to the offset of output element `i` in each operand. */
export function walkCode(rank: number, names: readonly string[]): string {
  const lines = [`var r = i;`, ...names.map((n) => `var ${n}_i = 0u;`)];
  for (let axis = rank - 1; axis > 0; axis--) {
    lines.push(`{ let c = r % p.d_${axis}; r /= p.d_${axis}; ${names.map((n) => `${n}_i += c * p.${n}_s_${axis};`).join(' ')} }`);
  }
  if (rank > 0) lines.push(...names.map((n) => `${n}_i += r * p.${n}_s_0;`));
  return lines.join('\n  ');
}
