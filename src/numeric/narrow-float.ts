/**
 * The 8-, 6- and 4-bit floats: four fp8 formats, two fp6, fp4 e2m1, and the power-of-two scale e8m0.
 * Each is decoded through a table of its codes and encoded by rounding half to even.
 * https://onnx.ai/onnx/technical/float8.html  https://onnx.ai/onnx/technical/float4.html
 */
import { rint } from './rounding.ts';

interface Format {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** Which codes are not finite: IEEE infinities and NaNs, one NaN a sign (fn), one NaN at -0 (fnuz), or none. */
  readonly special: 'ieee' | 'fn' | 'fnuz' | 'none';
}

const FORMATS: Readonly<Record<string, Format>> = {
  float8e4m3fn: { exponentBits: 4, mantissaBits: 3, bias: 7, special: 'fn' },
  float8e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, special: 'fnuz' },
  float8e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, special: 'ieee' },
  float8e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, special: 'fnuz' },
  float6e2m3: { exponentBits: 2, mantissaBits: 3, bias: 1, special: 'none' },
  float6e3m2: { exponentBits: 3, mantissaBits: 2, bias: 3, special: 'none' },
  float4e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, special: 'none' },
};

const tables = new Map<string, Float32Array>();

/** The value of each code of a narrow float type; index = code (upper bits beyond the type's width are ignored). */
export function decodeTable(dtype: string): Float32Array {
  let table = tables.get(dtype);
  if (table === undefined) {
    table = dtype === 'float8e8m0' ? Float32Array.from({ length: 256 }, (_, c) => (c === 255 ? NaN : 2 ** (c - 127))) : buildTable(dtype);
    tables.set(dtype, table);
  }
  return table;
}

function buildTable(dtype: string): Float32Array {
  const f = formatOf(dtype);
  const width = 1 + f.exponentBits + f.mantissaBits;
  return Float32Array.from({ length: 256 }, (_, raw) => {
    const code = raw & ((1 << width) - 1);
    const sign = code >> (width - 1) ? -1 : 1;
    const magnitude = code & ((1 << (width - 1)) - 1);
    const top = (1 << (width - 1)) - 1;
    if (f.special === 'fnuz' && sign < 0 && magnitude === 0) return NaN;
    if (f.special === 'fn' && magnitude === top) return NaN;
    const exponent = magnitude >> f.mantissaBits;
    const mantissa = magnitude & ((1 << f.mantissaBits) - 1);
    if (f.special === 'ieee' && exponent === (1 << f.exponentBits) - 1) return mantissa ? NaN : sign * Infinity;
    return exponent === 0
      ? sign * mantissa * 2 ** (1 - f.bias - f.mantissaBits)
      : sign * (1 + mantissa / (1 << f.mantissaBits)) * 2 ** (exponent - f.bias);
  });
}

function formatOf(dtype: string): Format {
  const f = FORMATS[dtype];
  if (f === undefined) throw new RangeError(`${dtype} is not a narrow float type`);
  return f;
}

/** Exponent and mantissa fields of a non-negative finite number, rounded half to even, without an upper limit. */
export function encodeMagnitude(x: number, mantissaBits: number, bias: number): number {
  if (x === 0) return 0;
  if (x === Infinity) return 2 ** 30;
  const smallest = 1 - bias;
  let exponent = Math.max(smallest, Math.floor(Math.log2(x)));
  if (2 ** exponent > x && exponent > smallest) exponent--; // log2 may round up just below a power of two
  else if (2 ** (exponent + 1) <= x) exponent++;
  const steps = rint(x / 2 ** (exponent - mantissaBits)); // exact: a division by a power of two
  return (exponent - smallest) * (1 << mantissaBits) + steps; // a normal's hidden bit and a carry both add one exponent
}

/**
 * The code of the value nearest to `x`, ties to even. Beyond the largest finite value: `saturate` true gives that
 * value, false gives infinity where the format has one and NaN elsewhere (fp6 and fp4 always saturate).
 * float8e8m0 holds powers of two only: `encodeE8M0`.
 */
export function encodeFloat(dtype: string, x: number, saturate = true): number {
  if (dtype === 'float8e8m0') return encodeE8M0(x);
  const f = formatOf(dtype);
  const signBit = 1 << (f.exponentBits + f.mantissaBits);
  const top = signBit - 1;
  const negative = x < 0 || Object.is(x, -0);
  const sign = negative ? signBit : 0;
  const largest = f.special === 'ieee' ? top - (1 << f.mantissaBits) : f.special === 'fn' ? top - 1 : top;
  // The quiet NaN of IEEE formats; fp6 and fp4 have none and give -0, as ONNX's reference does.
  const nan = f.special === 'ieee' ? largest + 1 + (1 << (f.mantissaBits - 1)) : f.special === 'fn' ? top : signBit;
  if (x !== x) return nan;
  const magnitude = encodeMagnitude(Math.abs(x), f.mantissaBits, f.bias);
  if (magnitude > largest) {
    if (saturate || f.special === 'none') return sign | largest;
    return f.special === 'ieee' ? sign | (largest + 1) : f.special === 'fn' ? sign | nan : nan;
  }
  return magnitude === 0 && f.special === 'fnuz' ? 0 : sign | magnitude;
}

/** How a float becomes a power of two: away from zero, towards it, or to the nearest. */
export type E8M0Rounding = 'up' | 'down' | 'nearest';

/** The float8e8m0 code of `x`: 127 + log2, saturated to [0, 254]; NaN and negative numbers give NaN (255). */
export function encodeE8M0(x: number, rounding: E8M0Rounding = 'up', saturate = true): number {
  if (!(x >= 0)) return 255;
  if (x === Infinity) return saturate ? 254 : 255;
  if (x === 0) return 0;
  let exponent = Math.floor(Math.log2(x));
  if (2 ** exponent > x) exponent--;
  else if (2 ** (exponent + 1) <= x) exponent++;
  const fraction = x / 2 ** exponent; // in [1, 2)
  if (rounding === 'up' ? fraction > 1 : rounding === 'nearest' && fraction >= 1.5) exponent++;
  const code = exponent + 127;
  return code < 0 ? 0 : code > 254 ? (saturate ? 254 : 255) : code;
}
