import type { Edge } from '../../graph/index.ts';
import type { Tensor } from '../../tensor/index.ts';
import { fresh, newNode, refuse, replaceBy, ulp, type NewEdge, type NewNode, type PatternPass } from '../pass.ts';
import { op, shared } from '../pattern.ts';
import { constantOf, dtypeOf, rankOf, sameShape, shapeOf } from '../support/constants.ts';
import { isRowVector, normalizesLastAxis } from '../support/norms.ts';
import { outputUsed } from '../support/nodes.ts';

// Layers of one embedding may also read the sum: then it stays outside.
const sum = op('Add', op('Add', 'a', 'b'), 'c');

/**
 * layer_norm(word[ids] + segment[types] + position[places]) = EmbedLayerNormalization(ids, types, word, position, segment, places)
 *
 * Ids are cast to int32, which the operator asks for, and must not count from the end. Which of the three is the word, the
 * segment and the position follows from what indexes them: places are constant or of one row, words are those read from the
 * larger table. The operator adds words and positions first.
 */
export const embedLayerNormFusion: PatternPass = {
  name: 'embed-layer-norm-fusion',
  level: 'extended',
  contract: ulp(16),
  doc: 'Looks up, adds and normalizes embeddings in one node. layer_norm(word[ids] + segment[types] + position[places]) = EmbedLayerNormalization(...).',
  pattern: [op('LayerNormalization', sum, 'gamma', 'beta'), op('LayerNormalization', shared(op('Add', 'a', 'b')), 'gamma', 'beta')],
  rewrite(m) {
    const { root } = m;
    const terms = ['a', 'b', 'c'].map((name) => m.optional(name)).filter((e) => e !== undefined);
    const lookups = terms.map(lookup);
    if (!lookups.every((l) => l !== undefined)) return undefined;
    if (!normalizesLastAxis(root) || root.outputs.some((_, i) => i > 0 && outputUsed(root, i))) return refuse('it normalizes other axes than the last, or gives more than the result');
    const [place, ...others] = [...lookups].sort((x, y) => Number(isPlace(y)) - Number(isPlace(x)));
    const [word, segment] = others.sort((x, y) => y.table.dims[0] - x.table.dims[0]);
    if (!isPlace(place) || word === undefined || isPlace(word)) return refuse('the table of positions is not to be told from the others');
    const hidden = word.table.dims[1];
    if (lookups.some((l) => l.table.type !== 'float32' || l.table.dims[1] !== hidden)) return refuse('the tables are not float32 of one width');
    if (segment !== undefined && !sameShape(shapeOf(word.index), shapeOf(segment.index))) return refuse('words and segments are of different shapes');
    if (!isRowVector(m.edge('gamma'), word.edge) || !isRowVector(m.edge('beta'), word.edge)) return refuse('gamma or beta is not a constant vector along the last axis');
    const nodes: NewNode[] = [];
    const int32 = (edge: Edge, hint: string): Edge | NewEdge => {
      if (dtypeOf(edge) === 'int32') return edge;
      const cast = fresh(hint);
      nodes.push(newNode('Cast', [edge], [cast], { to: 6 }));
      return cast;
    };
    const inputs = [
      int32(word.index, 'input_ids'), segment && int32(segment.index, 'segment_ids'), word.of, place.of, segment?.of, m.edge('gamma'), m.edge('beta'),
      undefined, int32(place.index, 'position_ids'),
    ];
    // Unread, but onnxruntime asks for the second output.
    const outputs = [m.result, fresh('mask_index')];
    const fused = newNode('com.microsoft.EmbedLayerNormalization', inputs, outputs, { epsilon: root.float('epsilon', 1e-5) });
    return replaceBy(...nodes, fused);
  },
};

interface Lookup {
  readonly edge: Edge;
  readonly of: Edge;
  readonly table: Tensor;
  /** [B, S], or [1, S] for positions. */
  readonly index: Edge;
}

/** Rows of a constant table [rows, hidden] for a matrix of ids. */
function lookup(edge: Edge): Lookup | undefined {
  const gather = edge.producer;
  const [of, index] = gather?.inputs ?? [];
  const table = constantOf(of);
  if (gather?.key !== 'Gather' || gather.int('axis', 0) !== 0 || table?.dims.length !== 2 || rankOf(index) !== 2) return undefined;
  return { edge, of: of!, table, index: index! };
}

const isPlace = ({ index }: Lookup): boolean => shapeOf(index)![0] === 1 && !index.isInput;
