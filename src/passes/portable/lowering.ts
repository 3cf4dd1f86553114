/** Parts of passes that write com.microsoft operators with those of ai.onnx. */
import { Edge, type Node } from '../../graph/index.ts';
import { f32 } from '../../numeric/index.ts';
import { pack, Tensor, type DType } from '../../tensor/index.ts';
import {
  fresh, newConstant, newNode, replaceBy, type AttributeValue, type Contract, type NewEdge, type NewNode, type Patch, type PatternPass, type Refusal,
} from '../pass.ts';
import { op, rest } from '../pattern.ts';
import { constantOf, dtypeOf, rankOf } from '../support/constants.ts';

export type Argument = Edge | NewEdge;

/** A pass over all nodes of some operators. `undefined` leaves a node to another pass. */
export function lowering(name: string, keys: string, contract: Contract, doc: string, lower: (node: Node) => Patch | Refusal | undefined): PatternPass {
  return { name, level: 'basic', contract, doc, pattern: op(keys, rest('inputs')), rewrite: (m) => lower(m.root) };
}

/** Collects nodes one after another, each result named when it is made. */
export class Sequence {
  readonly node: Node;
  private readonly nodes: NewNode[] = [];

  constructor(node: Node) {
    this.node = node;
  }

  /** A node whose result others of the patch read. */
  make(key: string, inputs: readonly (Argument | undefined)[], attributes: Readonly<Record<string, AttributeValue | undefined>> = {}): NewEdge {
    const result = fresh(key.toLowerCase());
    this.nodes.push(newNode(key, inputs, [result], attributes));
    return result;
  }

  /** A node with three results. */
  makeThree(key: string, inputs: readonly (Argument | undefined)[]): [NewEdge, NewEdge, NewEdge] {
    const results: [NewEdge, NewEdge, NewEdge] = [fresh('value'), fresh('scale'), fresh('zero_point')];
    this.nodes.push(newNode(key, inputs, results));
    return results;
  }

  /** The node that makes an output of the one replaced. */
  end(
    key: string, inputs: readonly (Argument | undefined)[], attributes: Readonly<Record<string, AttributeValue | undefined>> = {}, index = 0,
  ): void {
    this.nodes.push(newNode(key, inputs, [this.node.outputs[index]], attributes));
  }

  /** A constant of one element, of the float type that the node works in. */
  number(hint: string, value: number): NewEdge {
    return newConstant(hint, pack(dtypeOf(this.node.outputs[0]) ?? 'float32', [value], []));
  }

  /** The mean along the last axis, which stays with size 1: opset 18 made the axes an input. */
  lastMean(x: Argument): NewEdge {
    return this.node.graph.opsetOf('') < 18
      ? this.make('ReduceMean', [x], { axes: [-1], keepdims: 1 })
      : this.make('ReduceMean', [x, newConstant('axes', new Tensor('int64', [-1n], [1]))], { keepdims: 1 });
  }

  /** (x - zero) * scale; parameters of one element are for the whole tensor, vectors for an axis. */
  dequantize(x: Argument, scale: Edge, zero: Edge | undefined, axis?: number): NewEdge {
    const vector = (constantOf(scale)?.size ?? 1) > 1;
    return this.make('DequantizeLinear', [x, asScalar(scale), zero && asScalar(zero)], { axis: vector ? axis : undefined });
  }

  /** Quantizes to the output of the node. */
  endQuantized(x: Argument, scale: Argument, zero: Edge | undefined): void {
    const type: DType = dtypeOf(this.node.outputs[0]) ?? 'uint8';
    this.end('QuantizeLinear', [x, asScalar(scale), zero === undefined ? newConstant('zero_point', pack(type, [0], [])) : asScalar(zero)]);
  }

  patch(): Patch {
    return replaceBy(...this.nodes);
  }
}

// Fused operators take vectors of one element for scalars; QuantizeLinear reads a vector as one for an axis.
function asScalar(edge: Argument): Argument {
  if (!(edge instanceof Edge)) return edge;
  const tensor = constantOf(edge);
  return tensor?.size === 1 && rankOf(edge) !== 0 ? newConstant('scalar', new Tensor(tensor.type, tensor.data, [])) : edge;
}

/** Products of two constant scales, of which the first has one element. */
export function scaleProduct(a: Tensor, b: Tensor): Tensor {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  return new Tensor('float32', Float32Array.from(y, (v) => f32(x[0]! * v)), b.size === 1 ? [] : [b.size]);
}
