/** Sound models that between them use every part of the format: what mutations start from. */
import { float, ModelBuilder } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { int64, Tensor } from '../../src/tensor/index.ts';
import { attr, encode, floatTensor, graph, KIND, model, node, valueInfo } from '../model/proto.ts';

function quantized(): Uint8Array {
  const b = new ModelBuilder({ opset: 21, metadata: { purpose: 'seed' } });
  const x = b.input('x', 'float32', ['n', 4]);
  const scale = b.constant('scale', new Tensor('float32', [0.1], [])), zero = b.constant('zero', new Tensor('uint8', [128], []));
  const q = b.node('QuantizeLinear', [x, scale, zero]);
  const w = b.constant('w', new Tensor('int8', [1, -2, 3, -4, 5, -6, 7, -8], [4, 2])), wz = b.constant('wz', new Tensor('int8', [0], []));
  b.output(b.node('QLinearMatMul', [q, scale, zero, w, scale, wz, scale, zero]), 'y', { kind: 'tensor', dtype: 'uint8', shape: ['n', 2] });
  b.output(b.node('MatMulNBits', [x, b.constant('packed', new Tensor('uint8', new Uint8Array(16), [2, 1, 8])), b.constant('scales', new Tensor('float32', [1, 1], [2]))], { K: 4, N: 2, bits: 4, block_size: 16 }, { domain: 'com.microsoft' }));
  inferGraph(b.graph);
  return b.bytes();
}

function controlFlow(): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', [2, 3]), c = b.input('c', 'bool', []);
  const branch = b.node('If', [c], {
    then_branch: (g) => g.output(g.node('Add', [x, g.constant('k', new Tensor('float32', [1], []))])),
    else_branch: (g) => g.output(g.node('If', [c], { then_branch: (h) => h.output(h.node('Neg', [x])), else_branch: (h) => h.output(x) })),
  });
  const [last] = b.node('Loop', [b.constant('trips', int64([3], [])), c, branch], {
    body: (g) => {
      g.input('i', 'int64', []);
      const go = g.input('go', 'bool', []), carried = g.input('carried', 'float32');
      g.output(g.node('Identity', [go]));
      g.output(g.node('Mul', [carried, carried]));
    },
  }, { outputs: 1 });
  b.output(last!, 'y');
  b.output(b.node('LeakyRelu', [branch], { alpha: float(0.1) }), 'z');
  inferGraph(b.graph);
  return b.bytes();
}

function functions(): Uint8Array {
  const opsetImport = [{ domain: '', version: 21 }, { domain: 'local', version: 1 }];
  return encode(model({
    input: [valueInfo('x', 'float32', [2])], output: [valueInfo('y', 'float32', [2])], valueInfo: [valueInfo('t', 'float32', [2])],
    initializer: [floatTensor('w', [1, 2])],
    node: [node('Outer', ['x', 'w'], ['t'], [attr.float('slope', 0.5)], { domain: 'local', name: 'call' }), node('Relu', ['t'], ['y'])],
  }, {
    opsetImport, functions: [
      { name: 'Outer', domain: 'local', opsetImport, input: ['a', 'b'], output: ['r'], attribute: ['slope'], node: [node('Inner', ['a'], ['u'], [attr.ref('slope', 'slope', KIND.FLOAT)], { domain: 'local' }), node('Add', ['u', 'b'], ['r'])] },
      { name: 'Inner', domain: 'local', opsetImport, input: ['a'], output: ['r'], attributeProto: [attr.float('slope', 0.1)], node: [node('LeakyRelu', ['a'], ['r'], [attr.ref('alpha', 'slope', KIND.FLOAT)])] },
    ],
  }));
}

function tensors(): Uint8Array {
  return encode(model({
    initializer: [
      floatTensor('f', [1, 2, 3]), { name: 'i4', dataType: 22, dims: [5], int32Data: [0x21, 0x43, 5] }, { name: 'i64', dataType: 7, dims: [2], int64Data: [1, -1] },
      { name: 'raw', dataType: 10, dims: [2], rawData: Uint8Array.of(0, 60, 0, 64) }, { name: 's', dataType: 8, dims: [2], stringData: [Uint8Array.of(97), Uint8Array.of(98, 99)] },
    ],
    sparseInitializer: [{ values: floatTensor('sp', [5, 6]), indices: { dataType: 7, dims: [2, 2], int64Data: [0, 1, 1, 0] }, dims: [2, 2] }],
    node: [
      node('Constant', [], ['c'], [attr.tensor('value', floatTensor('v', [1]))]),
      node('Constant', [], ['cs'], [{ name: 'sparse_value', type: KIND.SPARSE_TENSOR, sparseTensor: { values: floatTensor('', [1]), indices: { dataType: 7, dims: [1], int64Data: [3] }, dims: [4] } }]),
      node('Constant', [], ['ci'], [{ name: 'value_ints', type: KIND.INTS, ints: [1, 2, 3] }]),
      node('Optional', [], ['o'], [{ name: 'type', type: KIND.TYPE_PROTO, tp: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } }]),
    ],
    output: [valueInfo('c', 'float32', [1]), valueInfo('f', 'float32', [3]), valueInfo('sp', 'float32', [2, 2]), valueInfo('cs', 'float32', [4])],
  }));
}

function typed(): Uint8Array {
  return encode(model(graph({
    input: [
      valueInfo('x', 'float32', ['n', 3]), { name: 'q', type: { sequenceType: { elemType: { tensorType: { elemType: 1, shape: { dim: [{}, { dimValue: 2 }] } } } } } },
      { name: 'm', type: { mapType: { keyType: 7, valueType: { tensorType: { elemType: 1, shape: { dim: [] } } } } } }, { name: 'o', type: { optionalType: { elemType: { tensorType: { elemType: 1, shape: { dim: [] } } } } } },
    ],
    node: [node('SequenceLength', ['q'], ['l']), node('OptionalHasElement', ['o'], ['h']), node('Softmax', ['x'], ['y'], [attr.int('axis', -1)])],
    output: [valueInfo('l', 'int64', []), valueInfo('h', 'bool', []), valueInfo('y', 'float32', ['n', 3])],
  })));
}

export const SEEDS: Readonly<Record<string, Uint8Array>> = {
  quantized: quantized(), controlFlow: controlFlow(), functions: functions(), tensors: tensors(), typed: typed(),
};
