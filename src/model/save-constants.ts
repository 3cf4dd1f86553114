/** Constants in a file: tensors are initializers; sequences and optionals are made by nodes, for want of a place of their own. */
import { fail } from '../errors.ts';
import { dtypeInfo, Tensor, type Value } from '../tensor/index.ts';
import { KIND, type NodeProto, type TensorProto } from './proto.ts';
import { tensorToProto } from './tensors.ts';
import { typeToProto } from './types.ts';

/** What readers of protobuf take. */
const MAX_BYTES = 2 ** 31 - 1;

export class ConstantWriter {
  readonly initializers: TensorProto[] = [];
  readonly nodes: NodeProto[] = [];
  private readonly fresh: (base: string) => string;
  private readonly budget: { bytes: number };

  /** `fresh` makes names for parts of constants; `budget` counts the bytes of all graphs of a file. */
  constructor(fresh: (base: string) => string, budget: { bytes: number }) {
    this.fresh = fresh;
    this.budget = budget;
  }

  /** Writes a value under a name. Throws `E_MODEL` for maps and nested sequences, `E_LIMIT` for too much data. */
  write(name: string, value: Value): void {
    if (value instanceof Tensor) this.tensor(name, value);
    else if (value.kind === 'sequence' && value.elem.kind === 'tensor') {
      const parts = value.items.map((item, i) => this.part(`${name}_${i}`, item));
      if (parts.length > 0) this.nodes.push({ opType: 'SequenceConstruct', input: parts, output: [name] });
      else {
        const dtype = { name: 'dtype', type: KIND.INT, i: dtypeInfo(value.elem.dtype).onnx };
        this.nodes.push({ opType: 'SequenceEmpty', output: [name], attribute: [dtype] });
      }
    } else if (value.kind === 'optional') {
      const type = { name: 'type', type: KIND.TYPE_PROTO, tp: typeToProto(value.elem) };
      this.nodes.push(value.value === undefined ? { opType: 'Optional', output: [name], attribute: [type] }
        : { opType: 'Optional', input: [this.part(`${name}_value`, value.value)], output: [name] });
    } else fail('E_MODEL', `a file cannot hold the constant ${JSON.stringify(name)}`, { expected: 'a tensor, a sequence of tensors, or an optional of one', found: value.kind });
  }

  private part(base: string, value: Value): string {
    const name = this.fresh(base);
    this.write(name, value);
    return name;
  }

  private tensor(name: string, tensor: Tensor): void {
    const proto = tensorToProto(tensor, name);
    this.budget.bytes += proto.rawData?.length ?? 0;
    if (this.budget.bytes > MAX_BYTES) {
      fail('E_LIMIT', 'the model is larger than a file can be', { expected: `at most ${MAX_BYTES} bytes`, found: `${this.budget.bytes} bytes of constants so far` });
    }
    this.initializers.push(proto);
  }
}
