/** Tensors that lie about themselves, in every place of a file that can hold one. */
import type { OnnxErrorCode } from '../../src/errors.ts';
import { toLong, type AttributeProto, type SparseTensorProto, type TensorProto } from '../../src/model/proto.ts';
import { attr, encode, floatTensor, graph, KIND, model, node, valueInfo } from '../model/proto.ts';
import type { HostileCase } from './case.ts';

const EXTERNAL = (location: string, more: { key: string; value: string }[] = []): TensorProto => ({ dataType: 1, dims: [1], dataLocation: 1, externalData: [{ key: 'location', value: location }, ...more] });

/** [what is wrong, code, tensor]: the name is added where it stands. */
export const BAD_TENSORS: readonly [string, OnnxErrorCode, TensorProto][] = [
  ['no element type', 'E_MODEL', { dims: [1], floatData: [1] }],
  ['element type 0', 'E_MODEL', { dataType: 0, dims: [1], floatData: [1] }],
  ['element type 29', 'E_MODEL', { dataType: 29, dims: [1], rawData: new Uint8Array(4) }],
  ['element type -1', 'E_MODEL', { dataType: -1, dims: [1], rawData: new Uint8Array(4) }],
  ['a negative dimension', 'E_MODEL', { dataType: 1, dims: [-2], floatData: [1] }],
  ['dimensions whose product overflows', 'E_MODEL', { dataType: 1, dims: [2 ** 40, 2 ** 40] }],
  ['an overflow hidden by a zero', 'E_MODEL', { dataType: 1, dims: [2 ** 40, 0, 2 ** 40] }],
  ['a dimension of 2^63 - 1', 'E_MODEL', { dataType: 1, dims: [toLong(2n ** 63n - 1n)] }],
  ['4 GiB that are not there', 'E_LIMIT', { dataType: 1, dims: [2 ** 30], floatData: [1] }],
  ['rank 33', 'E_LIMIT', { dataType: 1, dims: Array<number>(33).fill(1), floatData: [1] }],
  ['rank 1025', 'E_LIMIT', { dataType: 1, dims: Array<number>(1025).fill(1), floatData: [1] }],
  ['no data', 'E_MODEL', { dataType: 1, dims: [1] }],
  ['no data for a scalar', 'E_MODEL', { dataType: 1 }],
  ['data for no elements', 'E_MODEL', { dataType: 1, dims: [0], floatData: [1] }],
  ['raw bytes for no elements', 'E_MODEL', { dataType: 1, dims: [0], rawData: new Uint8Array(4) }],
  ['raw bytes and floats', 'E_MODEL', { dataType: 1, dims: [1], floatData: [1], rawData: new Uint8Array(4) }],
  ['floats and doubles', 'E_MODEL', { dataType: 1, dims: [1], floatData: [1], doubleData: [1] }],
  ['integers in two fields', 'E_MODEL', { dataType: 7, dims: [1], int64Data: [1], int32Data: [1] }],
  ['floats in the field of integers', 'E_MODEL', { dataType: 1, dims: [1], int32Data: [1] }],
  ['float16 in the field of floats', 'E_MODEL', { dataType: 10, dims: [1], floatData: [1] }],
  ['uint32 in the field of int32', 'E_MODEL', { dataType: 12, dims: [1], int32Data: [1] }],
  ['strings as raw bytes', 'E_MODEL', { dataType: 8, dims: [1], rawData: new Uint8Array(1) }],
  ['floats as strings', 'E_MODEL', { dataType: 1, dims: [1], stringData: [new Uint8Array(1)] }],
  ['one byte less', 'E_MODEL', { dataType: 1, dims: [2], rawData: new Uint8Array(7) }],
  ['one byte more', 'E_MODEL', { dataType: 1, dims: [2], rawData: new Uint8Array(9) }],
  ['half of the bytes', 'E_MODEL', { dataType: 1, dims: [2], rawData: new Uint8Array(4) }],
  ['one entry less', 'E_MODEL', { dataType: 1, dims: [2], floatData: [1] }],
  ['one entry more', 'E_MODEL', { dataType: 1, dims: [2], floatData: [1, 2, 3] }],
  ['one string less', 'E_MODEL', { dataType: 8, dims: [2], stringData: [new Uint8Array(1)] }],
  ['an odd count of int4 in too few bytes', 'E_MODEL', { dataType: 22, dims: [5], rawData: new Uint8Array(2) }],
  ['int4 one entry an element', 'E_MODEL', { dataType: 22, dims: [5], int32Data: [1, 2, 3, 4, 5] }],
  ['int2 in too many bytes', 'E_MODEL', { dataType: 26, dims: [4], rawData: new Uint8Array(2) }],
  ['complex64 one entry an element', 'E_MODEL', { dataType: 14, dims: [2], floatData: [1, 2] }],
  ['a segment', 'E_MODEL', { dataType: 1, dims: [1], floatData: [1], segment: { begin: 0, end: 1 } }],
  ['external data, and data here', 'E_MODEL', { ...EXTERNAL('x'), floatData: [1] }],
  ['external data that is not declared', 'E_MODEL', { ...EXTERNAL('x'), dataLocation: 0, floatData: [1] }],
  ['external data that is declared but nowhere', 'E_EXTERNAL_DATA', { dataType: 1, dims: [1], dataLocation: 1 }],
  ['external strings', 'E_MODEL', { ...EXTERNAL('x'), dataType: 8 }],
  ['an external path upwards', 'E_EXTERNAL_DATA', EXTERNAL('../../../etc/passwd')],
  ['an external path upwards further down', 'E_EXTERNAL_DATA', EXTERNAL('a/../../x')],
  ['an absolute external path', 'E_EXTERNAL_DATA', EXTERNAL('/etc/passwd')],
  ['an external path of Windows', 'E_EXTERNAL_DATA', EXTERNAL('C:\\x')],
  ['a negative external offset', 'E_EXTERNAL_DATA', EXTERNAL('x', [{ key: 'offset', value: '-1' }])],
  ['a huge external length', 'E_EXTERNAL_DATA', EXTERNAL('x', [{ key: 'length', value: '9'.repeat(30) }])],
  ['an external length that does not fit', 'E_EXTERNAL_DATA', EXTERNAL('x', [{ key: 'length', value: '8' }])],
  ['an external key twice', 'E_EXTERNAL_DATA', EXTERNAL('x', [{ key: 'location', value: 'y' }])],
  ['an unknown external key', 'E_EXTERNAL_DATA', EXTERNAL('x', [{ key: '__class__', value: 'y' }])],
];

/** Every place of a model that can hold a tensor. */
const PLACES: readonly [string, (tensor: TensorProto) => Uint8Array][] = [
  ['an initializer', (t) => encode(model({ initializer: [{ name: 't', ...t }], output: [valueInfo('t')] }))],
  ['an attribute', (t) => encode(model(holder(attr.tensor('value', t))))],
  ['a list attribute', (t) => encode(model(holder({ name: 'values', type: KIND.TENSORS, tensors: [floatTensor('', [1]), t] })))],
  ['sparse values', (t) => encode(model({ sparseInitializer: [{ values: { name: 's', ...t }, indices: indices([0]), dims: [4] }], output: [valueInfo('s')] }))],
  ['sparse indices', (t) => encode(model({ sparseInitializer: [{ values: floatTensor('s', [1]), indices: t, dims: [4] }], output: [valueInfo('s')] }))],
  ['a sparse attribute', (t) => encode(model(holder({ name: 'sparse_value', type: KIND.SPARSE_TENSOR, sparseTensor: { values: t, indices: indices([0]), dims: [4] } })))],
  ['a subgraph', (t) => encode(model(holder(attr.graph('body', graph({ initializer: [{ name: 'i', ...t }], output: [valueInfo('i')] })))))],
  ['a function', (t) => withFunction([node('Constant', [], ['r'], [attr.tensor('value', t)])])],
  ['the default of a function', (t) => withFunction([node('Neg', ['a'], ['r'])], [attr.tensor('d', t)])],
];

function holder(attribute: AttributeProto): Parameters<typeof model>[0] {
  return { node: [node('Constant', [], ['y'], [attribute], { name: 'holder' })], output: [valueInfo('y')] };
}

function withFunction(nodes: ReturnType<typeof node>[], attributeProto: AttributeProto[] = []): Uint8Array {
  const opsetImport = [{ domain: '', version: 21 }, { domain: 'local', version: 1 }];
  return encode(model({ input: [valueInfo('x', 'float32', [1])], node: [node('Neg', ['x'], ['y'])], output: [valueInfo('y')] }, {
    opsetImport, functions: [{ name: 'Unused', domain: 'local', opsetImport, input: ['a'], output: ['r'], attributeProto, node: nodes }],
  }));
}

const indices = (values: number[], dims = [values.length]): TensorProto => ({ dataType: 7, dims, int64Data: values });
const sparse = (parts: SparseTensorProto) => encode(model({ sparseInitializer: [parts], output: [valueInfo('s')] }));
const two = floatTensor('s', [1, 2]);

const SPARSE: readonly [string, OnnxErrorCode, SparseTensorProto][] = [
  ['no values', 'E_MODEL', { indices: indices([0]), dims: [4] }],
  ['no indices', 'E_MODEL', { values: two, dims: [4] }],
  ['no dimensions', 'E_MODEL', { values: two, indices: indices([0, 1]) }],
  ['a zero dimension', 'E_MODEL', { values: two, indices: indices([0, 1]), dims: [0] }],
  ['values of rank 2', 'E_MODEL', { values: floatTensor('s', [1, 2], [1, 2]), indices: indices([0, 1]), dims: [4] }],
  ['too few indices', 'E_MODEL', { values: two, indices: indices([0]), dims: [4] }],
  ['indices of the wrong width', 'E_MODEL', { values: two, indices: indices([0, 0, 0, 1, 1, 1], [2, 3]), dims: [2, 2] }],
  ['indices of rank 3', 'E_MODEL', { values: two, indices: indices([0, 1], [2, 1, 1]), dims: [4] }],
  ['indices of another type', 'E_MODEL', { values: two, indices: { dataType: 6, dims: [2], int32Data: [0, 1] }, dims: [4] }],
  ['an index out of range', 'E_MODEL', { values: two, indices: indices([0, 4]), dims: [4] }],
  ['a negative index', 'E_MODEL', { values: two, indices: indices([-1, 1]), dims: [4] }],
  ['a coordinate out of range', 'E_MODEL', { values: two, indices: indices([0, 0, 0, 2], [2, 2]), dims: [2, 2] }],
  ['indices out of order', 'E_MODEL', { values: two, indices: indices([2, 1]), dims: [4] }],
  ['an index twice', 'E_MODEL', { values: two, indices: indices([1, 1]), dims: [4] }],
  ['coordinates out of order', 'E_MODEL', { values: two, indices: indices([1, 0, 0, 1], [2, 2]), dims: [2, 2] }],
  ['1 GiB once dense', 'E_LIMIT', { values: two, indices: indices([0, 1]), dims: [2 ** 28] }],
  ['8 GiB once dense', 'E_LIMIT', { values: two, indices: indices([0, 1]), dims: [2 ** 31] }],
  ['dimensions that overflow', 'E_MODEL', { values: two, indices: indices([0, 1]), dims: [2 ** 30, 2 ** 30] }],
];

export const TENSOR_CASES: readonly HostileCase[] = [
  ...PLACES.flatMap(([place, build]) => BAD_TENSORS.map(([what, code, tensor]): HostileCase => ({ name: `${place} with ${what}`, code, bytes: build(tensor) }))),
  ...SPARSE.map(([what, code, parts]): HostileCase => ({ name: `a sparse initializer with ${what}`, code, bytes: sparse(parts) })),
  { name: 'strings that are not UTF-8', code: 'E_MODEL', bytes: encode(model({ initializer: [{ name: 't', dataType: 8, dims: [1], stringData: [Uint8Array.of(0xff)] }], output: [valueInfo('t')] })) },
];
