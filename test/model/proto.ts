/** Models written message by message: for what the builder does not make, and for what no honest tool would. */
import { encodeMessage, encoders } from '../../src/model/encode.ts';
import {
  KIND, type AttributeProto, type FunctionProto, type GraphProto, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto,
} from '../../src/model/proto.ts';
import { dtypeInfo, type DType } from '../../src/tensor/index.ts';

export type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto };

export function valueInfo(name: string, dtype: DType = 'float32', dims?: readonly (number | string)[]): ValueInfoProto {
  const shape = dims && { dim: dims.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d })) };
  return { name, type: { tensorType: { elemType: dtypeInfo(dtype).onnx, ...(shape && { shape }) } } };
}

export function node(opType: string, input: string[], output: string[], attribute: AttributeProto[] = [], more: Partial<NodeProto> = {}): NodeProto {
  return { opType, input, output, attribute, ...more };
}

export const attr = {
  int: (name: string, i: number): AttributeProto => ({ name, type: KIND.INT, i }),
  float: (name: string, f: number): AttributeProto => ({ name, type: KIND.FLOAT, f }),
  string: (name: string, s: string): AttributeProto => ({ name, type: KIND.STRING, s: new TextEncoder().encode(s) }),
  tensor: (name: string, t: TensorProto): AttributeProto => ({ name, type: KIND.TENSOR, t }),
  graph: (name: string, g: GraphProto): AttributeProto => ({ name, type: KIND.GRAPH, g }),
  ref: (name: string, refAttrName: string, type: number): AttributeProto => ({ name, type, refAttrName }),
};
export { KIND };

export function floatTensor(name: string, values: number[], dims: number[] = [values.length]): TensorProto {
  return { name, dataType: dtypeInfo('float32').onnx, dims, floatData: values };
}

/** A graph, with a name unless told otherwise. */
export function graph(parts: GraphProto): GraphProto {
  return { name: 'g', ...parts };
}

/** A model of opset 21, IR 10. */
export function model(parts: GraphProto, more: Partial<ModelProto> = {}): ModelProto {
  return { irVersion: 10, opsetImport: [{ domain: '', version: 21 }], graph: graph(parts), ...more };
}

export function encode(proto: ModelProto): Uint8Array {
  return encodeMessage(encoders.ModelProto, proto);
}
