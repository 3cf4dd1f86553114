import { nonMaxSuppression as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { toInts, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';

/**
 * For each batch and class: boxes by falling score (ties by index), each taken unless it overlaps one taken before by more
 * than iou_threshold, until max_output_boxes_per_class are taken. Boxes need a score above score_threshold.
 * boxes: [B, N, 4], corners in any order or centre and size; scores: [B, classes, N]; selected: [taken, 3] as
 * (batch, class, box). https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
 */
export const nonMaxSuppression = implement(contract, ({ attrs }) => {
  const centred = attrs.int('center_point_box') === 1;
  return ([boxes, scores, maxBoxes, iouThreshold, scoreThreshold]: [Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
    const [batches, count] = boxes.dims;
    const classes = scores.dims[1];
    if (boxes.dims.length !== 3 || boxes.dims[2] !== 4 || scores.dims.join() !== [batches, classes, count].join()) {
      fail('E_SHAPE', 'boxes and scores do not go together', {
        expected: '[batches, boxes, 4] and [batches, classes, boxes]', found: `[${boxes.dims.join(', ')}] and [${scores.dims.join(', ')}]`,
      });
    }
    const limit = maxBoxes === undefined ? 0 : (toInts(maxBoxes)[0] ?? 0);
    const overlap = iouThreshold === undefined ? 0 : unpack(iouThreshold)[0];
    if (!(overlap >= 0 && overlap <= 1)) fail('E_VALUE', 'iou_threshold is out of range', { expected: '[0, 1]', found: String(overlap) });
    const least = scoreThreshold === undefined ? -Infinity : unpack(scoreThreshold)[0];
    const corners = cornersOf(unpack(boxes), centred);
    const values = unpack(scores);
    const selected: number[] = [];
    for (let b = 0; b < batches && limit > 0; b++) {
      for (let c = 0; c < classes; c++) {
        const row = (b * classes + c) * count;
        const ranked = Array.from({ length: count }, (_, i) => i)
          .filter((i) => scoreThreshold === undefined || values[row + i] > least)
          .sort((i, j) => values[row + j] - values[row + i] || i - j);
        const taken: number[] = [];
        for (const i of ranked) {
          ctx.checkAbort();
          if (taken.length >= limit) break;
          if (!taken.some((j) => overlaps(corners, b * count + i, b * count + j, overlap))) taken.push(i);
        }
        for (const i of taken) selected.push(b, c, i);
      }
    }
    const out = ctx.output(0, 'int64', [selected.length / 3, 3]);
    (out.data as BigInt64Array).set(selected.map(BigInt));
    return [out];
  };
});

/** Boxes as (y1, x1, y2, x2) with y1 <= y2 and x1 <= x2. */
function cornersOf(boxes: NumberArray, centred: boolean): Float32Array {
  const corners = new Float32Array(boxes.length);
  for (let at = 0; at < boxes.length; at += 4) {
    const [a, b, c, d] = [boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]];
    if (centred) corners.set([b - d / 2, a - c / 2, b + d / 2, a + c / 2], at); // (x, y, width, height)
    else corners.set([Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)], at);
  }
  return corners;
}

/** True when intersection / union of boxes i and j exceeds the threshold; empty boxes overlap nothing. */
function overlaps(corners: Float32Array, i: number, j: number, threshold: number): boolean {
  const p = i * 4, q = j * 4;
  const height = f32(Math.min(corners[p + 2], corners[q + 2]) - Math.max(corners[p], corners[q]));
  const width = f32(Math.min(corners[p + 3], corners[q + 3]) - Math.max(corners[p + 1], corners[q + 1]));
  if (!(height > 0 && width > 0)) return false;
  const intersection = f32(height * width);
  const union = f32(f32(areaOf(corners, p) + areaOf(corners, q)) - intersection);
  return union > 0 && f32(intersection / union) > threshold;
}

function areaOf(corners: Float32Array, at: number): number {
  return f32(f32(corners[at + 2] - corners[at]) * f32(corners[at + 3] - corners[at + 1]));
}
