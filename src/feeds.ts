/** What a model takes and gives: metadata of its values, and feeds checked against them. */
import { fail } from './errors.ts';
import type { Edge } from './graph/index.ts';
import type { Feeds, ValueMetadata } from './options.ts';
import { describeType, fitsShape, Tensor, typeOf, type Value } from './tensor/index.ts';

/** Inputs without a default value of their own. */
export function required(inputs: readonly Edge[]): Edge[] {
  return inputs.filter((e) => e.constant === undefined);
}

export function metadata(edge: Edge): ValueMetadata {
  const type = edge.type;
  if (type?.kind !== 'tensor') return { name: edge.name, isTensor: false, valueType: type };
  return { name: edge.name, isTensor: true, type: type.dtype, shape: (type.shape ?? []).map((d) => d ?? ''), valueType: type };
}

/** The values of a graph's inputs, fed or their own. Throws `E_INPUT` for a feed that is missing, unknown, or does not fit. */
export function checkFeeds(inputs: readonly Edge[], feeds: Feeds): (Value | undefined)[] {
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((e) => e.name === name)) {
      fail('E_INPUT', `the model has no input ${JSON.stringify(name)}`, { arg: { kind: 'feed', name }, expected: `one of ${required(inputs).map((e) => e.name).join(', ')}` });
    }
  }
  return inputs.map((edge) => {
    const value = Object.hasOwn(feeds, edge.name) ? feeds[edge.name] : edge.constant;
    if (value === undefined) {
      if (edge.type?.kind === 'optional') return { kind: 'optional', elem: edge.type.elem, value: undefined };
      fail('E_INPUT', 'an input is not fed', { arg: { kind: 'feed', name: edge.name }, expected: describeType(edge.type), found: 'nothing' });
    }
    checkFeed(edge, value);
    return value;
  });
}

function checkFeed(edge: Edge, value: Value): void {
  const wrong = (expected: string, found: string): never =>
    fail('E_INPUT', 'a feed does not fit the input', { arg: { kind: 'feed', name: edge.name }, expected, found });
  const type = edge.type;
  if (!(value instanceof Tensor)) {
    const kind: unknown = typeof value === 'object' && value !== null ? value.kind : undefined;
    if (kind !== 'sequence' && kind !== 'optional' && kind !== 'map') wrong(describeType(type), `${typeof value} (not a Tensor of this library)`);
    if (type !== undefined && type.kind !== kind) wrong(describeType(type), String(kind));
    return;
  }
  if (type === undefined || type.kind === 'optional') return;
  const found = (): string => describeType(typeOf(value));
  if (type.kind !== 'tensor' || type.dtype !== value.type) return wrong(describeType(type), found());
  if (value.location === 'none') wrong(describeType(type), 'a disposed tensor');
  if (!fitsShape(value.dims, type.shape)) wrong(describeType(type), found());
}
