import * as contracts from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitRaw } from '../support/index.ts';
import { compileRegex } from './re2.ts';

/** Whether each whole string matches the pattern (RE2 syntax, linear time). */
export const regexFullMatch = implement(contracts.regexFullMatch, ({ attrs }) => {
  const matches = compileRegex(attrs.has('pattern') ? attrs.string('pattern') : '');
  return ([x]: [Tensor], ctx) => [emitRaw(ctx, 0, 'bool', (x.data as string[]).map((text) => Number(matches(text))), x.dims)];
});
