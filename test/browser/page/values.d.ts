import type { Tensor, Value } from '../../../src/tensor/index.ts';

/** Arrays, typed arrays, numbers, bigints and strings. */
export type Plain = object;

export declare function toPlain(value: Value | undefined): Plain | undefined;
export declare function fromPlain(plain: Plain | undefined, Class: typeof Tensor): Value | undefined;
