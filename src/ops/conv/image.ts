import { defineOp } from '../define.ts';

export const imageDecoder = defineOp('ImageDecoder', {
  doc: 'TODO',
  versions: {
    20: { inputs: 'encoded_stream:T1', outputs: 'image:T2', types: { T1: 'uint8', T2: 'uint8' }, attributes: { pixel_format: 'string=RGB' } },
  },
});

export const nonMaxSuppression = defineOp('NonMaxSuppression', {
  doc: 'TODO',
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
