import type { Node } from '../../graph/index.ts';
import { EXACT, refuse, sameAs, type PatternPass } from '../pass.ts';
import { op, rest } from '../pattern.ts';
import { readScalar } from '../support/constants.ts';
import { outputUsed } from '../support/nodes.ts';

/** Dropout(x) = x at inference. */
export const eliminateDropout: PatternPass = {
  name: 'eliminate-dropout',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Dropout at inference. Dropout(x) = x.',
  pattern: op('Dropout', 'x', rest('options')),
  rewrite(m) {
    if (outputUsed(m.root, 1)) return refuse('the mask is used');
    if (mayTrain(m.root)) return refuse('it may run in training mode');
    return sameAs(m.result, m.edge('x'));
  },
};

// Up to opset 6 an attribute tells, from 12 on an input; between them Dropout always infers.
function mayTrain(node: Node): boolean {
  if (node.opset < 7) return node.int('is_test', 0) === 0;
  const flag = node.inputs[2];
  return flag !== undefined && readScalar(flag) !== 0;
}
