/** Tensors as text, for people: `Tensor.toString` and Node's console. */
import { dtypeInfo } from './dtype.ts';
import { unpack } from './elements.ts';
import type { Tensor } from './tensor.ts';

const MAX_ELEMENTS = 64;

/** `float32[2, 2] [[1, 2], [3, 4]]`. Elements are decoded whatever the storage; complex ones show as `1+2i`. */
export function formatTensor(tensor: Tensor): string {
  const head = `${tensor.type}[${tensor.dims.join(', ')}]`;
  if (tensor.location !== 'cpu') return `${head} (${tensor.location})`;
  const element = elementText(tensor);
  let left = MAX_ELEMENTS;
  const level = (axis: number, offset: number, size: number): string => {
    if (axis === tensor.dims.length) {
      left--;
      return element(offset);
    }
    const count = tensor.dims[axis], inner = count === 0 ? 0 : size / count;
    const parts: string[] = [];
    for (let i = 0; i < count; i++) {
      if (left <= 0) {
        parts.push('...');
        break;
      }
      parts.push(level(axis + 1, offset + i * inner, inner));
    }
    return `[${parts.join(', ')}]`;
  };
  return `${head} ${level(0, 0, tensor.size)}`;
}

function elementText(tensor: Tensor): (i: number) => string {
  const { type, data } = tensor;
  if (Array.isArray(data)) return (i) => JSON.stringify(data[i]);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return (i) => String(data[i]);
  if (dtypeInfo(type).class === 'complex') return (i) => `${data[2 * i]}${data[2 * i + 1] < 0 ? '' : '+'}${data[2 * i + 1]}i`;
  const values = unpack(tensor);
  if (type === 'bool') return (i) => String(values[i] !== 0);
  // Seven digits: what a float32 surely holds.
  return (i) => String(type === 'float64' ? values[i] : Number(values[i].toPrecision(7)));
}
