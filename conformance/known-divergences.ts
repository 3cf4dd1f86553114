/**
 * Where onnxruntime 1.30 (cpu) departs from the specification, or leaves a result undefined, and this project follows the
 * specification: one line of reason and one model each. `test/divergences.test.ts` runs every entry here, and in onnxruntime
 * as far as it survives: an entry that no longer holds there fails the test.
 */
import { ModelBuilder } from '../src/model/index.ts';
import { Tensor, type DType, type TypedArray } from '../src/tensor/index.ts';

export interface Divergence {
  readonly name: string;
  /** What onnxruntime does, and what the specification says. */
  readonly reason: string;
  /**
   * - `differs`: onnxruntime gives another result;
   * - `refuses`: it gives an error;
   * - `undefined`: it gives memory it never wrote: any comparison would be luck;
   * - `crashes`: it ends the process.
   */
  readonly there: 'differs' | 'refuses' | 'undefined' | 'crashes';
  readonly model: () => Uint8Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** What output `y` must hold here. */
  readonly expected: Tensor;
}

const tensor = (type: DType, values: readonly (number | bigint)[], dims: readonly number[] = [values.length]): Tensor => new Tensor(type, values, dims);

/** A model of one node whose inputs are fed as x0, x1, ... and whose output is y. */
function single(opType: string, inputs: readonly Tensor[], output: DType, attributes: Readonly<Record<string, number>> = {}, opset = 21): Pick<Divergence, 'model' | 'feeds'> {
  return {
    feeds: Object.fromEntries(inputs.map((t, i) => [`x${i}`, t])),
    model: () => {
      const b = new ModelBuilder({ opset });
      const edges = inputs.map((t, i) => b.input(`x${i}`, t.type, t.dims));
      b.output(b.node(opType, edges, attributes), 'y', { kind: 'tensor', dtype: output });
      return b.bytes();
    },
  };
}

/** float32 -> a narrow float without saturation -> float32. */
function throughFloat8(values: readonly number[], to: number): Pick<Divergence, 'model' | 'feeds'> {
  return {
    feeds: { x0: tensor('float32', values) },
    model: () => {
      const b = new ModelBuilder({ opset: 21 });
      const narrow = b.node('Cast', [b.input('x0', 'float32', [values.length])], { to, saturate: 0 });
      b.output(b.node('Cast', [narrow], { to: 1 }), 'y', { kind: 'tensor', dtype: 'float32' });
      return b.bytes();
    },
  };
}

const empty = (type: DType, dims: readonly number[]): Tensor => new Tensor(type, [] as unknown as TypedArray, dims);
const INT_MIN = -2147483648;

export const KNOWN_DIVERGENCES: readonly Divergence[] = [
  {
    name: 'MatMulInteger of nothing', reason: 'a sum over no elements (K = 0) is 0; onnxruntime returns uninitialised memory', there: 'undefined',
    ...single('MatMulInteger', [empty('uint8', [2, 0]), empty('uint8', [0, 3])], 'int32'), expected: tensor('int32', [0, 0, 0, 0, 0, 0], [2, 3]),
  },
  {
    name: 'QLinearMatMul of nothing', reason: 'with K = 0 every output is the zero point; onnxruntime returns uninitialised memory', there: 'undefined',
    ...single('QLinearMatMul', [
      empty('uint8', [1, 0]), tensor('float32', [0.5], []), tensor('uint8', [3], []), empty('uint8', [0, 2]), tensor('float32', [0.5], []),
      tensor('uint8', [4], []), tensor('float32', [1], []), tensor('uint8', [7], []),
    ], 'uint8'), expected: tensor('uint8', [7, 7], [1, 2]),
  },
  {
    name: 'Div of the smallest int32 by -1', reason: 'two\'s complement wraps to the smallest value; onnxruntime divides in hardware, which traps', there: 'crashes',
    ...single('Div', [tensor('int32', [INT_MIN]), tensor('int32', [-1])], 'int32'), expected: tensor('int32', [INT_MIN]),
  },
  {
    name: 'Mod of the smallest int64 by -1', reason: 'the remainder is 0; onnxruntime divides in hardware, which traps', there: 'crashes',
    ...single('Mod', [tensor('int64', [-(2n ** 63n)]), tensor('int64', [-1n])], 'int64'), expected: tensor('int64', [0n]),
  },
  {
    name: 'float8e4m3fn without saturation', reason: 'beyond 464 the result is NaN (float8 table); onnxruntime gives 448', there: 'differs',
    ...throughFloat8([480, -480, 448], 17), expected: tensor('float32', [NaN, NaN, 448]),
  },
  {
    name: 'float8e5m2 without saturation', reason: 'beyond the largest value the result is infinity (float8 table); onnxruntime gives NaN', there: 'differs',
    ...throughFloat8([61440, -61440, 57344], 19), expected: tensor('float32', [Infinity, -Infinity, 57344]),
  },
  {
    name: 'MatMulInteger with a zero point a row', reason: 'a_zero_point may hold one value a row of A; onnxruntime wants a scalar', there: 'refuses',
    ...single('MatMulInteger', [tensor('uint8', [1, 2, 3, 4], [2, 2]), tensor('uint8', [1, 0, 0, 1], [2, 2]), tensor('uint8', [1, 2])], 'int32'),
    expected: tensor('int32', [0, 1, 1, 2], [2, 2]),
  },
  {
    name: 'ConvInteger with a zero point a channel', reason: 'w_zero_point may hold one value an output channel; onnxruntime wants one for all', there: 'refuses',
    ...single('ConvInteger', [tensor('uint8', [2, 3], [1, 1, 1, 2]), tensor('uint8', [5, 5], [2, 1, 1, 1]), tensor('uint8', [1], []), tensor('uint8', [4, 3])], 'int32'),
    expected: tensor('int32', [1, 2, 2, 4], [1, 2, 1, 2]),
  },
  {
    name: 'ReduceSum of int32 that overflows', reason: 'integer sums wrap; onnxruntime goes through floating point and saturates', there: 'differs',
    ...single('ReduceSum', [tensor('int32', [2147483647, 1])], 'int32', { keepdims: 0 }), expected: tensor('int32', [INT_MIN], []),
  },
  {
    name: 'Mod with fmod of large int64', reason: 'integers keep all their bits; onnxruntime goes through double', there: 'differs',
    ...single('Mod', [tensor('int64', [2n ** 53n + 1n]), tensor('int64', [2n])], 'int64', { fmod: 1 }), expected: tensor('int64', [1n]),
  },
];
