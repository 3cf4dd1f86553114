import { embedLayerNormFusion } from '../../src/passes/extended/embed-layer-norm-fusion.ts';
import { int64, pack } from '../../src/tensor/index.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass } from './harness.ts';
import { f32, i64, type Random } from '../../conformance/proofs/random.ts';

const embeddings = (r: Random): Record<string, Values[string]> => ({
  ids: input('int64', 2, 4), types: pack('int32', [0, 1, 2, 3, 3, 2, 1, 0], [2, 4]), words: r.tensor('float32', 9, 8), segments: r.tensor('float32', 4, 8), table: r.tensor('float32', 6, 8),
  places: int64([0, 1, 2, 3], [1, 4]), g: r.tensor('float32', 8), b: r.tensor('float32', 8),
});
const bare = (r: Random) => Object.fromEntries(Object.entries(embeddings(r)).filter(([name]) => name !== 'types' && name !== 'segments'));
const small = (r: Random, name: string) => ({ ...embeddings(r), types: input('int64', 2, 4), [name]: input('float32', name === 'words' ? 9 : 6, 8) });
const [word, segment, position] = ['Gather(words, ids)', 'Gather(segments, types)', 'Gather(table, places)'];
const norm = (sum: string, attributes = '') => `y = LayerNormalization${attributes}(${sum}, g, b)`;
const FUSED = 'y, y/mask_index = ms.EmbedLayerNormalization{epsilon: 0.00001}';

describePass(embedLayerNormFusion, {
  rewrites: [
    { before: norm(`Add(Add(${word}, ${position}), ${segment})`), values: embeddings, after: `${FUSED}(Cast{to: 6}(ids), types, words, table, segments, g, b, _, #)`.replace('#', 'Cast{to: 6}(places)') },
    { before: norm(`Add(${position}, Add(${word}, ${segment}))`), values: embeddings, after: `${FUSED}(Cast{to: 6}(ids), types, words, table, segments, g, b, _, Cast{to: 6}(places))` },
    { before: norm(`Add(${position}, ${word})`), values: bare, after: `${FUSED}(Cast{to: 6}(ids), _, words, table, _, g, b, _, Cast{to: 6}(places))` },
    { before: norm(`Add(${word}, Gather(table, Slice(places, zero, two, one)))`), values: (r) => ({ ...bare(r), ids: input('int64', 1, 2), zero: i64(0), two: i64(2), one: i64(1) }), after: `${FUSED}(Cast{to: 6}(ids), _, words, table, _, g, b, _, Cast{to: 6}(Slice(places, zero, two, one)))` },
  ],
  refusals: [
    { before: norm(`Add(${word}, ${position})`, '{axis: 1}'), values: bare, reason: 'it normalizes other axes than the last, or gives more than the result' },
    { before: norm(`Add(${word}, Gather(table, other))`), values: (r) => ({ ...bare(r), other: input('int64', 2, 4) }), reason: 'the table of positions is not to be told from the others' },
    { before: norm(`Add(${word}, ${position})`), values: (r) => ({ ...bare(r), table: r.tensor('float16', 6, 8), words: r.tensor('float16', 9, 8), g: r.tensor('float16', 8), b: r.tensor('float16', 8) }), reason: 'the tables are not float32 of one width' },
    { before: norm(`Add(Add(${word}, ${position}), ${segment})`), values: (r) => ({ ...embeddings(r), ids: input('int64', 1, 4) }), reason: 'words and segments are of different shapes' },
    { before: norm(`Add(${word}, ${position})`), values: (r) => ({ ...bare(r), g: input('float32', 8) }), reason: 'gamma or beta is not a constant vector along the last axis' },
    { before: norm(`Add(${word}, ${position})`), values: (r) => small(r, 'table') },
    { before: norm(`Add(${word}, Mul(${position}, half))`), values: (r) => ({ ...bare(r), half: f32(0.5) }) },
  ],
});
