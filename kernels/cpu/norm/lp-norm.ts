import { fail } from '../../../src/errors.ts';
import { lpNormalization as contract } from '../../../src/ops/contracts.ts';
import { splitAt, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, frontAxis, stepOf } from '../support/index.ts';

/** y = x / (sum of |x|^p along `axis`)^(1/p) for p = 1 or 2; a line of zeros stays zero. */
export const lpNormalization = implement(contract, ({ attrs }) => {
  const p = attrs.int('p');
  if (p !== 1 && p !== 2) fail('E_ATTRIBUTE', 'p must be 1 or 2', { arg: { kind: 'attribute', name: 'p' }, found: String(p) });
  return ([x]: [Tensor], ctx) => {
    const { outer, length, inner } = splitAt(x.dims, frontAxis(attrs.int('axis'), x.dims.length)); // x: [outer, length, inner]
    const step = stepOf(x.type);
    const values = unpack(x);
    const out = floatOutput(ctx, 0, x.type, x.dims);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        let total = 0;
        for (let k = 0; k < length; k++) {
          const v = values[start + k * inner];
          total = step(total + (p === 1 ? Math.abs(v) : step(v * v)));
        }
        const norm = p === 1 ? total : step(Math.sqrt(total));
        for (let k = 0; k < length; k++) out.y[start + k * inner] = norm === 0 ? 0 : values[start + k * inner] / norm;
      }
    }
    return [out.finish()];
  };
});
