/**
 * Judges of random operators: instead of the recorded draw, they check what every draw must have: type, shape, support
 * and, from 100 elements on, a mean within five standard deviations.
 */
import { describeType, Tensor, typeOf, unpack, type Value } from '../src/tensor/index.ts';
import type { DataSet } from './case.ts';
import type { Difference } from '../src/tensor/compare.ts';

export type DistributionName = 'bernoulli' | 'dropout';

type Outputs = Readonly<Record<string, Value | undefined>>;
type Judge = (data: DataSet, outputs: Outputs) => Difference | undefined;

const LARGE = 100;
const SIGMAS = 5;

export function judgeDistribution(name: DistributionName, data: DataSet, outputs: Outputs): Difference | undefined {
  for (const [where, expected] of Object.entries(data.outputs)) {
    const found = outputs[where];
    const [e, f] = [expected, found].map((v) => (v === undefined ? 'nothing' : describeType(typeOf(v))));
    if (e !== f) return { where, expected: e!, found: f! };
  }
  return JUDGES[name](data, outputs);
}

const numbers = (value: Value | undefined): ArrayLike<number> => unpack(value as Tensor);

const JUDGES: Readonly<Record<DistributionName, Judge>> = {
  /** y is 1 with probability x, else 0. */
  bernoulli(data, outputs) {
    const [where] = Object.keys(data.outputs) as [string];
    const p = numbers(Object.values(data.inputs)[0]);
    const y = numbers(outputs[where]);
    const support = firstOutside(where, y, () => [0, 1]);
    return support ?? meanDiffers(where, y, p);
  },

  /** y is 0 with probability `ratio`, else x / (1 - ratio); the mask tells which. */
  dropout(data, outputs) {
    const [where, maskName] = Object.keys(data.outputs) as [string, string | undefined];
    const [xValue, ratioValue] = Object.values(data.inputs);
    const ratio = ratioValue === undefined ? 0.5 : numbers(ratioValue)[0]!;
    const x = numbers(xValue), y = numbers(outputs[where]);
    const scaled = Array.from(x, (v) => v / (1 - ratio));
    const support = firstOutside(where, y, (i) => [0, scaled[i]!]);
    if (support !== undefined) return support;
    const kept = Array.from(y, (v) => (v === 0 ? 0 : 1));
    if (maskName !== undefined) {
      const mask = numbers(outputs[maskName]);
      const at = kept.findIndex((k, i) => k !== mask[i] && x[i] !== 0);
      if (at >= 0) return { where: maskName, index: [at], expected: String(kept[at]), found: String(mask[at]) };
    }
    return meanDiffers(where, kept, kept.map(() => 1 - ratio));
  },
};

function firstOutside(where: string, y: ArrayLike<number>, support: (i: number) => readonly number[]): Difference | undefined {
  for (let i = 0; i < y.length; i++) {
    if (!support(i).some((s) => Math.abs(s - y[i]!) <= 1e-5 * Math.abs(s))) {
      return { where, index: [i], expected: `one of ${support(i).join(', ')}`, found: String(y[i]) };
    }
  }
  return undefined;
}

/** Each y[i] is drawn from {0, 1} with probability p[i] of 1. */
function meanDiffers(where: string, y: ArrayLike<number>, p: ArrayLike<number>): Difference | undefined {
  const n = y.length;
  if (n < LARGE) return undefined;
  let mean = 0, expected = 0, variance = 0;
  for (let i = 0; i < n; i++) {
    mean += y[i]! / n;
    expected += p[i]! / n;
    variance += (p[i]! * (1 - p[i]!)) / (n * n);
  }
  const bound = SIGMAS * Math.sqrt(variance);
  if (Math.abs(mean - expected) <= bound) return undefined;
  return { where, expected: `a mean within ${bound.toFixed(4)} of ${expected.toFixed(4)}`, found: mean.toFixed(4) };
}
