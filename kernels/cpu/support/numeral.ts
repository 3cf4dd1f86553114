/** Numbers as text and back, as Cast has it. */
import { fail } from '../../../src/errors.ts';
import { truncateToInt64 } from '../../../src/numeric/index.ts';

const DIGITS = 8;

/**
 * At most eight significant digits, plain for exponents from -5 to 7 and scientific beyond, without trailing zeros:
 * C's "%.8g", which onnxruntime uses for every float type. NaN, INF, -INF.
 */
export function formatNumber(x: number): string {
  if (x !== x) return 'NaN';
  if (x === Infinity || x === -Infinity) return x > 0 ? 'INF' : '-INF';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  if (Number.isInteger(x) && Math.abs(x) < 10 ** DIGITS) return String(x);
  const [mantissa, exponentText] = roundedExponential(x).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= DIGITS) {
    const digits = stripZeros(mantissa);
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${stripZeros(digits)}`;
  return sign + stripZeros(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

// d.ddddddde+x with ties to even; JavaScript rounds decimal ties up.
function roundedExponential(x: number): string {
  const up = x.toExponential(DIGITS - 1);
  if (!/5e/.test(x.toExponential(DIGITS))) return up;
  const [mantissa, exponent] = x.toExponential(60).split('e') as [string, string]; // all digits of any double that is a tie
  const kept = mantissa.slice(0, mantissa.indexOf('.') + DIGITS);
  const isTie = /^50*$/.test(mantissa.slice(kept.length));
  return isTie && '02468'.includes(kept.at(-1)!) ? `${kept}e${exponent}` : up;
}

/** Without the zeros that end a fraction, and without a point that ends it. */
function stripZeros(fraction: string): string {
  return fraction.replace(/0+$/, '').replace(/\.$/, '');
}

const NUMERAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** Plain or scientific notation, NaN, INF, Infinity in any case. Throws `E_VALUE` for other text. */
export function parseNumber(text: string): number {
  if (NUMERAL.test(text)) return Number(text);
  const word = /^\s*([+-]?)(nan|inf|infinity)\s*$/i.exec(text);
  if (word === null) return fail('E_VALUE', 'the string is not a number', { found: JSON.stringify(text.slice(0, 80)) });
  const value = word[2].toLowerCase() === 'nan' ? NaN : Infinity;
  return word[1] === '-' ? -value : value;
}

/** An integer of 64 bits; a fraction is cut off. Throws `E_VALUE` for other text and beyond 64 bits. */
export function parseLong(text: string, unsigned: boolean): bigint {
  const plain = /^\s*([+-]?)(\d{1,40})\s*$/.exec(text);
  if (plain === null) {
    const x = parseNumber(text);
    if (!(Math.abs(x) < 2 ** 63)) fail('E_VALUE', 'the string is not an integer of 64 bits', { found: JSON.stringify(text.slice(0, 80)) });
    return truncateToInt64(x);
  }
  const value = plain[1] === '-' ? -BigInt(plain[2]) : BigInt(plain[2]);
  if (value < -(2n ** 63n) || value >= (unsigned ? 2n ** 64n : 2n ** 63n)) {
    fail('E_VALUE', 'the string is not an integer of 64 bits', { found: text.trim() });
  }
  return value;
}
