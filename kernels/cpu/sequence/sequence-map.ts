import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { isTensor, type Sequence, type Value } from '../../../src/tensor/index.ts';
import { after, asTensor, takeTurns } from '../control/turns.ts';
import { implement } from '../implement.ts';
import { sequenceOf } from './sequence.ts';

/** The i-th items of all outputs come from the body run on the i-th items of all sequences; tensors go to every run. */
export const sequenceMap = implement(contracts.sequenceMap, ({ attrs }) => {
  const body = attrs.graph('body');
  return (inputs: [Sequence, ...Value[]], ctx) => {
    const count = inputs[0].items.length;
    for (const value of inputs) {
      if (isSequence(value) && value.items.length !== count) {
        fail('E_VALUE', 'the sequences differ in length', { expected: String(count), found: String(value.items.length) });
      }
    }
    const collected = body.outputs.map(() => [] as Value[]);
    const turn = (i: number): boolean | Promise<boolean> => {
      if (i >= count) return false;
      return after(ctx.runSubgraph(body, inputs.map((value) => (isSequence(value) ? value.items[i] : value))), (results) => {
        collected.forEach((items, k) => items.push(asTensor(results[k], 'an output of the body')));
        return true;
      });
    };
    return takeTurns(ctx, turn, () => body.outputs.map((edge, k) => {
      const [first] = collected[k];
      const dtype = isTensor(first) ? first.type : edge.type?.kind === 'tensor' ? edge.type.dtype : undefined;
      return dtype === undefined ? fail('E_TYPE', 'the element type of an empty result is not known') : sequenceOf(dtype, collected[k]);
    }));
  };
});

function isSequence(value: Value): value is Sequence {
  return !isTensor(value) && value.kind === 'sequence';
}
