import type { Edge } from '../../graph/index.ts';
import { byteLength, type Tensor } from '../../tensor/index.ts';
import { EXACT, type SweepPass } from '../pass.ts';
import { constantOf } from '../support/constants.ts';

/** Larger constants are weights: rarely equal, and slow to compare. */
const MAX_BYTES = 1024;

/** c1 = c2 = one constant, when type, shape and bytes are equal */
export const constantSharing: SweepPass = {
  name: 'constant-sharing',
  level: 'basic',
  contract: EXACT,
  doc: 'Keeps one of several small constants with equal content, so that nodes reading them become equal.',
  *sweep(graph) {
    const known = new Map<string, Edge>();
    const same: [Edge, Edge][] = [];
    for (const edge of [...graph.edges.values()]) {
      const tensor = constantOf(edge);
      if (tensor === undefined || edge.users.size === 0 || edge.isOutput || byteLength(tensor.type, tensor.size) > MAX_BYTES) continue;
      const key = keyOf(tensor);
      const first = known.get(key);
      if (first === undefined) known.set(key, edge);
      else same.push([edge, first]);
    }
    if (same.length > 0) yield { kind: 'patch', same };
  },
};

function keyOf({ type, dims, data }: Tensor): string {
  const content = Array.isArray(data) ? JSON.stringify(data) : textOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return `${type}[${dims.join()}]${content}`;
}

/** A character a byte. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]); // spreading them would walk an iterator
}
