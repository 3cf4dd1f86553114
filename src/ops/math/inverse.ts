import { defineOp } from '../define.ts';

export const inverse = defineOp('Inverse', {
  doc: 'Y = the inverse of each matrix in the last two axes of X.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
  },
  infer: (c) => {
    const shape = c.shape(0);
    const [rows, columns] = shape?.slice(-2) ?? [];
    if (shape !== undefined && shape.length < 2) c.fail('only square matrices have an inverse', 'rank 2 or more', `rank ${shape.length}`);
    if (typeof rows === 'number' && typeof columns === 'number' && rows !== columns) c.fail('only square matrices have an inverse', `[..., ${rows}, ${rows}]`, `[..., ${rows}, ${columns}]`);
    return [{ shape }];
  },
});
