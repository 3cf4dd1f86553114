import { pow as contract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { isNative, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { FLOATS } from '../wgsl/element.ts';

const EXPRESSIONS: Readonly<Record<number, string>> = { 1: 'x', 2: 'x * x', 3: 'x * x * x', 0.5: 'sqrt(x)' };

function exponentOf(node: PlacedNode): number | undefined {
  const y = node.constant(1);
  const rank = node.inputShape(0)?.length;
  if (y === undefined || y.size !== 1 || rank === undefined || y.dims.length > rank) return undefined;
  const value = y.type === 'int64' ? Number((y.data as BigInt64Array)[0]) : isNative(y.type) || y.type === 'float16' ? unpack(y)[0] : NaN;
  return Object.hasOwn(EXPRESSIONS, value) ? value : undefined;
}

/** z = x ^ y for the constant exponents 1, 2, 3 and 0.5: WGSL's own pow does not take negative bases. */
export const pow = adapt(
  contract,
  (node) => all(onlyTypes(node, 0, ...FLOATS), exponentOf(node) !== undefined || 'the exponent is not known to be 1, 2, 3 or 0.5'),
  (node, gpu) => {
    const type = node.inputType(0)!;
    const exponent = exponentOf(node)!;
    const program = gpu.mapProgram(`Pow:${type}:${exponent}`, () => ({
      label: 'Pow', inputs: { x: type }, output: type, code: `fn value(i: u32) -> f32 { let x = x_at(i); return ${EXPRESSIONS[exponent]}; }`,
    }));
    return ([x]: [Tensor, Tensor], ctx) => [gpu.map(program, [x], gpu.output(ctx, type, x.dims))];
  },
  ['device', 'anywhere'],
);
