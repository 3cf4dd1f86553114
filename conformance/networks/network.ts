/** Writing networks the way exporters do: weights from a fixed seed, quantizers around activations. */
import type { Edge } from '../../src/graph/index.ts';
import { ModelBuilder, type AttributeValue, type BuildNodeOptions } from '../../src/model/builder.ts';
import type { Model } from '../../src/model/index.ts';
import { pack, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';

/** A model, and inputs to run it with. */
export interface Network {
  readonly name: string;
  readonly model: Model;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

/** A model builder with a random source, names for constants, and the idioms that exporters repeat. */
export class NetworkBuilder {
  readonly b: ModelBuilder;
  private state = 12345;
  private count = 0;

  constructor(opset: number) {
    this.b = new ModelBuilder({ opset });
  }

  /** Uniform in [-1, 1): a linear congruence, enough for weights. */
  random(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) | 0;
    return this.state / 2 ** 31;
  }

  node(type: string, inputs: readonly (Edge | undefined)[], attributes: Attributes = {}, domain = ''): Edge {
    return this.b.node(type, inputs, attributes, { domain });
  }

  nodes(type: string, inputs: readonly (Edge | undefined)[], attributes: Attributes, options: BuildNodeOptions): Edge[] {
    return this.b.node(type, inputs, attributes, options);
  }

  constant(tensor: Tensor): Edge {
    return this.b.constant(`c${this.count++}`, tensor);
  }

  scalar(value: number, dtype: DType = 'float32'): Edge {
    return this.constant(pack(dtype, [value], []));
  }

  ints(...values: number[]): Edge {
    return this.constant(new Tensor('int64', BigInt64Array.from(values.map(BigInt)), [values.length]));
  }

  /** float32 weights about 0. */
  weight(scale: number, ...dims: number[]): Edge {
    return this.constant(new Tensor('float32', Float32Array.from({ length: sizeOf(dims) }, () => this.random() * scale), dims));
  }

  /** Weights of one vector near `center`: gammas, variances. */
  near(center: number, size: number): Edge {
    return this.constant(new Tensor('float32', Float32Array.from({ length: size }, () => center + this.random() * 0.1), [size]));
  }

  int8(...dims: number[]): Edge {
    return this.constant(new Tensor('int8', Int8Array.from({ length: sizeOf(dims) }, () => Math.round(this.random() * 127)), dims));
  }

  /** QuantizeLinear and DequantizeLinear, of uint8. */
  quantized(x: Edge, scale: number, zero: number): Edge {
    const [s, z] = [this.scalar(scale), this.scalar(zero, 'uint8')];
    return this.node('DequantizeLinear', [this.node('QuantizeLinear', [x, s, z]), s, z]);
  }

  /** int8 weights with one scale an output channel, dequantized. */
  int8Weight(scale: number, axis: number, ...dims: number[]): Edge {
    const scales = this.constant(new Tensor('float32', Float32Array.from({ length: dims[axis] }, () => (scale / 127) * (1 + 0.5 * Math.abs(this.random()))), [dims[axis]]));
    return this.node('DequantizeLinear', [this.int8(...dims), scales], { axis });
  }

  /** The size of a value along an axis as a list of one: Shape, Gather, Unsqueeze, as torch writes it. */
  size(x: Edge, axis: number): Edge {
    return this.node('Unsqueeze', [this.node('Gather', [this.node('Shape', [x]), this.scalar(axis, 'int64')]), this.ints(0)]);
  }

  /** Reshape to sizes, some of which are computed. */
  reshape(x: Edge, ...sizes: (number | Edge)[]): Edge {
    return this.node('Reshape', [x, this.node('Concat', sizes.map((s) => (typeof s === 'number' ? this.ints(s) : s)), { axis: 0 })]);
  }

  floats(...dims: number[]): Tensor {
    return new Tensor('float32', Float32Array.from({ length: sizeOf(dims) }, () => this.random()), dims);
  }

  finish(name: string, outputs: Readonly<Record<string, Edge>>, feeds: Network['feeds']): Network {
    for (const [output, edge] of Object.entries(outputs)) this.b.output(edge, output);
    return { name, model: this.b.model(), feeds };
  }
}

/** Token numbers below `vocabulary`. */
export const tokens = (vocabulary: number, ...dims: number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from({ length: sizeOf(dims) }, (_, i) => BigInt((i * 7 + 3) % vocabulary)), dims);

export const ones = (...dims: number[]): Tensor => new Tensor('int64', new BigInt64Array(sizeOf(dims)).fill(1n), dims);
