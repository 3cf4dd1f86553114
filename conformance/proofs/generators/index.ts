/**
 * A generator for each pass, by its name. For a new pass: one line in the file of its family, whose `draw` returns a graph as text with
 * values for its names; the harness embeds it, makes near misses of it, and checks all that the pass promises.
 */
import type { Generator } from '../prove.ts';
import { ATTENTION } from './attention.ts';
import { ELIMINATIONS } from './eliminations.ts';
import { FLOAT_FUSIONS } from './floats.ts';
import { MOVES } from './moves.ts';
import { PORTABLE_FORMS } from './portable.ts';
import { PRODUCTS } from './products.ts';
import { QUANTIZED } from './quantized.ts';
import { REWRITES } from './rewrites.ts';

export const GENERATORS: Readonly<Record<string, Generator>> = {
  ...ELIMINATIONS, ...FLOAT_FUSIONS, ...MOVES, ...QUANTIZED, ...PRODUCTS, ...ATTENTION, ...PORTABLE_FORMS, ...REWRITES,
};
