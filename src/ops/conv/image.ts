import { defineOp } from '../define.ts';

export const imageDecoder = defineOp('ImageDecoder', {
  doc: 'Decodes an encoded image (BMP, JPEG, JPEG 2000, PNG, PNM, TIFF, WebP) into [H, W, channels] of pixel_format RGB, BGR or Grayscale.',
  infer: (c) => {
    const stream = c.shape(0);
    if (stream !== undefined && stream.length !== 1) c.fail('the stream must be a list of bytes', 'rank 1', `rank ${stream.length}`);
    return [{ shape: [undefined, undefined, c.attrs.string('pixel_format') === 'Grayscale' ? 1 : 3] }];
  },
  versions: {
    20: { inputs: 'encoded_stream:T1', outputs: 'image:T2', types: { T1: 'uint8', T2: 'uint8' }, attributes: { pixel_format: 'string=RGB' } },
  },
});

export const nonMaxSuppression = defineOp('NonMaxSuppression', {
  doc: 'For each batch and class, picks boxes by falling score and drops those that overlap a picked one by more than iou_threshold.',
  infer: (c) => {
    const boxes = c.shape(0), scores = c.shape(1);
    if (boxes !== undefined && boxes.length !== 3) c.fail('boxes must be [batches, boxes, 4]', 'rank 3', `rank ${boxes.length}`);
    if (scores !== undefined && scores.length !== 3) c.fail('scores must be [batches, classes, boxes]', 'rank 3', `rank ${scores.length}`);
    if (typeof boxes?.[2] === 'number' && boxes[2] !== 4) c.fail('boxes have four coordinates', '4', String(boxes[2]));
    return [{ shape: [undefined, 3] }];
  },
  versions: {
    10: {
      inputs: 'boxes:Float scores:Float max_output_boxes_per_class?:Int64 iou_threshold?:Float score_threshold?:Float',
      outputs: 'selected_indices:Int64',
      types: { Float: 'float32', Int64: 'int64' },
      attributes: { center_point_box: 'int=0' },
    },
    11: {},
  },
});
