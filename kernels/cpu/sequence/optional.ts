/** Optionals: a value or nothing. Plain tensors and sequences count as optionals that hold themselves. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { isTensor, typeOf, type Value } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitRaw } from '../support/index.ts';

export const optional = implement(contracts.optional, ({ attrs }) => {
  const declared = attrs.has('type') ? attrs.type('type') : undefined;
  return ([value]: [Value?]) => {
    const elem = value === undefined ? declared : typeOf(value);
    if (elem === undefined) return fail('E_ATTRIBUTE', 'an empty optional needs a type', { arg: { kind: 'attribute', name: 'type' } });
    return [{ kind: 'optional', elem, value }];
  };
});

/** What is inside: undefined when there is nothing. */
function contentOf(value: Value | undefined): Value | undefined {
  return value !== undefined && !isTensor(value) && value.kind === 'optional' ? value.value : value;
}

export const optionalHasElement = implement(contracts.optionalHasElement, () => ([value]: [Value?], ctx) =>
  [emitRaw(ctx, 0, 'bool', [contentOf(value) === undefined ? 0 : 1], [])]);

export const optionalGetElement = implement(contracts.optionalGetElement, () => ([value]: [Value], ctx) => {
  const content = contentOf(value);
  if (content === undefined) return fail('E_VALUE', 'the optional is empty');
  return [isTensor(content) ? ctx.view(0, content, content.dims) : content];
});
