/** Every contract, a folder of this room each. */
import type { OpContract } from './define.ts';
import * as attention from './attention/index.ts';
import * as control from './control/index.ts';
import * as conv from './conv/index.ts';
import * as math from './math/index.ts';
import * as ml from './ml/index.ts';
import * as norm from './norm/index.ts';
import * as passive from './passive/index.ts';
import * as quantization from './quantization/index.ts';
import * as recurrent from './recurrent/index.ts';
import * as sequence from './sequence/index.ts';
import * as shape from './shape/index.ts';
import * as text from './text/index.ts';
import * as training from './training/index.ts';

export const CONTRACTS = { attention, control, conv, math, ml, norm, passive, quantization, recurrent, sequence, shape, text, training } satisfies
  Readonly<Record<string, Readonly<Record<string, OpContract>>>>;

export const FAMILIES = Object.keys(CONTRACTS) as readonly (keyof typeof CONTRACTS)[];
