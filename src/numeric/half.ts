/** float16 and bfloat16: exact decoding, encoding with round half to even. */
import { encodeMagnitude } from './narrow-float.ts';

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The float32 value of a bfloat16 bit pattern. */
export function bf16ToF32(code: number): number {
  bits[0] = code << 16;
  return floats[0]!;
}

/** The bfloat16 nearest to `x`, ties to even; overflow gives infinity, NaN stays NaN. */
export function bf16FromF32(x: number): number {
  if (x !== x) return 0x7fc0;
  floats[0] = x;
  const b = bits[0]!;
  if (floats[0] !== x && Number.isFinite(floats[0]!)) return encodeWide(x, 8, 7, 127); // a double: round once, not twice
  return ((b + 0x7fff + ((b >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Made when it is first needed. */
let f16Values: Float32Array | undefined;

function makeF16Values(): Float32Array {
  const table = new Float32Array(65536);
  for (let code = 0; code < 65536; code++) {
    const sign = code & 0x8000 ? -1 : 1;
    const exponent = (code >> 10) & 31;
    const mantissa = code & 1023;
    table[code] = exponent === 31 ? (mantissa ? NaN : sign * Infinity)
      : exponent === 0 ? sign * mantissa * 2 ** -24
      : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** The float32 value of a float16 bit pattern. */
export function f16ToF32(code: number): number {
  return (f16Values ??= makeF16Values())[code]!;
}

/** The float16 nearest to `x`, ties to even, subnormals kept; 65520 and more gives infinity. */
export function f16FromF32(x: number): number {
  floats[0] = x;
  if (floats[0] !== x) return x !== x ? 0x7e00 : encodeWide(x, 5, 10, 15);
  const b = bits[0]!;
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (magnitude >= 0x38800000) {
    // normal: rebias the exponent (127 - 15 = 112) and round away 13 bits, half to even; a carry may reach infinity
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // below half of the smallest subnormal
  // subnormal: shift the mantissa with its hidden bit into place, half to even
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const half = 1 << (shift - 1);
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  return sign | (rest > half || (rest === half && (kept & 1)) ? kept + 1 : kept);
}

/** `x` rounded to float16 and back: one half-precision step. */
export function f16(x: number): number {
  return f16ToF32(f16FromF32(x));
}

/** `x` rounded to bfloat16 and back. */
export function bf16(x: number): number {
  return bf16ToF32(bf16FromF32(x));
}

function encodeWide(x: number, exponentBits: number, mantissaBits: number, bias: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 1 << (exponentBits + mantissaBits) : 0;
  const infinity = ((1 << exponentBits) - 1) << mantissaBits;
  return sign | Math.min(encodeMagnitude(Math.abs(x), mantissaBits, bias), infinity);
}
