/**
 * BERT's embeddings, normalized:
 *
 *     s[b, t] = word[input_ids[b, t]] + position[position_ids[b, t] or t] + segment[segment_ids[b, t]]
 *     y = (s - mean) / sqrt(variance + epsilon) * gamma + beta
 *     mask_index[b] = how many entries of mask[b] are 1
 *
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.EmbedLayerNormalization
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { embedLayerNormalization as contract } from '../../../src/ops/contracts.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emit, expectDims, floatOutput } from '../support/index.ts';
import { normalizeRows, rowParameter } from './row-norm.ts';

export const embedLayerNormalization = implement(contract, ({ attrs }) => {
  const epsilon = f32(attrs.float('epsilon'));
  return ([inputIds, segmentIds, word, position, segment, gamma, beta, mask, positionIds]: [
    Tensor, Tensor | undefined, Tensor, Tensor, Tensor | undefined, Tensor, Tensor, Tensor?, Tensor?,
  ], ctx) => {
    const [batch, length] = inputIds.dims; // input_ids: [B, S]
    const hidden = word.dims[1];
    const dims = [batch, length, hidden];
    expectDims('input_ids', inputIds, [batch, length]);
    expectDims('segment_ids', segmentIds, [batch, length]);
    expectDims('mask', mask, [batch, length]);
    expectDims('position_ids', positionIds, [positionIds?.dims[0] === 1 ? 1 : batch, length]);
    for (const table of [position, segment]) expectDims('an embedding table', table, [table?.dims[0] ?? 0, hidden]);
    const sum = new Float32Array(batch * length * hidden);
    const tokens = inputIds.data as Int32Array;
    const segments = segmentIds?.data as Int32Array | undefined;
    const positions = positionIds?.data as Int32Array | undefined; // [B, S] or [1, S]
    const addWord = adder(word, 'input_ids', sum, hidden);
    const addPosition = adder(position, 'position_ids', sum, hidden);
    const addSegment = segment && segments && adder(segment, 'segment_ids', sum, hidden);
    for (let row = 0; row < batch * length; row++) {
      addWord(row, tokens[row]);
      addPosition(row, positions === undefined ? row % length : positions[row % positions.length]);
      addSegment?.(row, segments![row]);
    }
    const y = floatOutput(ctx, 0, word.type, dims);
    normalizeRows(sum, y.y, {
      length: hidden, epsilon, centered: true, step: f32, scale: rowParameter(gamma, dims, 2), bias: rowParameter(beta, dims, 2),
    });
    return [
      y.finish(),
      ctx.wants(1) ? emit(ctx, 1, 'int32', maskIndex(mask, batch, length), [batch]) : undefined,
      ctx.wants(2) ? emit(ctx, 2, word.type, sum, dims) : undefined,
    ];
  };
});

/** Adds row `id` of an embedding table [rows, hidden] to row `row` of the sum. */
function adder(table: Tensor, name: string, sum: Float32Array, hidden: number): (row: number, id: number) => void {
  const values = unpack(table);
  const rows = table.dims[0];
  return (row, id) => {
    if (id < 0 || id >= rows) {
      fail('E_VALUE', 'an embedding index is out of range', { arg: { kind: 'input', name }, expected: `[0, ${rows - 1}]`, found: String(id) });
    }
    const to = row * hidden;
    const from = id * hidden;
    for (let i = 0; i < hidden; i++) sum[to + i] = f32(sum[to + i] + values[from + i]);
  };
}

function maskIndex(mask: Tensor | undefined, batch: number, length: number): Int32Array {
  const counts = new Int32Array(batch);
  if (mask === undefined) return counts;
  const entries = mask.data as Int32Array; // [B, S]
  for (let i = 0; i < batch * length; i++) if (entries[i] === 1) counts[Math.floor(i / length)]++;
  return counts;
}
