import type { Node } from '../../graph/index.ts';
import type { AttributeValue } from '../pass.ts';

/** The attributes a node was given, for a node that takes its place. */
export function attributesOf(node: Node): Record<string, AttributeValue> {
  return Object.fromEntries(node.attributes);
}
