import { Tensor } from '../../src/main.ts';
import { storageLength, writeElements } from '../../src/tensor/index.ts';

/** A float32 tensor as float16. */
export function half(t: Tensor): Tensor {
  const out = new Uint16Array(storageLength('float16', t.size));
  writeElements('float16', out, t.data as Float32Array, t.size);
  return new Tensor('float16', out, t.dims);
}
