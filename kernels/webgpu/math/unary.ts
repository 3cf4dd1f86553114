/** Functions of one element. Halves are computed in float32 and rounded once. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { elementOf, FLOATS, type Scalar } from '../wgsl/element.ts';
import { ERF, EXP, EXPM1, GELU_TANH, LOG, LOGISTIC, SOFTPLUS, TANH } from '../wgsl/functions.ts';
import { DIVIDE, NAN } from '../wgsl/library.ts';

interface Unary {
  readonly types?: readonly DType[];
  /** Functions the expression calls. */
  readonly library?: string;
  /** Float attributes, read as `p.NAME`. */
  readonly attributes?: readonly string[];
  readonly output?: DType;
}

const unary = (op: OpContract, expression: string | ((scalar: Scalar) => string), options: Unary = {}): WebgpuAdapter => {
  const { types = FLOATS, library = '', attributes = [], output } = options;
  return adapt(op, (node) => onlyTypes(node, 0, ...types), (node, gpu) => {
    const type = node.inputType(0)!;
    const { scalar } = elementOf(type);
    const to = output ?? type;
    const text = typeof expression === 'string' ? expression : expression(scalar);
    const values = attributes.map((name) => Math.fround(node.attrs.float(name)));
    const program = gpu.mapProgram(`${op.domain}.${op.type}:${type}`, () => ({
      label: op.type, inputs: { x: type }, output: to, params: attributes.map((name) => `${name}:f32`),
      code: `${library}\nfn f(x: ${scalar}) -> ${elementOf(to).scalar} { return ${text}; }\nfn value(i: u32) -> ${elementOf(to).scalar} { return f(x_at(i)); }`,
    }));
    return ([x]: [Tensor], ctx) => [gpu.map(program, [x], gpu.output(ctx, to, x.dims), values)];
  });
};

const SIGNED: readonly DType[] = [...FLOATS, 'int32', 'int16', 'int8'];
const zero = (s: Scalar): string => (s === 'f32' ? '0.0' : '0');

export const relu = unary(contracts.relu, (s) => `select(x, ${zero(s)}, x < ${zero(s)})`, { types: SIGNED });
export const abs = unary(contracts.abs, 'abs(x)', { types: SIGNED });
export const neg = unary(contracts.neg, '-x', { types: SIGNED });
export const ceil = unary(contracts.ceil, 'ceil(x)');
export const floor = unary(contracts.floor, 'floor(x)');
export const round = unary(contracts.round, 'round(x)');
export const reciprocal = unary(contracts.reciprocal, 'divide(1.0, x)', { library: DIVIDE });
export const sqrt = unary(contracts.sqrt, 'sqrt(x)');
export const exp = unary(contracts.exp, 'exp_of(x)', { library: EXP });
export const log = unary(contracts.log, 'log_of(x)', { library: LOG });
export const erf = unary(contracts.erf, 'erf_of(x)', { library: ERF });
export const sigmoid = unary(contracts.sigmoid, 'logistic(x)', { library: LOGISTIC });
export const tanh = unary(contracts.tanh, 'tanh_of(x)', { library: TANH });
export const leakyRelu = unary(contracts.leakyRelu, 'select(x, p.alpha * x, x < 0.0)', { attributes: ['alpha'] });
export const elu = unary(contracts.elu, 'select(x, p.alpha * expm1_of(min(x, 0.0)), x < 0.0)', { attributes: ['alpha'], library: EXPM1 });
export const selu = unary(contracts.selu, 'p.gamma * select(x, p.alpha * expm1_of(min(x, 0.0)), x < 0.0)', { attributes: ['alpha', 'gamma'], library: EXPM1 });
export const hardSigmoid = unary(contracts.hardSigmoid, 'clamp(p.alpha * x + p.beta, 0.0, 1.0)', { attributes: ['alpha', 'beta'] });
export const hardSwish = unary(contracts.hardSwish, 'x * clamp(0.16666667 * x + 0.5, 0.0, 1.0)');
export const softplus = unary(contracts.softplus, 'softplus_of(x)', { library: SOFTPLUS });
export const softsign = unary(contracts.softsign, 'x / (1.0 + abs(x))');
export const quickGelu = unary(contracts.quickGelu, 'x * logistic(p.alpha * x)', { attributes: ['alpha'], library: LOGISTIC });
export const swish = unary(contracts.swish, 'x * logistic(p.alpha * x)', { attributes: ['alpha'], library: LOGISTIC });
export const mish = unary(contracts.mish, 'x * tanh_of(softplus_of(x))', { library: TANH + SOFTPLUS });
export const msGelu = unary(contracts.msGelu, 'gelu_of(x)', { library: ERF });
export const not = unary(contracts.notOp, '1u - x', { types: ['bool'] });
export const isNaN = unary(contracts.isNaN, 'u32(is_nan(x))', { library: NAN, output: 'bool' });

const geluErf = unary(contracts.gelu, 'gelu_of(x)', { library: ERF });
const geluTanh = unary({ ...contracts.gelu, type: 'GeluTanh' }, 'gelu_tanh(x)', { library: LOGISTIC + GELU_TANH });
export const gelu: WebgpuAdapter = {
  ...geluErf, prepare: (node, gpu) => (node.attrs.string('approximate') === 'tanh' ? geluTanh : geluErf).prepare(node, gpu),
};
