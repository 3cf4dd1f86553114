/** Graphs that break the rules of the format: names, order, attributes, types, versions. */
import type { OnnxErrorCode } from '../../src/errors.ts';
import type { AttributeProto, GraphProto, ModelProto } from '../../src/model/proto.ts';
import { toLong } from '../../src/model/proto.ts';
import { attr, encode, floatTensor, graph, KIND, model, node, valueInfo } from '../model/proto.ts';
import type { HostileCase } from './case.ts';

const x = valueInfo('x', 'float32', [1]);
const y = valueInfo('y', 'float32', [1]);
const neg = node('Neg', ['x'], ['y'], [], { name: 'n' });
/** A sound graph; each case breaks one thing. */
const sound: GraphProto = { input: [x], node: [neg], output: [y] };
const withNode = (n: ReturnType<typeof node>): GraphProto => ({ ...sound, node: [n] });
const withAttribute = (...a: AttributeProto[]) => withNode(node('Neg', ['x'], ['y'], a, { name: 'n' }));
const floats = (n: number) => Array.from({ length: n }, (_, i) => i);
const sub = (parts: GraphProto): GraphProto => withNode(node('If', ['x'], ['y'], [attr.graph('then_branch', { name: 'g', ...parts })], { name: 'n' }));

const GRAPHS: readonly [string, OnnxErrorCode, GraphProto, RegExp?][] = [
  ['no name', 'E_MODEL', { ...sound, name: '' }],
  ['an input without a name', 'E_MODEL', { ...sound, input: [x, valueInfo('')] }],
  ['an input without a type', 'E_MODEL', { ...sound, input: [{ name: 'x' }] }, /"x"/],
  ['two inputs of one name', 'E_MODEL', { ...sound, input: [x, x] }, /"x"/],
  ['two outputs of one name', 'E_MODEL', { ...sound, output: [y, y] }, /"y"/],
  ['an output without a name', 'E_MODEL', { ...sound, output: [valueInfo('')] }],
  ['an output nothing gives', 'E_MODEL', { ...sound, output: [valueInfo('z')] }, /"z"/],
  ['an initializer without a name', 'E_MODEL', { ...sound, initializer: [floatTensor('', [1])] }],
  ['two initializers of one name', 'E_MODEL', { ...sound, initializer: [floatTensor('w', [1]), floatTensor('w', [1])] }, /"w"/],
  ['a dense and a sparse initializer of one name', 'E_MODEL', {
    ...sound, initializer: [floatTensor('w', [1])],
    sparseInitializer: [{ values: floatTensor('w', [1]), indices: { dataType: 7, dims: [1], int64Data: [0] }, dims: [2] }],
  }, /"w"/],
  ['an initializer of another type than its input', 'E_TYPE', { ...sound, initializer: [{ name: 'x', dataType: 7, dims: [1], int64Data: [1] }] }, /"x"/],
  ['an initializer of another shape than its input', 'E_SHAPE', { ...sound, initializer: [floatTensor('x', [1, 2])] }, /"x"/],
  ['a value_info without a name', 'E_MODEL', { ...sound, valueInfo: [valueInfo('')] }],
  ['a node without an operator', 'E_MODEL', withNode(node('', ['x'], ['y']))],
  ['a node without inputs and outputs', 'E_MODEL', { ...sound, node: [neg, node('Neg', [], [])] }],
  ['an input nothing gives', 'E_MODEL', withNode(node('Neg', ['nope'], ['y'], [], { name: 'n' })), /Neg.*"n".*"nope"/],
  ['a value given twice', 'E_MODEL', { ...sound, node: [neg, node('Abs', ['x'], ['y'], [], { name: 'second' })] }, /Abs.*"second"/],
  ['a value given twice by one node', 'E_MODEL', withNode(node('Split', ['x'], ['y', 'y'])), /"y"/],
  ['a value that is an input too', 'E_MODEL', { ...sound, node: [neg, node('Abs', ['y'], ['x'])] }, /"x"/],
  ['a value that is an initializer too', 'E_MODEL', { ...sound, initializer: [floatTensor('y', [1])] }, /"y"/],
  ['a node that reads itself', 'E_MODEL', withNode(node('Neg', ['y'], ['y'], [], { name: 'n' })), /cycle.*"n"/],
  ['a cycle of two', 'E_MODEL', { ...sound, node: [node('Neg', ['b'], ['y'], [], { name: 'p' }), node('Neg', ['y'], ['b'], [], { name: 'q' })] }, /"p", "q"/],
  ['a cycle of 1,000', 'E_MODEL', { ...sound, node: floats(1000).map((i) => node('Neg', [`v${i}`], [`v${(i + 1) % 1000}`])), output: [valueInfo('v0')] }, /1000 nodes/],
  ['a domain that is not imported', 'E_MODEL', withNode(node('Neg', ['x'], ['y'], [], { domain: 'my.dom', name: 'n' })), /"my.dom"/],
  ['an attribute without a name', 'E_MODEL', withAttribute({ type: KIND.INT, i: 1 }), /"n"/],
  ['an attribute without a type', 'E_MODEL', withAttribute({ name: 'a', i: 1 }), /"a"/],
  ['an attribute of type 0', 'E_MODEL', withAttribute({ name: 'a', type: 0, i: 1 })],
  ['an attribute of type 99', 'E_MODEL', withAttribute({ name: 'a', type: 99 as 1, i: 1 })],
  ['an attribute twice', 'E_MODEL', withAttribute(attr.int('a', 1), attr.int('a', 2)), /"a"/],
  ['an attribute with two values', 'E_MODEL', withAttribute({ name: 'a', type: KIND.INT, i: 1, f: 1 }), /"a"/],
  ['an attribute with a value and a list', 'E_MODEL', withAttribute({ name: 'a', type: KIND.INT, i: 1, ints: [2] })],
  ['an attribute whose value has another type', 'E_MODEL', withAttribute({ name: 'a', type: KIND.INT, f: 1 }), /"a"/],
  ['a list attribute with a single value', 'E_MODEL', withAttribute({ name: 'a', type: KIND.INTS, i: 1 })],
  ['a tensor attribute without one', 'E_MODEL', withAttribute({ name: 'a', type: KIND.TENSOR })],
  ['a graph attribute without one', 'E_MODEL', withAttribute({ name: 'a', type: KIND.GRAPH })],
  ['a type attribute without one', 'E_MODEL', withAttribute({ name: 'a', type: KIND.TYPE_PROTO })],
  ['a type attribute of an unknown type', 'E_MODEL', withAttribute({ name: 'a', type: KIND.TYPE_PROTO, tp: { tensorType: { elemType: 77 } } })],
  ['a reference outside of a function', 'E_MODEL', withAttribute(attr.ref('a', 'b', KIND.INT)), /"a"/],
  ['strings that are not UTF-8', 'E_MODEL', withAttribute({ name: 'a', type: KIND.STRINGS, strings: [Uint8Array.of(0xc0, 0x80)] })],
  ['an input of an unknown element type', 'E_MODEL', { ...sound, input: [{ name: 'x', type: { tensorType: { elemType: 99 } } }] }],
  ['an input of no element type', 'E_MODEL', { ...sound, input: [{ name: 'x', type: { tensorType: {} } }] }],
  ['an input with a dimension of -2', 'E_MODEL', { ...sound, input: [valueInfo('x', 'float32', [-2])] }],
  ['an input with a dimension of 2^62', 'E_MODEL', { ...sound, input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: toLong(2n ** 62n) }] } } } }] }],
  ['an opaque input', 'E_TYPE', { ...sound, input: [{ name: 'x', type: { opaqueType: { name: 'o' } } }] }],
  ['a sequence of nothing', 'E_MODEL', { ...sound, input: [{ name: 'x', type: { sequenceType: {} } }] }],
  ['a map without keys', 'E_MODEL', { ...sound, input: [{ name: 'x', type: { mapType: { valueType: { tensorType: { elemType: 1 } } } } }] }],
  ['a subgraph without a name', 'E_MODEL', sub({ name: '', output: [valueInfo('x')] })],
  ['a subgraph with an output nothing gives', 'E_MODEL', sub({ output: [valueInfo('z')] }), /then_branch/],
  ['a subgraph with an input nothing gives', 'E_MODEL', sub({ node: [node('Neg', ['nope'], ['t'], [], { name: 'inner' })], output: [valueInfo('t')] }), /"inner" in main\/n\.then_branch.*"nope"/],
  ['a subgraph that hides an input', 'E_MODEL', sub({ node: [node('Neg', ['x'], ['x'])], output: [valueInfo('x')] }), /"x"/],
  ['a subgraph that reads what its node gives', 'E_MODEL', sub({ node: [node('Neg', ['y'], ['t'])], output: [valueInfo('t')] })],
  ['a subgraph that reads a value of its sibling', 'E_MODEL', withNode(node('If', ['x'], ['y'], [
    attr.graph('then_branch', graph({ node: [node('Neg', ['x'], ['inner'])], output: [valueInfo('inner')] })),
    attr.graph('else_branch', graph({ node: [node('Neg', ['inner'], ['t'])], output: [valueInfo('t')] })),
  ])), /"inner"/],
  ['a subgraph with a cycle', 'E_MODEL', sub({ node: [node('Neg', ['b'], ['a']), node('Neg', ['a'], ['b'])], output: [valueInfo('a')] }), /cycle/],
];

const VERSION = { domain: '', version: 21 };
const MODELS: readonly [string, OnnxErrorCode, Partial<ModelProto>, RegExp?][] = [
  ['IR version 0', 'E_MODEL', { irVersion: 0 }],
  ['IR version 2', 'E_MODEL', { irVersion: 2 }],
  ['IR version 99', 'E_MODEL', { irVersion: 99 }, /3 to 14.*99/],
  ['IR version -1', 'E_MODEL', { irVersion: toLong(-1n) }],
  ['IR version 2^62', 'E_MODEL', { irVersion: toLong(2n ** 62n) }],
  ['no opset', 'E_MODEL', { opsetImport: [] }],
  ['opset 0', 'E_MODEL', { opsetImport: [{ domain: '', version: 0 }] }],
  ['opset -1', 'E_MODEL', { opsetImport: [{ domain: '', version: toLong(-1n) }] }],
  ['opset 2^40', 'E_MODEL', { opsetImport: [{ domain: '', version: toLong(2n ** 40n) }] }],
  ['an opset without a version', 'E_MODEL', { opsetImport: [{ domain: '' }] }],
  ['an opset twice', 'E_MODEL', { opsetImport: [VERSION, VERSION] }],
  ['an opset under both of its names', 'E_MODEL', { opsetImport: [VERSION, { domain: 'ai.onnx', version: 20 }] }],
  ['only another domain', 'E_MODEL', { opsetImport: [{ domain: 'my.dom', version: 1 }] }, /ai\.onnx/],
  ['a metadata key twice', 'E_MODEL', { metadataProps: [{ key: 'k', value: '1' }, { key: 'k', value: '2' }] }, /"k"/],
  ['functions before IR 8', 'E_MODEL', { irVersion: 7, functions: [{ name: 'f', domain: 'd' }] }],
  ['10,001 functions', 'E_LIMIT', { functions: floats(10_001).map((i) => ({ name: `f${i}`, domain: 'd' })) }, /functions/],
  ['an initializer that is no input, before IR 4', 'E_MODEL', { irVersion: 3, graph: graph({ ...sound, initializer: [floatTensor('w', [1])] }) }, /"w"/],
];

/** Functions whose inlining doubles at every level: a few bytes, a trillion nodes. */
function doubling(levels: number): Uint8Array {
  const opsetImport = [VERSION, { domain: 'd', version: 1 }];
  const call = (i: number, from: string, to: string) => node(`F${i}`, [from], [to], [], { domain: 'd' });
  const functions = floats(levels).map((i) => ({
    name: `F${i}`, domain: 'd', opsetImport, input: ['a'], output: ['r'],
    node: i === levels - 1 ? [node('Neg', ['a'], ['r'])] : [call(i + 1, 'a', 't'), call(i + 1, 't', 'r')],
  }));
  return encode(model(withNode(call(0, 'x', 'y')), { opsetImport, functions }));
}

export const GRAPH_CASES: readonly HostileCase[] = [
  ...GRAPHS.map(([name, code, parts, says]): HostileCase => ({ name: `a graph with ${name}`, code, bytes: encode(model(parts)), ...(says && { says }) })),
  ...MODELS.map(([name, code, parts, says]): HostileCase => ({ name: `a model with ${name}`, code, bytes: encode(model(sound, parts)), ...(says && { says }) })),
  { name: 'functions that double 40 times', code: 'E_LIMIT', bytes: doubling(40), says: /nodes/ },
  { name: 'functions that double 99 times', code: 'E_LIMIT', bytes: doubling(99), says: /nodes/ },
  { name: 'more nodes than the limit', code: 'E_LIMIT', bytes: encode(model({ ...sound, node: [neg, node('Abs', ['x'], ['z'])] })), options: { limits: { nodes: 1 } }, says: /nodes/ },
  { name: 'a file above the limit', code: 'E_LIMIT', bytes: encode(model(sound)), options: { limits: { fileBytes: 10 } }, says: /fileBytes/ },
];
