/**
 * A node inlined from a function may be read under another opset than the model imports. The file format knows opsets
 * of models and of functions only, so such a node is written as a function of one node.
 */
import type { Node } from '../graph/index.ts';
import { findOp } from '../ops/registry.ts';
import type { AttributeProto, FunctionProto } from './proto.ts';

const DOMAIN = 'nibble.opset';

export class FunctionTable {
  readonly protos: FunctionProto[] = [];
  private readonly opsets: Map<string, number>;

  constructor(opsets: Map<string, number>) {
    this.opsets = opsets;
  }

  /** The call to write instead of the node, or undefined when the node means the same under the model's opset. */
  wrap(
    node: Node, input: readonly string[], output: readonly string[], attribute: AttributeProto[],
  ): { readonly opType: string; readonly domain: string; readonly overload: string } | undefined {
    if (node.opset === this.opsets.get(node.domain)) return undefined;
    const op = findOp(node.domain, node.opType);
    if (op !== undefined && op.at(node.opset)?.since === op.at(this.opsets.get(node.domain) ?? 0)?.since) return undefined;
    const formals = (names: readonly string[], letter: string) => names.map((name, i) => (name === '' ? '' : `${letter}${i}`));
    const inputs = formals(input, 'x'), outputs = formals(output, 'y');
    const name = `${node.opType}_${node.opset}_${this.protos.length}`;
    this.opsets.set(DOMAIN, 1);
    this.protos.push({
      name, domain: DOMAIN,
      input: inputs.map((formal, i) => formal || `unused${i}`), output: outputs.map((formal, i) => formal || `unused_y${i}`),
      opsetImport: [{ domain: node.domain, version: node.opset }],
      node: [{ opType: node.opType, domain: node.domain, input: inputs, output: outputs, attribute }],
    });
    return { opType: name, domain: DOMAIN, overload: '' };
  }
}
