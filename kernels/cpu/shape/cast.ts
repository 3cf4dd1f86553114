/** Cast, CastLike: every element converted (`support/convert.ts` has the rules). BitCast: the same bits under another type. */
import { fail } from '../../../src/errors.ts';
import type { E8M0Rounding } from '../../../src/numeric/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs, OpVersion } from '../../../src/ops/define.ts';
import { castTarget } from '../../../src/ops/shape/forms.ts';
import { dtypeInfo, Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { blockMover, choose, convert, type ConvertOptions } from '../support/index.ts';

function optionsOf(attrs: Attrs, version: OpVersion): ConvertOptions {
  const roundings = { up: 'up', down: 'down', nearest: 'nearest' } as const;
  return {
    saturate: version.since < 19 || attrs.int('saturate') !== 0,
    rounding: version.since < 24 ? 'up' : choose<E8M0Rounding>(roundings, attrs.string('round_mode'), 'round_mode'),
  };
}

export const cast = implement(contracts.cast, ({ attrs, version }) => {
  const to = castTarget(version, attrs);
  const options = optionsOf(attrs, version);
  return ([x]: [Tensor], ctx) => {
    const y = ctx.output(0, to, x.dims);
    convert(y, x, options);
    return [y];
  };
});

export const castLike = implement(contracts.castLike, ({ attrs, version }) => {
  const options = optionsOf(attrs, version);
  return ([x, like]: [Tensor, Tensor], ctx) => {
    const y = ctx.output(0, like.type, x.dims);
    convert(y, x, options);
    return [y];
  };
});

export const bitCast = implement(contracts.bitCast, ({ attrs, version }) => {
  const to = castTarget(version, attrs);
  return ([x]: [Tensor], ctx) => {
    const from = dtypeInfo(x.type);
    const { bits, array } = dtypeInfo(to);
    if (from.bits !== bits || array === undefined || from.array === undefined) {
      fail('E_TYPE', 'the element types differ in width', { expected: `${from.bits} bits, as ${x.type}`, found: `${bits} bits for ${to}` });
    }
    const y = ctx.output(0, to, x.dims);
    const { buffer, byteOffset, byteLength } = x.data as TypedArray;
    const same = new array(buffer as ArrayBuffer, byteOffset, byteLength / array.BYTES_PER_ELEMENT);
    blockMover(y, new Tensor(to, same, x.dims))(0, 0, x.size);
    return [y];
  };
});
