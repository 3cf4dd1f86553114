/** What a numeric contract allows, element by element. */
import type { Edge, Node } from '../../src/graph/index.ts';
import type { Contract } from '../../src/passes/index.ts';
import { dtypeInfo, Tensor, unpack, type DType, type Value } from '../../src/tensor/index.ts';
import type { Terms } from './terms.ts';

/** Distance of an element from a rounding tie, in steps; how far rounding may have moved it; and on which side the tie's other code is. */
export type Step = (i: number) => { readonly fromTie: number; readonly error: number; readonly other: 1 | -1 } | undefined;

/** How `found` moved further from `expected` than the contract allows; undefined when it did not. */
export function difference(expected: Tensor, found: Tensor, contract: Contract, terms?: Terms, step?: Step): string | undefined {
  const shown = (t: Tensor): string => `${t.type}[${t.dims.join(', ')}]`;
  if (shown(expected) !== shown(found)) return `${shown(expected)} became ${shown(found)}`;
  const { class: cls, bits } = dtypeInfo(expected.type);
  if (cls === 'string' || cls === 'complex' || (bits === 64 && cls !== 'float')) {
    const [a, b] = [expected.data as ArrayLike<unknown>, found.data as ArrayLike<unknown>];
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return `element ${i} moved from ${String(a[i])} to ${String(b[i])}`;
    return undefined;
  }
  const [a, b] = [unpack(expected), unpack(found)];
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const why = elementwise(a[i]!, b[i]!, cls === 'float', contract, terms?.[i], () => step?.(i), unitOf(expected.type));
    if (why !== undefined) return `element ${i} moved from ${a[i]} to ${b[i]}: ${why}`;
  }
  return undefined;
}

/** The unit in the last place of numbers from 1 to 2; of float64 that of float32, in which such passes may compute. */
export const unitOf = (type: DType): number => (type === 'float16' ? 2 ** -10 : type === 'bfloat16' ? 2 ** -7 : 2 ** -23);

function elementwise(a: number, b: number, float: boolean, contract: Contract, terms: number | undefined, step: () => ReturnType<Step>, unit: number): string | undefined {
  // How far such a pass may go is for its own test to say.
  if (contract.kind === 'changes') return undefined;
  if (contract.kind === 'exact') return 'the contract is exact';
  if (a === b) return undefined; // zeros of both signs
  if (float && contract.kind === 'ulp') {
    const allowed = contract.n * Math.max(unit * Math.max(terms ?? 0, Math.abs(a)), SMALLEST);
    return Math.abs(a - b) <= allowed ? undefined : `${(Math.abs(a - b) / (unit * Math.max(terms ?? 0, Math.abs(a)))).toFixed(2)} ulp`;
  }
  if (float || contract.kind === 'ulp') return 'the contract allows no such change';
  if (Math.abs(a - b) > 1) return 'more than one step';
  const at = step();
  if (at === undefined) return 'no quantizer explains it';
  return at.fromTie <= at.error ? undefined : `${at.fromTie} steps from a tie, where rounding explains ${at.error}`;
}

/** The unit of subnormal float32 numbers. */
const SMALLEST = 2 ** -149;

/** A float32 sum of some hundred terms is off by less than this many units of their magnitudes. */
const SUM_ULPS = 64;
/** A float bias is rounded to units of at most this part of a step. */
const BIAS_UNIT = 2 ** -7;

/** Distances from ties of what a QuantizeLinear makes, from the float that it rounds. */
export function explainStep(edge: Edge, values: ReadonlyMap<Edge, Value>, terms: ReadonlyMap<Edge, Terms>): Step | undefined {
  let node = edge.producer;
  while (node?.opType === 'Identity') node = node.inputs[0]!.producer;
  if (node?.opType !== 'QuantizeLinear') return undefined;
  const valueOf = (i: number): Tensor | undefined => {
    const input = node.inputs[i];
    const value = input && (values.get(input) ?? input.constant);
    return value instanceof Tensor ? value : undefined;
  };
  const [x, s] = [valueOf(0), valueOf(1)];
  const size = node.inputs[0] && terms.get(node.inputs[0]);
  if (x === undefined || s?.size !== 1) return undefined;
  const scale = unpack(s)[0]!;
  const numbers = unpack(x);
  const bias = sumBehind(node.inputs[0])?.inputs[2];
  const rounded = bias !== undefined && bias.producer?.opType !== 'DequantizeLinear' ? BIAS_UNIT : 0;
  return (i) => {
    const steps = numbers[i]! / scale;
    const error = (SUM_ULPS * 2 ** -23 * Math.max(size?.[i] ?? 0, Math.abs(numbers[i]!))) / scale + rounded;
    const tie = Math.floor(steps) + 0.5;
    // Of the two codes beside the tie, the one that rounding half to even does not give.
    const up = steps > tie || (steps === tie && (tie + 0.5) % 2 === 0);
    return { fromTie: Math.abs(steps - tie), error, other: up ? -1 : 1 };
  };
}

/** What may stand between a product and the quantizer that takes it into its integer form: it moves elements or bounds them. */
const BETWEEN: ReadonlySet<string> = new Set(['Relu', 'Clip', 'Identity', 'Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Slice', 'MaxPool']);

function sumBehind(edge: Edge | undefined): Node | undefined {
  let node = edge?.producer;
  while (node !== undefined && BETWEEN.has(node.opType)) node = node.inputs[0]?.producer;
  return node;
}
