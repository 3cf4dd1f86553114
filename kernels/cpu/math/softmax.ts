import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute, frontAxis } from '../support/index.ts';
import { eachLine, hardmaxLine, lineSteps, logSoftmaxLine, softmaxLine, type Normalize } from './lines.ts';

/**
 * Normalizes each line of x along `axis`. Before opset 13 the input is coerced to 2-D first: `axis` and all later axes
 * form one line.
 */
const alongAxis = (op: OpContract, normalize: Normalize) =>
  implement(op, ({ attrs, version }) => ([x]: [Tensor], ctx) => {
    const dims = x.dims.length === 0 ? [1] : x.dims;
    const axis = frontAxis(attrs.int('axis'), dims.length);
    const [shape, along] = version.since < 13 ? [[sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))], 1] : [dims, axis];
    const values = unpack(x);
    const steps = lineSteps(x.type);
    return [compute(ctx, 0, x.type, x.dims, (y) => {
      eachLine(shape, along, (start, length, stride) => normalize(y, values, start, length, stride, steps));
    })];
  });

export const softmax = alongAxis(contracts.softmax, softmaxLine);
export const logSoftmax = alongAxis(contracts.logSoftmax, logSoftmaxLine);
export const hardmax = alongAxis(contracts.hardmax, hardmaxLine);
