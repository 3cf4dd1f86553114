// What decode.js exports: the decoders of the messages in onnx.d.ts.
import type { Reader } from 'protobufjs/minimal.js';
import type { onnx as messages } from './onnx.js';

interface Decoder<T> {
  decode(reader: Reader): T;
}

export const onnx: {
  readonly ModelProto: Decoder<messages.ModelProto.$Properties>;
  readonly TensorProto: Decoder<messages.TensorProto.$Properties>;
  readonly SequenceProto: Decoder<messages.SequenceProto.$Properties>;
  readonly OptionalProto: Decoder<messages.OptionalProto.$Properties>;
  readonly MapProto: Decoder<messages.MapProto.$Properties>;
};
