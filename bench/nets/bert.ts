/**
 * An encoder of BERT's layout (Devlin et al., 2018, arXiv:1810.04805), 4 layers of width 256, with random weights: in float32 as PyTorch exports it,
 * and in the form that onnxruntime's dynamic quantizer makes of that (products with constant weights as DynamicQuantizeLinear,
 * MatMulInteger, Cast and Mul; the embedding as int8 codes).
 */
import type { Edge } from '../../src/graph/index.ts';
import { float, ModelBuilder } from '../../src/model/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { scalar, symmetric } from './quantize.ts';
import { Weights } from './weights.ts';

const LAYERS = 4, WIDTH = 256, HEADS = 4, INNER = 1024, VOCABULARY = 2048, LONGEST = 512;
export const SEQUENCE = 128;

/** The encoder in either form. Inputs input_ids and attention_mask [1, s] int64, output last_hidden_state [1, s, 256]. */
export function bert(isQuantized: boolean): Uint8Array {
  const weights = new Weights(12);
  const b = new ModelBuilder({ opset: 17, irVersion: 8 });
  const ids = b.input('input_ids', 'int64', [1, SEQUENCE]);
  const mask = b.input('attention_mask', 'int64', [1, SEQUENCE]);
  const ints = (name: string, values: readonly number[]): Edge => b.constant(name, new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]));
  const one = b.constant('one', scalar(1));

  /** The codes of a value, made once for all products that read it. */
  const codesOf = new Map<Edge, readonly Edge[]>();
  const codes = (x: Edge): readonly Edge[] => {
    let made = codesOf.get(x);
    if (made === undefined) codesOf.set(x, (made = b.node('DynamicQuantizeLinear', [x], {}, { outputs: 3 })));
    return made;
  };
  const linear = (name: string, x: Edge, k: number, n: number): Edge => {
    const w = weights.normal([k, n], 1 / Math.sqrt(k));
    const bias = b.constant(`${name}.bias`, weights.normal([n], 0.02));
    if (!isQuantized) return b.node('Add', [bias, b.node('MatMul', [x, b.constant(`${name}.weight`, w)])]);
    const quantized = symmetric(w);
    const weight = b.constant(`${name}.weight_quantized`, quantized.codes), scale = b.constant(`${name}.weight_scale`, quantized.scales);
    const [q, qScale, qZero] = codes(x);
    const sums = b.node('MatMulInteger', [q, weight, qZero, b.constant(`${name}.weight_zero_point`, new Tensor('int8', Int8Array.of(0), []))]);
    const product = b.node('Mul', [b.node('Cast', [sums], { to: 1 }), b.node('Mul', [qScale, scale])]);
    return b.node('Add', [bias, product]);
  };
  const normalized = (name: string, x: Edge): Edge => b.node('LayerNormalization', [
    x, b.constant(`${name}.gamma`, new Tensor('float32', new Float32Array(WIDTH).fill(1), [WIDTH])), b.constant(`${name}.beta`, weights.normal([WIDTH], 0.02)),
  ], { axis: -1, epsilon: float(1e-12) });

  const table = weights.normal([VOCABULARY, WIDTH], 1);
  let x: Edge;
  if (isQuantized) {
    const { codes: embedding, scales } = symmetric(table);
    const rows = b.node('Gather', [b.constant('embedding_quantized', embedding), ids]);
    x = b.node('DequantizeLinear', [rows, b.constant('embedding_scale', scales), b.constant('embedding_zero_point', new Tensor('int8', Int8Array.of(0), []))]);
  } else x = b.node('Gather', [b.constant('embedding', table), ids]);
  const positions = b.node('Slice', [b.constant('positions', weights.normal([1, LONGEST, WIDTH], 0.1)), ints('from', [0]), ints('to', [SEQUENCE]), ints('along', [1])]);
  x = normalized('embedding_norm', b.node('Add', [x, positions]));

  // 0 where the mask is 1, the least float where it is 0: added to the scores.
  const wide = b.node('Cast', [b.node('Unsqueeze', [mask, ints('mask_axes', [1, 2])])], { to: 1 });
  const added = b.node('Mul', [b.node('Sub', [one, wide]), b.constant('least', scalar(-3.4028234663852886e38))]);
  const split = ints('split', [1, SEQUENCE, HEADS, WIDTH / HEADS]), joined = ints('joined', [1, SEQUENCE, WIDTH]);
  const root = b.constant('root', scalar(Math.sqrt(WIDTH / HEADS))), half = b.constant('half', scalar(0.5)), rootOfTwo = b.constant('root_of_two', scalar(Math.SQRT2));
  for (let l = 0; l < LAYERS; l++) {
    const heads = (name: string, perm: readonly number[]): Edge => b.node('Transpose', [b.node('Reshape', [linear(`layer${l}.${name}`, x, WIDTH, WIDTH), split])], { perm });
    const q = heads('query', [0, 2, 1, 3]), k = heads('key', [0, 2, 3, 1]), v = heads('value', [0, 2, 1, 3]);
    const scores = b.node('Add', [b.node('Div', [b.node('MatMul', [q, k]), root]), added]);
    const context = b.node('Transpose', [b.node('MatMul', [b.node('Softmax', [scores], { axis: -1 }), v])], { perm: [0, 2, 1, 3] });
    const attended = linear(`layer${l}.attended`, b.node('Reshape', [context, joined]), WIDTH, WIDTH);
    x = normalized(`layer${l}.attention_norm`, b.node('Add', [attended, x]));
    const h = linear(`layer${l}.wide`, x, WIDTH, INNER);
    const gelu = b.node('Mul', [b.node('Mul', [h, b.node('Add', [b.node('Erf', [b.node('Div', [h, rootOfTwo])]), one])]), half]);
    x = normalized(`layer${l}.norm`, b.node('Add', [linear(`layer${l}.narrow`, gelu, INNER, WIDTH), x]));
  }
  b.output(x, 'last_hidden_state', { kind: 'tensor', dtype: 'float32', shape: [1, SEQUENCE, WIDTH] });
  return b.bytes();
}

/** Token ids and a mask that leaves the last eighth out. */
export function bertFeeds(): Record<string, Tensor> {
  const ids = new Weights(3).integers(SEQUENCE, VOCABULARY);
  const mask = ids.map((_, i) => (i < (SEQUENCE * 7) / 8 ? 1n : 0n));
  return {
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, SEQUENCE]), attention_mask: new Tensor('int64', BigInt64Array.from(mask), [1, SEQUENCE]),
  };
}
