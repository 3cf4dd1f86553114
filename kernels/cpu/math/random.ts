/** Random numbers, drawn in row-major order from the run's generator or from one seeded by the node. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, dtypeFromOnnx, unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';
import { float } from './functions.ts';
import { largest } from './lines.ts';

type Draw = (uniform: () => number) => number;

const generator = (attrs: Attrs, ctx: KernelContext) => ctx.random(attrs.has('seed') ? attrs.float('seed') : undefined);

/** The `dtype` attribute, or the type of the input. */
const dtypeOf = (attrs: Attrs, otherwise: DType): DType => (attrs.has('dtype') ? dtypeFromOnnx(attrs.int('dtype'))! : otherwise);

/** Fills a shape given by attribute, or that of the input. */
const filled = (op: OpContract, prepare: (attrs: Attrs) => Draw) =>
  implement(op, ({ attrs }) => {
    const draw = prepare(attrs);
    return ([like]: [Tensor?], ctx) => {
      const dims = like?.dims ?? attrs.ints('shape');
      const uniform = generator(attrs, ctx);
      return [compute(ctx, 0, dtypeOf(attrs, like?.type ?? 'float32'), dims, (y) => {
        for (let i = 0; i < y.length; i++) y[i] = draw(uniform);
      })];
    };
  });

/** Box and Muller: two uniform numbers make a normal one. 1 - u lies in (0, 1], so the logarithm is finite. */
const normal = (attrs: Attrs): Draw => {
  const mean = float(attrs, 'mean');
  const scale = float(attrs, 'scale');
  return (uniform) => mean + scale * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
};

const even = (attrs: Attrs): Draw => {
  const low = float(attrs, 'low');
  const high = float(attrs, 'high');
  return (uniform) => low + (high - low) * uniform();
};

export const randomNormal = filled(contracts.randomNormal, normal);
export const randomNormalLike = filled(contracts.randomNormalLike, normal);
export const randomUniform = filled(contracts.randomUniform, even);
export const randomUniformLike = filled(contracts.randomUniformLike, even);

/** output = 1 with the probability that the input gives, 0 otherwise. */
export const bernoulli = implement(contracts.bernoulli, ({ attrs }) => ([x]: [Tensor], ctx) => {
  const p = unpack(x);
  const uniform = generator(attrs, ctx);
  return [compute(ctx, 0, dtypeOf(attrs, x.type), x.dims, (y) => {
    for (let i = 0; i < y.length; i++) y[i] = uniform() < p[i] ? 1 : 0;
  })];
});

/** output [batch, samples]: classes drawn with probability e^x / sum(e^x) from x [batch, classes], with replacement. */
export const multinomial = implement(contracts.multinomial, ({ attrs }) => {
  const samples = attrs.int('sample_size');
  return ([x]: [Tensor], ctx) => {
    const [batch, classes] = x.dims;
    if (x.dims.length !== 2 || classes === 0) {
      fail('E_SHAPE', 'bad logits', {
        expected: '[batch, classes]', found: describeShape(x.dims),
      });
    }
    const logits = unpack(x);
    const uniform = generator(attrs, ctx);
    const limits = new Float64Array(classes); // limits[c]: total weight of the classes up to c
    return [compute(ctx, 0, dtypeOf(attrs, 'int32'), [batch, samples], (y) => {
      for (let b = 0; b < batch; b++) {
        const max = largest(logits, b * classes, classes, 1);
        let total = 0;
        for (let c = 0; c < classes; c++) limits[c] = total += Math.exp(logits[b * classes + c] - max);
        for (let s = 0; s < samples; s++) y[b * samples + s] = upperBound(limits, uniform() * total);
      }
    })];
  };
});

/** The first index whose limit lies above `value`; the last index when none does. */
function upperBound(limits: Float64Array, value: number): number {
  let low = 0;
  let high = limits.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (limits[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
