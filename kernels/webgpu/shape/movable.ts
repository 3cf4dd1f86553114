import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { bitsOf } from '../wgsl/element.ts';

/**
 * Whether an input's elements can be moved on the device. 64-bit integers are left to the host: they are shapes, axes and indices, which
 * the host reads anyway.
 */
export function movable(node: PlacedNode, index: number): true | string {
  const type = node.inputType(index);
  if (type === undefined) return `input ${index} is of unknown type`;
  if (bitsOf(type) !== undefined && type !== 'string') return true;
  return type === 'int64' ? 'shapes and indices (int64) stay on the host' : `input ${index} is ${type}, which is not moved here`;
}
