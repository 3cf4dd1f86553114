/** Mutations of a decoded model: sound protobuf, wrong meaning. */
import { toLong, type AttributeProto, type ModelProto } from '../../src/model/proto.ts';
import { KIND } from '../model/proto.ts';
import type { Random } from './random.ts';

const INTS = [0, 1, -1, 2, -2, 3, 7, 127, -128, 65536, 2 ** 31 - 1, -(2 ** 31), toLong(2n ** 53n), toLong(2n ** 63n - 1n), toLong(-(2n ** 63n))];
const FLOATS = [0, -1, NaN, Infinity, -Infinity, 1e-45, 3e38, 0.5];
const STRINGS = ['', 'X', 'NOTSET', 'SAME_UPPER', '\0'].map((s) => new TextEncoder().encode(s));

/** Changes one thing of the model, and says what. */
export function mutateModel(model: ModelProto, r: Random): string {
  const node = r.pick(model.graph!.node!);
  const attributes = node.attribute!, inputs = node.input!;
  switch (r.below(8)) {
    case 0: case 1: case 2:
      if (attributes.length > 0) return `${node.opType}: ${mutateAttribute(r.pick(attributes), r)}`;
      break;
    case 3:
      if (attributes.length > 0) return `${node.opType}: without attribute ${attributes.splice(r.below(attributes.length), 1)[0]!.name}`;
      break;
    case 4: {
      const at = r.below(inputs.length || 1);
      if (r.below(2) === 0) inputs[at] = '';
      else inputs.splice(at, 1);
      return `${node.opType}: without input ${at}`;
    }
    case 5:
      if (inputs.length > 1) {
        const at = r.below(inputs.length);
        inputs[at] = r.pick(inputs);
        return `${node.opType}: input ${at} is ${inputs[at]}`;
      }
      break;
    case 6: {
      const tensors = model.graph!.initializer!;
      if (tensors.length > 0) {
        const tensor = r.pick(tensors);
        tensor.dims = r.below(2) === 0 ? [tensor.dims!.reduce<number>((a, d) => a * Number(d), 1)] : [...tensor.dims!, 1];
        return `initializer ${tensor.name} as [${tensor.dims.join(', ')}]`;
      }
      break;
    }
  }
  // Without declared shapes nothing can be refused before the run.
  for (const value of [...model.graph!.input!, ...model.graph!.output!, ...model.graph!.valueInfo!]) delete value.type?.tensorType?.shape;
  return `no shapes, ${attributes.length > 0 ? mutateAttribute(r.pick(attributes), r) : 'attributes as they were'}`;
}

function mutateAttribute(a: AttributeProto, r: Random): string {
  const list = <T>(values: T[], extremes: readonly T[]) => {
    const at = r.below(values.length || 1);
    switch (r.below(4)) {
      case 0: values.length = 0; break;
      case 1: values.push(r.pick(extremes)); break;
      case 2: values.pop(); break;
      default: values[at] = r.pick(extremes);
    }
    return `[${values.join(', ')}]`;
  };
  switch (a.type) {
    case KIND.INT: return `${a.name} = ${String((a.i = r.pick(INTS)))}`;
    case KIND.FLOAT: return `${a.name} = ${(a.f = r.pick(FLOATS))}`;
    case KIND.STRING: return `${a.name} = ${String((a.s = r.pick(STRINGS)))}`;
    case KIND.INTS: return `${a.name} = ${list(a.ints!, INTS)}`;
    case KIND.FLOATS: return `${a.name} = ${list(a.floats!, FLOATS)}`;
    case KIND.STRINGS: return `${a.name} = ${list(a.strings!, STRINGS)}`;
    default: return `${a.name} as it was`;
  }
}
