import type { Edge } from '../../graph/index.ts';
import type { ValueType } from '../../tensor/index.ts';
import { EXACT, type SweepPass } from '../pass.ts';

/** x [batch, 3, ...] = x [8, 3, ...], for `freeDimensionOverrides: { batch: 8 }` */
export const freeDimensionOverride: SweepPass = {
  name: 'free-dimension-override-transformer',
  level: 'basic',
  contract: EXACT,
  doc: 'Gives named dimensions of the inputs the sizes that the session sets. x [batch, n] = x [8, n].',
  *sweep(graph, { freeDimensions }) {
    if (graph.parent !== undefined) return;
    const typed = graph.inputs.flatMap((edge): [Edge, ValueType][] => {
      const { type } = edge;
      if (type?.kind !== 'tensor' || type.shape === undefined) return [];
      const shape = type.shape.map((d) => (typeof d === 'string' && Object.hasOwn(freeDimensions, d) ? freeDimensions[d] : d));
      return shape.some((d, i) => d !== type.shape![i]) ? [[edge, { ...type, shape }]] : [];
    });
    if (typed.length > 0) yield { kind: 'patch', typed, from: [] };
  },
};
