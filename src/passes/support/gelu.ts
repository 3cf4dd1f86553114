/** The ways exporters write Gelu. */
import { either, op, scalar, type OpPattern, type Pattern } from '../pattern.ts';

const erf = op('Erf', either(op('Div', 'x', scalar(Math.SQRT2)), op('Mul', 'x', scalar(Math.SQRT1_2))));

/** x/2 (1 + erf(x / sqrt(2))) */
export const GELU_ERF: readonly OpPattern[] = halves(op('Add', erf, scalar(1)));

const cube = either(op('Pow', 'x', scalar(3)), op('Mul', 'x', op('Mul', 'x', 'x')));
const inner = either(
  op('Mul', op('Add', 'x', op('Mul', cube, scalar(0.044715))), scalar(Math.sqrt(2 / Math.PI))),
  op('Mul', op('Mul', 'x', scalar(Math.sqrt(2 / Math.PI))), op('Add', op('Mul', op('Mul', 'x', 'x'), scalar(0.044715)), scalar(1))),
);

/** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */
export const GELU_TANH: readonly OpPattern[] = halves(op('Add', op('Tanh', inner), scalar(1)));

// x, one half and the factor, in any order of multiplication.
function halves(factor: Pattern): readonly OpPattern[] {
  return [
    op('Mul', op('Mul', 'x', factor), scalar(0.5)),
    op('Mul', op('Mul', 'x', scalar(0.5)), factor),
    op('Mul', 'x', op('Mul', factor, scalar(0.5))),
  ];
}
