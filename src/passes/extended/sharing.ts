/** Fusions of many layers make the same small nodes and constants each: one of each stays. */
import { commonSubexpressionElimination } from '../basic/common-subexpression-elimination.ts';
import { constantSharing } from '../basic/constant-sharing.ts';
import type { SweepPass } from '../pass.ts';

export const constantSharingL2: SweepPass = { ...constantSharing, name: 'constant-sharing-l2', level: 'extended' };

export const commonSubexpressionEliminationL2: SweepPass = {
  ...commonSubexpressionElimination, name: 'common-subexpression-elimination-l2', level: 'extended',
};
