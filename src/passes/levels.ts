/** Which passes run at which level, in order: what enables others comes first. */
import type { Level, Pass } from './pass.ts';
import { constantFolding } from './basic/constant-folding.ts';
import { eliminateIdentity } from './basic/eliminate-identity.ts';

export const LEVELS: readonly Level[] = ['basic', 'extended', 'all'];

const PASSES: Readonly<Record<Level, readonly Pass[]>> = {
  basic: [eliminateIdentity, constantFolding],
  extended: [],
  all: [],
};

/** Passes of a level, then those the caller brings for it. */
export function passesOf(level: Level, own: readonly Pass[] = []): readonly Pass[] {
  return [...PASSES[level], ...own.filter((p) => p.level === level)];
}
