/** Attributes of a node checked against its contract, with defaults filled in. */
import { OnnxError, type ErrorDetail } from '../errors.ts';
import type { Attribute, Graph, Node, SparseTensor } from '../graph/index.ts';
import type { Tensor, ValueType } from '../tensor/index.ts';
import type { AttributeKind, AttributeSpec, Attrs, OpVersion } from './define.ts';

/** Throws `E_ATTRIBUTE` for an unknown, missing or mistyped attribute. */
export function bindAttributes(node: Node, version: OpVersion): Attrs {
  for (const [name, attribute] of node.attributes) {
    const spec = version.attributes.get(name);
    if (spec === undefined) {
      refuse(node, name, `${node.opType} has no attribute ${JSON.stringify(name)} in opset ${version.since}`, {
        expected: version.attributes.size === 0 ? 'no attributes' : `one of ${[...version.attributes.keys()].join(', ')}`,
      });
    }
    if (attribute.type !== spec.kind) {
      refuse(node, name, 'the attribute has the wrong type', { expected: spec.kind, found: attribute.type });
    }
  }
  for (const [name, spec] of version.attributes) {
    if (spec.required && !node.attributes.has(name)) refuse(node, name, 'a required attribute is missing', { expected: spec.kind });
  }
  return new NodeAttrs(node, version.attributes);
}

function refuse(node: Node, name: string, summary: string, detail: ErrorDetail): never {
  throw new OnnxError('E_ATTRIBUTE', summary, { node: node.ref, arg: { kind: 'attribute', name }, ...detail });
}

class NodeAttrs implements Attrs {
  private readonly node: Node;
  private readonly specs: ReadonlyMap<string, AttributeSpec>;

  constructor(node: Node, specs: ReadonlyMap<string, AttributeSpec>) {
    this.node = node;
    this.specs = specs;
  }

  has(name: string): boolean {
    return this.node.attributes.has(name) || this.specs.get(name)?.fallback !== undefined;
  }

  int(name: string): number { return Number(this.read(name, 'int') as bigint | number); }
  float(name: string): number { return this.read(name, 'float') as number; }
  string(name: string): string { return this.read(name, 'string') as string; }
  ints(name: string): readonly number[] { return (this.read(name, 'ints') as readonly (bigint | number)[]).map(Number); }
  floats(name: string): readonly number[] { return this.read(name, 'floats') as readonly number[]; }
  strings(name: string): readonly string[] { return this.read(name, 'strings') as readonly string[]; }
  tensor(name: string): Tensor { return this.read(name, 'tensor') as Tensor; }
  graph(name: string): Graph { return this.read(name, 'graph') as Graph; }
  sparse(name: string): SparseTensor { return this.read(name, 'sparse_tensor') as SparseTensor; }
  type(name: string): ValueType { return this.read(name, 'type_proto') as ValueType; }

  private read(name: string, kind: AttributeKind): Attribute['value'] | AttributeSpec['fallback'] {
    const given = this.node.attributes.get(name);
    if (given !== undefined && given.type === kind) return given.value;
    const fallback = this.specs.get(name)?.fallback;
    if (fallback === undefined) refuse(this.node, name, 'the operator needs this attribute here', { expected: kind, found: 'none' });
    return fallback;
  }
}
