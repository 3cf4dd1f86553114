/** Functions of two or more operands with broadcasting. Halves are computed in float32 and rounded once; integers wrap. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { Inputs } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, collapse, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { elementOf, FLOATS, INTEGERS, type Scalar } from '../wgsl/element.ts';
import { DIVIDE, NAN } from '../wgsl/library.ts';
import { walkCode, walkParams, walkValues } from '../wgsl/walk.ts';

const BOTH = [...FLOATS, ...INTEGERS];

interface Zip {
  readonly types: readonly DType[];
  /** WGSL with `fn f(a: T, b: T) -> T` (or `-> u32` for booleans). */
  readonly code: (scalar: Scalar) => string;
  /** Element type of the result; that of the operands when absent. */
  readonly output?: DType;
  /** A last function of the folded value `v` and the number of operands `k`. */
  readonly finish?: string;
  /** Opset from which operands broadcast. */
  readonly since?: number;
  readonly variadic?: boolean;
}

const NAMES = ['a', 'b', 'c', 'd_', 'e', 'f_', 'g'];

const zip = (op: OpContract, { types, code, output, finish = 'v', since = 7, variadic = false }: Zip): WebgpuAdapter => adapt(
  op,
  (node) => {
    const count = node.node.inputs.length;
    return all(
      onlyTypes(node, 0, ...types), node.version.since >= since || `broadcasting before opset ${since}`,
      variadic ? count <= NAMES.length || `more than ${NAMES.length} inputs` : count === 2 || 'not two inputs',
    );
  },
  (node, gpu) => {
    const type = node.inputType(0)!;
    const { scalar } = elementOf(type);
    const to = output ?? type;
    return (inputs: Inputs, ctx) => {
      const operands = inputs as readonly Tensor[];
      const names = NAMES.slice(0, operands.length);
      const dims = broadcastDims(...operands.map((t) => t.dims));
      const walk = collapse(dims, operands.map((t) => broadcastStrides(t.dims, dims)));
      const rank = walk.dims.length;
      const program = gpu.mapProgram(`${op.type}:${type}:${rank}:${names.length}`, () => ({
        label: op.type, inputs: Object.fromEntries(names.map((n) => [n, type])), output: to, params: walkParams(rank, names),
        code: `${code(scalar)}
fn value(i: u32) -> ${elementOf(to).scalar} {
  ${walkCode(rank, names)}
  let k = ${elementOf(to).scalar}(${names.length});
  let v = ${names.slice(1).reduce((folded, n) => `f(${folded}, ${n}_at(${n}_i))`, 'a_at(a_i)')};
  return ${finish};
}`,
      }));
      return [gpu.map(program, operands, gpu.output(ctx, to, dims), walkValues(walk))];
    };
  },
);

const plain = (expression: string) => (s: Scalar): string => `fn f(a: ${s}, b: ${s}) -> ${s} { return ${expression}; }`;
/** The first NaN stays. */
const extreme = (comparison: string) => (s: Scalar): string => (s === 'f32'
  ? `${NAN}\nfn f(a: f32, b: f32) -> f32 { if (is_nan(a)) { return a; } return select(a, b, b ${comparison} a || is_nan(b)); }`
  : `fn f(a: ${s}, b: ${s}) -> ${s} { return select(a, b, b ${comparison} a); }`);

export const add = zip(contracts.add, { types: BOTH, code: plain('a + b') });
export const sub = zip(contracts.sub, { types: BOTH, code: plain('a - b') });
export const mul = zip(contracts.mul, { types: BOTH, code: plain('a * b') });
/** The correctly rounded quotient. */
export const div = zip(contracts.div, { types: FLOATS, code: () => `${DIVIDE}\nfn f(a: f32, b: f32) -> f32 { return divide(a, b); }` });
export const min = zip(contracts.min, { types: BOTH, code: extreme('<'), since: 8, variadic: true });
export const max = zip(contracts.max, { types: BOTH, code: extreme('>'), since: 8, variadic: true });
export const sum = zip(contracts.sum, { types: ['float32'], code: plain('a + b'), since: 8, variadic: true });
export const mean = zip(contracts.mean, { types: ['float32'], code: plain('a + b'), since: 8, variadic: true, finish: 'v / k' });

/** Floats are compared by their bits, as a device may take subnormal numbers for 0. */
const ORDER = `${NAN}
fn order(x: f32) -> i32 { let b = bitcast<i32>(x); return select(b, -(b & 0x7fffffff), b < 0); }`;

const compare = (op: OpContract, sign: string, types: readonly DType[]): WebgpuAdapter => zip(op, {
  types, output: 'bool',
  code: (s) => (s === 'f32'
    ? `${ORDER}\nfn f(a: f32, b: f32) -> u32 { return u32(order(a) ${sign} order(b) && !is_nan(a) && !is_nan(b)); }`
    : `fn f(a: ${s}, b: ${s}) -> u32 { return u32(a ${sign} b); }`),
});

export const equal = compare(contracts.equal, '==', [...BOTH, 'bool']);
export const less = compare(contracts.less, '<', BOTH);
export const lessOrEqual = compare(contracts.lessOrEqual, '<=', BOTH);
export const greater = compare(contracts.greater, '>', BOTH);
export const greaterOrEqual = compare(contracts.greaterOrEqual, '>=', BOTH);

const logic = (op: OpContract, sign: string): WebgpuAdapter => zip(op, { types: ['bool'], code: plain(`a ${sign} b`) });
export const and = logic(contracts.andOp, '&');
export const or = logic(contracts.orOp, '|');
export const xor = logic(contracts.xorOp, '^');
