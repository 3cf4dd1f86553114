import { pack } from '../../tensor/index.ts';
import { EXACT, fresh, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { constantOf, dtypeOf, readScalar } from '../support/constants.ts';
import { dq, q } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

const where = [op('Where', 'c', dq('x'), 'constant'), op('Where', 'c', 'constant', dq('x'))];

/**
 * quantize(Where(c, dequantize(x), v)) = quantize(Where(c, dequantize(x), dequantize(1, scale = v)))
 *
 * One step of size |v| stands for the constant exactly: code 1, or one below the zero point for v < 0. Both branches are
 * then dequantized, and the selection can work on integers.
 */
export const whereDummyDQ: PatternPass = {
  name: 'where-dummy-dq',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Dequantizes the constant that is selected beside a quantized value. v = dequantize(1, scale = v).',
  pattern: where.map((w) => q(as('where', w))),
  rewrite(m) {
    const constant = constantOf(m.edge('constant'));
    const value = readScalar(m.edge('constant'));
    const dtype = dtypeOf(m.edge('x'));
    if (constant === undefined) return undefined;
    if (constant.type !== 'float32' || value === undefined) return refuse('the constant is not one float32 number');
    if (dtype !== 'int8' && dtype !== 'uint8') return refuse('the other value is not 8-bit');
    if (dtypeOf(m.result) !== dtype) return refuse('input and output are of different types');
    const size = Math.abs(value);
    if (!Number.isFinite(value) || Object.is(value, -0) || (size !== 0 && size < 2 ** -126)) return refuse('the constant is not zero or a normal number');
    const code = value === 0 ? 0 : value > 0 ? 1 : dtype === 'int8' ? -1 : 0;
    const zero = value < 0 && dtype === 'uint8' ? 1 : 0;
    const integers = (n: number) => pack(dtype, [n], []);
    const [stands, selected] = [fresh('dequantized'), fresh('selected')];
    const dequantize = newNode('DequantizeLinear', [
      newConstant('code', integers(code)), newConstant('scale', pack('float32', [size === 0 ? 1 : size], [])), newConstant('zero_point', integers(zero)),
    ], [stands]);
    const select = m.node('where');
    const inputs = select.inputs.map((e) => (e === m.edge('constant') ? stands : e));
    return replaceBy(dequantize, newNode('Where', inputs, [selected]), newNode(m.root.key, [selected, ...m.root.inputs.slice(1)], [m.result], Object.fromEntries(m.root.attributes)));
  },
};
