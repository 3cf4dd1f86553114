/**
 * Elements of any type as elements of any other (complex types aside).
 * https://onnx.ai/onnx/operators/onnx__Cast.html
 */
import { fail } from '../../../src/errors.ts';
import {
  encodeE8M0, longToDouble, rint, truncateToInt32, truncateToInt64, truncateToUint32, truncateToUint64, type E8M0Rounding,
} from '../../../src/numeric/index.ts';
import { dtypeInfo, unpack, writeElements, type DType, type NumberArray, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { formatNumber, parseLong, parseNumber } from './numeral.ts';
import { blockMover } from './move.ts';

export interface ConvertOptions {
  /** Narrow floats: beyond the largest value, that value (true) or infinity or NaN (false). */
  readonly saturate: boolean;
  /** How a number becomes a power of two (float8e8m0). */
  readonly rounding: E8M0Rounding;
}

const DEFAULTS: ConvertOptions = { saturate: true, rounding: 'up' };

/** Writes the elements of `source` into `target`, which has the same size. Throws `E_VALUE` for a string that is no number. */
export function convert(target: Tensor, source: Tensor, options: ConvertOptions = DEFAULTS): void {
  if (target.type === source.type) blockMover(target, source)(0, 0, source.size);
  else if (Array.isArray(target.data)) writeStrings(target.data, source);
  else if (Array.isArray(source.data)) parseStrings(target, source.data, options);
  else if (isLong(source.data)) convertLongs(target, source.data, options);
  else if (dtypeInfo(source.type).class === 'float') writeFloats(target, unpack(source), options);
  else writeIntegers(target, unpack(source), options);
}

type LongArray = BigInt64Array | BigUint64Array;

function isLong(data: unknown): data is LongArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

function isFloat(type: DType): boolean {
  return dtypeInfo(type).class === 'float';
}

/** Floats to any type: towards zero for integers (to the nearest below 8 bits), else rounded once. */
function writeFloats(target: Tensor, values: NumberArray, options: ConvertOptions): void {
  const { type, size } = target;
  const data = target.data as TypedArray;
  if (isLong(data)) {
    const truncate = type === 'int64' ? truncateToInt64 : truncateToUint64;
    for (let i = 0; i < size; i++) data[i] = truncate(values[i]);
  } else if (type === 'float8e8m0') {
    for (let i = 0; i < size; i++) data[i] = encodeE8M0(values[i], options.rounding, options.saturate);
  } else if (isFloat(type)) {
    writeElements(type, data, values, size, options.saturate);
  } else if (type === 'bool') {
    for (let i = 0; i < size; i++) data[i] = values[i] === 0 ? 0 : 1; // NaN is not zero
  } else if (dtypeInfo(type).bits < 8) {
    // Types of 4 and 2 bits take the nearest integer: https://onnx.ai/onnx/technical/int4.html#cast
    writeElements(type, data, Int32Array.from(values, (x) => truncateToInt32(rint(x))), size);
  } else {
    // Types of 8 and 16 bits keep the low bits of the 32-bit result.
    const truncate = type === 'uint32' ? truncateToUint32 : truncateToInt32;
    for (let i = 0; i < size; i++) data[i] = truncate(values[i]);
  }
}

/** Integers of up to 32 bits (and bools) to any type: integers keep their low bits. */
function writeIntegers(target: Tensor, values: NumberArray, options: ConvertOptions): void {
  if (isFloat(target.type)) writeFloats(target, values, options);
  else writeElements(target.type, target.data as TypedArray, values, target.size);
}

function convertLongs(target: Tensor, source: LongArray, options: ConvertOptions): void {
  const { type, data } = target;
  if (isLong(data)) {
    for (let i = 0; i < source.length; i++) data[i] = source[i];
  } else if (isFloat(type)) {
    writeFloats(target, Float64Array.from(source as BigInt64Array, type === 'float64' ? Number : longToDouble), options);
  } else if (type === 'bool') {
    for (let i = 0; i < source.length; i++) (data as Uint8Array)[i] = source[i] === 0n ? 0 : 1;
  } else {
    writeElements(type, data as TypedArray, Int32Array.from(source as BigInt64Array, (v) => Number(BigInt.asIntN(32, v))), target.size);
  }
}

function writeStrings(target: string[], source: Tensor): void {
  if (isLong(source.data)) for (let i = 0; i < source.size; i++) target[i] = String(source.data[i]);
  else {
    const values = unpack(source);
    for (let i = 0; i < source.size; i++) target[i] = formatNumber(values[i]);
  }
}

function parseStrings(target: Tensor, source: readonly string[], options: ConvertOptions): void {
  const { type } = target;
  const cls = dtypeInfo(type).class;
  if (cls === 'complex') fail('E_TYPE', `strings do not convert to ${type}`);
  if (cls === 'float' || cls === 'bool') writeFloats(target, Float64Array.from(source, parseNumber), options);
  else convertLongs(target, BigInt64Array.from(source, (text) => BigInt.asIntN(64, parseLong(text, type === 'uint64'))), options);
}
