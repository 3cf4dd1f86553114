/** Files that are broken as protobuf, or that cost far more than their size. */
import { messageFields } from '../../src/model/schema.ts';
import type { HostileCase } from './case.ts';
import { concat, embed, emptyField, int, len, REACHABLE, repeat, tag, varint } from './wire.ts';

const parse = (name: string, bytes: Uint8Array, says?: RegExp): HostileCase => ({ name, code: 'E_PARSE', bytes, ...(says && { says }) });
const limit = (name: string, bytes: Uint8Array, says: RegExp): HostileCase => ({ name, code: 'E_LIMIT', bytes, says });
const text = (s: string) => new TextEncoder().encode(s);

const NOT_MODELS: readonly HostileCase[] = [
  parse('nothing', new Uint8Array()),
  parse('zeros', new Uint8Array(64)),
  parse('ones', new Uint8Array(64).fill(255)),
  parse('text', text('this is not a model, and it is long enough to hold some fields\n')),
  parse('JSON', text('{"graph": {"node": []}}')),
  parse('HTML', text('<!doctype html><html></html>')),
  parse('a zip', concat([0x50, 0x4b, 3, 4], new Uint8Array(26))),
  parse('a gzip', concat([0x1f, 0x8b, 8, 0], new Uint8Array(20))),
  parse('a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13)),
  parse('a numpy file', text("\x93NUMPY\x01\x00v\x00{'descr': '<f4', }")),
  parse('a model without a graph', int(1, 8), /graph/),
];

/** Every field of every message, once with each wire type it must not have. */
const WRONG_WIRE: readonly HostileCase[] = REACHABLE.flatMap((type) => messageFields(type).flatMap((field) => {
  if (field === undefined) return [];
  const right = field.wire;
  const wrong = [0, 1, 2, 5].filter((wire) => wire !== right && !(field.repeated && right !== 2 && wire === 2));
  const body = [0, 0, 0, 0, 0, 0, 0, 0];
  return wrong.map((wire) => parse(`${type}.${field.name} with wire type ${wire}`, embed(type, concat(tag(field.number, wire), body.slice(0, { 0: 1, 1: 8, 2: 1, 5: 4 }[wire]))), new RegExp(`${type}\\.${field.name}`)));
}));

/** Every field that may stand once, twice. Decoders merge such messages, each in its own way. */
const TWICE: readonly HostileCase[] = REACHABLE.flatMap((type) => messageFields(type).flatMap((field) => (
  field === undefined || field.repeated ? [] : [parse(`${type}.${field.name} twice`, embed(type, concat(emptyField(field), emptyField(field))), /twice/)])));

const ONEOFS: readonly HostileCase[] = REACHABLE.flatMap((type) => {
  const members = messageFields(type).filter((f) => f?.oneof);
  return members.slice(1).map((field) => parse(`${type}.${members[0]!.name} and ${field!.name}`, embed(type, concat(emptyField(members[0]!), emptyField(field!))), /both/));
});

/** Every name, as bytes that are not UTF-8, as U+FFFD itself, and too long. */
const NAMES: readonly HostileCase[] = REACHABLE.flatMap((type) => messageFields(type).filter((f) => f?.kind === 'name').flatMap((field) => [
  parse(`${type}.${field!.name} is not UTF-8`, embed(type, len(field!.number, [0x61, 0xff]))),
  parse(`${type}.${field!.name} is U+FFFD`, embed(type, len(field!.number, '\ufffd'))),
  parse(`${type}.${field!.name} is a lone surrogate`, embed(type, len(field!.number, [0xed, 0xa0, 0x80]))),
  limit(`${type}.${field!.name} has 4097 bytes`, embed(type, len(field!.number, 'n'.repeat(4097))), /nameBytes/),
]));

const FRAMING: readonly HostileCase[] = [
  parse('field number 0', Uint8Array.of(0, 0)),
  parse('a group', Uint8Array.of(...tag(99, 3), ...tag(99, 4))),
  parse('an end of a group', Uint8Array.of(...tag(99, 4))),
  parse('wire type 6', Uint8Array.of(...tag(99, 6), 0)),
  parse('wire type 7', Uint8Array.of(...tag(99, 7), 0)),
  parse('a tag of 6 bytes', Uint8Array.of(0x88, 0x80, 0x80, 0x80, 0x80, 0x00, 1)),
  parse('a tag above 32 bits', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f, 1)),
  parse('a varint of 11 bytes', Uint8Array.of(8, ...Array<number>(10).fill(0x80), 1)),
  parse('a varint that is cut off', Uint8Array.of(8, 0x80)),
  parse('a length beyond the file', Uint8Array.of(...tag(7, 2), 100)),
  parse('a length of 2 GiB', Uint8Array.of(...tag(7, 2), ...varint(2 ** 31))),
  parse('a length of 2^63', Uint8Array.of(...tag(7, 2), ...varint(2n ** 63n))),
  parse('a length of -1', Uint8Array.of(...tag(7, 2), ...varint(-1))),
  parse('a field longer than its message', concat(tag(7, 2), [3], [...tag(2, 2), 9], text('a'.repeat(16))), /length/),
  parse('an unknown field that is cut off', Uint8Array.of(...tag(99, 2), 5, 1)),
  parse('an unknown fixed field that is cut off', Uint8Array.of(...tag(99, 1), 1, 2)),
  parse('packed dims that end within a varint', embed('TensorProto', len(1, [1, 0x80]))),
  parse('packed floats that end within an element', embed('TensorProto', len(4, [0, 0, 0]))),
  parse('packed doubles that end within an element', embed('TensorProto', len(10, new Uint8Array(12)))),
  parse('a packed varint of 11 bytes', embed('TensorProto', len(7, [...Array<number>(10).fill(0x80), 1]))),
];

const nestedTypes = (depth: number) => {
  let type: Uint8Array = len(1, int(1, 1));
  for (let i = 0; i < depth; i++) type = len(4, len(1, type));
  return embed('TypeProto', type);
};
/** Graphs within attributes of nodes of graphs, without going through an encoder that has a limit of its own. */
export const nestedGraphs = (depth: number) => {
  let graph: Uint8Array = len(2, 'g');
  for (let i = 0; i < depth; i++) graph = concat(len(2, 'g'), len(1, concat(len(4, 'If'), len(5, concat(len(1, 'then_branch'), int(20, 5), len(6, graph))))));
  return concat(int(1, 8), len(7, graph));
};

const BOMBS: readonly HostileCase[] = [
  limit('2 million empty nodes', len(7, repeat(len(1, []), 2_000_001)), /messages/),
  limit('2 million empty attributes in a node', len(7, len(1, repeat(len(5, []), 2_000_001))), /messages/),
  { ...limit('more empty names than the limit', len(7, len(1, repeat(len(1, []), 1_000_001))), /scalars/), options: { limits: { scalars: 1_000_000 } } },
  limit('2 million empty strings in a tensor', embed('TensorProto', repeat(len(6, []), 2_000_001)), /messages/),
  limit('2 million empty metadata entries', repeat(len(14, []), 2_000_001), /messages/),
  limit('2 million functions', repeat(len(25, []), 2_000_001), /messages/),
  limit('16 million packed integers', embed('TensorProto', len(7, new Uint8Array(16_000_001))), /scalars/),
  { ...limit('more loose integers than the limit', embed('AttributeProto', repeat(int(8, 0), 1_000_001)), /scalars/), options: { limits: { scalars: 1_000_000 } } },
  limit('types nested 60 deep', nestedTypes(60), /nesting/),
  limit('types nested 10,000 deep', nestedTypes(10_000), /nesting/),
  limit('33 graphs in each other', nestedGraphs(33), /subgraphDepth|nesting/),
  limit('200 graphs in each other', nestedGraphs(200), /subgraphDepth|nesting/),
];

export const WIRE_CASES: readonly HostileCase[] = [...NOT_MODELS, ...FRAMING, ...WRONG_WIRE, ...TWICE, ...ONEOFS, ...NAMES, ...BOMBS];
