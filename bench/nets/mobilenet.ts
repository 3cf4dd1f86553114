/**
 * A network of MobileNetV2's layout (Sandler et al., 2018, arXiv:1801.04381, table 2), width 0.35, for images of 96 x 96, with random weights and
 * batch normalization folded into the convolutions: in float32, and in the QDQ form that onnxruntime's static quantizer exports
 * (uint8 activations, int8 weights with a scale a channel, int32 biases, ReLU6 absorbed by the range of the codes behind it).
 */
import type { Edge } from '../../src/graph/index.ts';
import { InferenceSession } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { activation, biasCodes, rangeOf, scalar, symmetric, type Range } from './quantize.ts';
import { Weights } from './weights.ts';

export const IMAGE = [1, 3, 96, 96] as const;
const CLASSES = 1000;
const WIDTH = 0.35;

/** [expansion, channels, repeats, stride of the first] */
const BLOCKS = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]] as const;

/** A step of the network. `from` are the names of the values it reads; its own name is that of its result. */
type Layer = { readonly name: string; readonly from: readonly string[] } & (
  | { readonly kind: 'conv'; readonly w: Tensor; readonly bias: Tensor; readonly stride: number; readonly group: number; readonly isClipped: boolean }
  | { readonly kind: 'add' }
  | { readonly kind: 'pool' }
  | { readonly kind: 'classify'; readonly w: Tensor; readonly bias: Tensor }
);

/** Channels at this width: a multiple of 8, not more than a tenth below. */
function narrowed(channels: number): number {
  const wanted = channels * WIDTH;
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}

function layers(): Layer[] {
  const weights = new Weights(35);
  const list: Layer[] = [];
  let last = 'image';
  let channels: number = IMAGE[1];
  const conv = (name: string, out: number, kernel: number, stride: number, group: number, isClipped: boolean): void => {
    const taps = (channels / group) * kernel * kernel;
    // A rectifier halves the power of its input.
    list.push({
      kind: 'conv', name, from: [last], stride, group, isClipped,
      w: weights.normal([out, channels / group, kernel, kernel], Math.sqrt((isClipped ? 2 : 1) / taps)), bias: weights.normal([out], 0.1),
    });
    last = name;
    channels = out;
  };
  conv('stem', narrowed(32), 3, 2, 1, true);
  BLOCKS.forEach(([expansion, wide, repeats, firstStride], b) => {
    for (let r = 0; r < repeats; r++) {
      const [start, before, name] = [last, channels, `block${b}_${r}`];
      if (expansion > 1) conv(`${name}_expand`, channels * expansion, 1, 1, 1, true);
      conv(`${name}_depthwise`, channels, 3, r === 0 ? firstStride : 1, channels, true);
      conv(`${name}_project`, narrowed(wide), 1, 1, 1, false);
      if (r > 0 && channels === before) {
        list.push({ kind: 'add', name: `${name}_add`, from: [start, last] });
        last = `${name}_add`;
      }
    }
  });
  conv('head', 1280, 1, 1, 1, true);
  list.push({ kind: 'pool', name: 'pooled', from: [last] });
  list.push({ kind: 'classify', name: 'logits', from: ['pooled'], w: weights.normal([CLASSES, channels], 1 / Math.sqrt(channels)), bias: weights.normal([CLASSES], 0.1) });
  return list;
}

const window = (layer: Layer & { kind: 'conv' }): Record<string, number | number[]> => {
  const kernel = layer.w.dims[2], pad = (kernel - 1) / 2;
  return { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [layer.stride, layer.stride], group: layer.group };
};

function floatModel(list: readonly Layer[]): Uint8Array {
  const b = new ModelBuilder({ opset: 17, irVersion: 8 });
  const values = new Map<string, Edge>([['image', b.input('image', 'float32', [...IMAGE])]]);
  const [low, high] = [b.constant('zero', scalar(0)), b.constant('six', scalar(6))];
  for (const layer of list) {
    const { name } = layer;
    const inputs = layer.from.map((f) => values.get(f)!);
    const node = (op: string, ins: readonly Edge[], attrs = {}, output = name): Edge => b.node(op, ins, attrs, { name: `${output}_${op}`, outputs: [output] })[0];
    if (layer.kind === 'conv') {
      const y = node('Conv', [...inputs, b.constant(`${name}.weight`, layer.w), b.constant(`${name}.bias`, layer.bias)], window(layer), layer.isClipped ? `${name}_conv` : name);
      values.set(name, layer.isClipped ? node('Clip', [y, low, high]) : y);
    } else if (layer.kind === 'add') values.set(name, node('Add', inputs));
    else if (layer.kind === 'pool') values.set(name, node('GlobalAveragePool', inputs));
    else {
      const flat = node('Flatten', inputs, {}, 'flat');
      values.set(name, node('Gemm', [flat, b.constant(`${name}.weight`, layer.w), b.constant(`${name}.bias`, layer.bias)], { transB: 1 }));
    }
  }
  b.output(values.get('logits')!, 'logits', { kind: 'tensor', dtype: 'float32', shape: [1, CLASSES] });
  return b.bytes();
}

function quantizedModel(list: readonly Layer[], ranges: ReadonlyMap<string, Range>): Uint8Array {
  const b = new ModelBuilder({ opset: 17, irVersion: 8 });
  const scales = new Map<string, number>();
  const values = new Map<string, Edge>();
  /** Codes of a value and back: what the next layer reads. */
  const pair = (name: string, x: Edge): Edge => {
    const { scale, zero } = activation(ranges.get(name)!);
    scales.set(name, scale);
    const parameters = [b.constant(`${name}_scale`, scalar(scale)), b.constant(`${name}_zero_point`, new Tensor('uint8', Uint8Array.of(zero), []))];
    const [codes] = b.node('QuantizeLinear', [x, ...parameters], {}, { name: `${name}_QuantizeLinear`, outputs: [`${name}_quantized`] });
    return b.node('DequantizeLinear', [codes, ...parameters], {}, { name: `${name}_DequantizeLinear`, outputs: [`${name}_dequantized`] })[0];
  };
  const dequantized = (name: string, codes: Tensor, scale: Tensor, isBias: boolean): Edge => {
    const zero = isBias ? new Tensor('int32', new Int32Array(scale.size), scale.dims) : new Tensor('int8', new Int8Array(scale.size), scale.dims);
    const inputs = [b.constant(`${name}_quantized`, codes), b.constant(`${name}_scale`, scale), b.constant(`${name}_zero_point`, zero)];
    return b.node('DequantizeLinear', inputs, { axis: 0 }, { name: `${name}_DequantizeLinear`, outputs: [`${name}_dequantized`] })[0];
  };
  /** Weight and bias of a layer that reads `input`. */
  const parametersOf = (name: string, input: string, w: Tensor, bias: Tensor): Edge[] => {
    const weight = symmetric(w, 0);
    const added = biasCodes(bias, scales.get(input)!, weight.scales);
    return [dequantized(`${name}.weight`, weight.codes, weight.scales, false), dequantized(`${name}.bias`, added.codes, added.scales, true)];
  };
  values.set('image', pair('image', b.input('image', 'float32', [...IMAGE])));
  for (const layer of list) {
    const { name } = layer;
    const inputs = layer.from.map((f) => values.get(f)!);
    const node = (op: string, ins: readonly Edge[], attrs = {}, output = name): Edge => b.node(op, ins, attrs, { name: `${output}_${op}`, outputs: [output] })[0];
    if (layer.kind === 'conv') values.set(name, pair(name, node('Conv', [...inputs, ...parametersOf(name, layer.from[0], layer.w, layer.bias)], window(layer))));
    else if (layer.kind === 'add') values.set(name, pair(name, node('Add', inputs)));
    else if (layer.kind === 'pool') values.set(name, pair(name, node('GlobalAveragePool', inputs)));
    else {
      const flat = node('Flatten', inputs, {}, 'flat');
      // Flatten keeps the codes: the pair around it has the pool's parameters.
      ranges = new Map([...ranges, ['flat', ranges.get('pooled')!]]);
      values.set(name, pair(name, node('Gemm', [pair('flat', flat), ...parametersOf(name, 'flat', layer.w, layer.bias)], { transB: 1 })));
    }
  }
  b.output(values.get('logits')!, 'result', { kind: 'tensor', dtype: 'float32', shape: [1, CLASSES] });
  return b.bytes();
}

/** An image of random pixels about 0. */
export const randomImage = (seed: number): Tensor => new Weights(seed).normal([...IMAGE], 1);

/** The network in both forms; activations are calibrated on random images. */
export async function mobileNet(): Promise<{ readonly float32: Uint8Array; readonly int8: Uint8Array }> {
  const list = layers();
  const float32 = floatModel(list);
  const names = list.map((l) => l.name);
  const session = await InferenceSession.create(float32);
  const seen = new Map<string, Tensor[]>(['image', ...names].map((n) => [n, []]));
  for (let seed = 1; seed <= 4; seed++) {
    const image = randomImage(seed);
    const found = await session.run({ image }, names);
    seen.get('image')!.push(image);
    for (const name of names) seen.get(name)!.push(found[name] as Tensor);
  }
  await session.release();
  return { float32, int8: quantizedModel(list, new Map([...seen].map(([name, tensors]) => [name, rangeOf(tensors)]))) };
}
