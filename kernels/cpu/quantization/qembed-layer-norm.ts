import { qEmbedLayerNormalization as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { normalizeRows } from '../norm/row-norm.ts';
import { single } from './parameters.ts';

type Inputs = [
  inputIds: Tensor, segmentIds: Tensor | undefined, word: Tensor, position: Tensor, segment: Tensor | undefined, gamma: Tensor, beta: Tensor,
  mask: Tensor | undefined, wordScale: Tensor, positionScale: Tensor, segmentScale: Tensor | undefined, gammaScale: Tensor, betaScale: Tensor,
  wordZero: Tensor, positionZero: Tensor, segmentZero: Tensor | undefined, gammaZero: Tensor, betaZero: Tensor,
];

/**
 * EmbedLayerNormalization with quantized tables:
 * s[b, t] = word[input_ids[b, t]] + position[t] + segment[segment_ids[b, t]], each dequantized,
 * layernorm_out = (s - mean) / sqrt(variance + epsilon) * gamma + beta,
 * mask_index_out[b] = how many entries of mask[b] are 1.
 * input_ids, segment_ids, mask: [B, S], tables: [rows, hidden], gamma, beta: [hidden], layernorm_out: [B, S, hidden]
 */
export const qEmbedLayerNormalization = implement(contract, ({ attrs }) => {
  const epsilon = f32(attrs.float('epsilon'));
  return ([
    inputIds, segmentIds, word, position, segment, gamma, beta, mask, wordScale, positionScale, segmentScale, gammaScale, betaScale,
    wordZero, positionZero, segmentZero, gammaZero, betaZero,
  ]: Inputs, ctx) => {
    const [batch, length] = inputIds.dims;
    const hidden = word.dims[1];
    const y = ctx.output(0, 'float32', [batch, length, hidden]);
    const sum = ctx.scratch('float32', y.dims).data as Float32Array;
    const addWord = adder(sum, hidden, word, wordScale, wordZero, 'input_ids');
    const addPosition = adder(sum, hidden, position, positionScale, positionZero, 'position');
    const addSegment = segmentIds && segment && adder(sum, hidden, segment, segmentScale, segmentZero, 'segment_ids');
    for (let row = 0; row < batch * length; row++) {
      addWord(row, (inputIds.data as Int32Array)[row]);
      addPosition(row, row % length);
      addSegment?.(row, (segmentIds!.data as Int32Array)[row]);
    }
    normalizeRows(sum, y.data as Float32Array, {
      length: hidden, epsilon, centered: true, step: f32,
      scale: { values: dequantized(gamma, gammaScale, gammaZero, 'gamma'), row: 0 }, bias: { values: dequantized(beta, betaScale, betaZero, 'beta'), row: 0 },
    });
    const counts = ctx.output(1, 'int32', [batch]);
    const index = counts.data as Int32Array;
    index.fill(0);
    if (mask !== undefined) (mask.data as Int32Array).forEach((m, i) => { if (m === 1) index[Math.floor(i / length)]++; });
    return [y, counts];
  };
});

/** Adds row `id` of a table [rows, hidden], dequantized, to row `row` of the sum. */
function adder(
  sum: Float32Array, hidden: number, table: Tensor, scale: Tensor | undefined, zero: Tensor | undefined, name: string,
): (row: number, id: number) => void {
  const codes = unpack(table);
  const s = single(scale, `${name} scale`, 1), z = single(zero, `${name} zero point`);
  const rows = table.dims[0];
  return (row, id) => {
    if (id < 0 || id >= rows) {
      fail('E_VALUE', 'an embedding index is out of range', { arg: { kind: 'input', name }, expected: `[0, ${rows - 1}]`, found: String(id) });
    }
    for (let i = 0; i < hidden; i++) sum[row * hidden + i] += f32((codes[id * hidden + i] - z) * s);
  };
}

function dequantized(t: Tensor, scale: Tensor, zero: Tensor, name: string): Float32Array {
  const s = single(scale, `${name}_scale`), z = single(zero, `${name}_zero_point`);
  return Float32Array.from(unpack(t), (code) => (code - z) * s);
}
