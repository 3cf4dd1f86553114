/** The door to the generated encoder. Its messages need `long` set up, as `decode.ts` does. */
import type { Writer } from 'protobufjs/minimal.js';
import { onnx } from '../../proto/onnx.js';

export { onnx as encoders };

interface Encoder<T> {
  encode(message: T): Writer;
}

/** Encodes one message. */
export function encodeMessage<T>(type: Encoder<T>, message: T): Uint8Array {
  // A plain Uint8Array everywhere: Node's writer gives a Buffer, whose slice() shares memory.
  const bytes = type.encode(message).finish();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
