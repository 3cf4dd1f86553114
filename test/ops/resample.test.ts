/** Resampling and region operators beside onnxruntime: all modes and coordinate transformations; integers must be equal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelBuilder } from '../../src/model/builder.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { dtypeInfo, int64, Tensor, type DType } from '../../src/tensor/index.ts';
import { both, distance, mismatches, oneNode, runHere, runOrt, type Named, type OneNode } from '../../conformance/fuzz/beside-ort.ts';
import { flag, int, ints, maybe, tensor } from '../../conformance/fuzz/draw.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 25);
const TOLERANCE = 1e-5;

const floats = (...values: number[]): Tensor => new Tensor('float32', Float32Array.from(values), [values.length]);

/** A model whose first input is fed and whose others are constants, as onnxruntime wants sizes and scales. */
function withConstants(node: OneNode): { bytes: Uint8Array; feeds: Named } {
  const b = new ModelBuilder({ opset: node.opset ?? 21 });
  const [x, ...rest] = node.inputs;
  const inputs = [b.input('x0', x!.type, x!.dims), ...rest.map((t, i) => t && b.constant(`c${i}`, t))];
  b.output(b.node(node.opType, inputs, node.attributes), 'y0', { kind: 'tensor', dtype: node.outputs[0]! });
  return { bytes: b.bytes(), feeds: { x0: x! } };
}

function expectEqual(here: Named, there: Named): void {
  for (const [key, expected] of Object.entries(there)) {
    if (dtypeInfo(expected.type).class === 'float') expect(distance(here[key], expected)).toBeLessThan(TOLERANCE);
    else expect(mismatches(here[key], expected)).toBe(0);
  }
}

/** Which axes onnxruntime resizes in a mode: any by nearest element, else an image's or a volume's. */
function spatialAxes(mode: string, rank: number, channelsLast: boolean): number[] {
  const all = Array.from({ length: rank }, (_, i) => i);
  return mode === 'nearest' || rank <= 3 ? all : channelsLast ? [1, 2] : all.slice(2);
}

interface ResizeDraw {
  readonly mode: string;
  readonly types: readonly DType[];
  readonly ranks: readonly number[];
  readonly antialias?: boolean;
  readonly channelsLast?: boolean;
}

const resize = ({ mode, types, ranks, antialias = false, channelsLast = false }: ResizeDraw): fc.Arbitrary<OneNode> => fc.record({
  rank: fc.constantFrom(...ranks), type: fc.constantFrom(...types), opset: antialias ? fc.constantFrom(18, 19) : fc.constantFrom(11, 13, 18, 19),
  transformation: fc.constantFrom('half_pixel', 'half_pixel_symmetric', 'pytorch_half_pixel', 'asymmetric', 'align_corners', 'tf_crop_and_resize'),
  nearest: fc.constantFrom('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'), exclude: flag, coefficient: fc.constantFrom(-0.75, -0.5), bySize: fc.boolean(),
}).chain((o) => {
  const axes = spatialAxes(mode, o.rank, channelsLast);
  const isSpatial = (i: number): boolean => axes.includes(i);
  const crop = o.transformation === 'tf_crop_and_resize';
  return fc.tuple(ints(o.rank, 2, 8), ints(o.rank, 1, 12), ints(o.rank, 0, 6), ints(o.rank, -2, 6), ints(o.rank, 10, 24)).chain(([dims, sizes, factors, starts, ends]) => (
    tensor(o.type, dims, o.type === 'uint8' ? 0 : -100, o.type === 'int32' ? 5000 : 100).map((x): OneNode => {
      // Sizes of their own: an axis that is cropped but keeps its size is left as it is by onnxruntime.
      const resized = dims.map((d, i) => (isSpatial(i) ? (crop && sizes[i] === d ? d + 1 : sizes[i]) : d));
      const scales = factors.map((f, i) => (isSpatial(i) ? [1, 2, 0.5, 3, 0.6, 1.7, 2.5][f] : 1));
      const bySize = o.bySize || crop || o.transformation === 'align_corners'; // scales: see below
      const roi = crop ? floats(...starts.map((s, i) => (isSpatial(i) ? s / 16 : 0)), ...ends.map((e, i) => (isSpatial(i) ? e / 16 : 1))) : o.opset < 13 ? floats() : undefined;
      return {
        opType: 'Resize', opset: o.opset, outputs: [o.type],
        attributes: {
          mode,
          coordinate_transformation_mode: o.opset < 19 && o.transformation === 'half_pixel_symmetric' ? 'half_pixel' : o.transformation,
          ...(mode === 'nearest' && { nearest_mode: o.nearest }),
          ...(mode === 'cubic' && { exclude_outside: o.exclude, cubic_coeff_a: o.coefficient }),
          ...(antialias && { antialias: 1 }),
          ...(crop && { extrapolation_value: 7 }),
        },
        inputs: bySize ? [x, roi, o.opset < 13 ? floats() : undefined, int64(resized)] : [x, roi, floats(...scales)],
      };
    })
  ));
});

const RESIZES: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  nearest: resize({ mode: 'nearest', types: ['float32', 'uint8', 'int8', 'int32'], ranks: [1, 2, 3, 4, 5] }),
  linear: resize({ mode: 'linear', types: ['float32', 'uint8', 'int8', 'int32'], ranks: [2, 3, 4, 5] }),
  'linear, channels last': resize({ mode: 'linear', types: ['float32', 'uint8', 'int8', 'int32'], ranks: [4], channelsLast: true }),
  cubic: resize({ mode: 'cubic', types: ['float32'], ranks: [2, 4] }),
  'antialiased linear': resize({ mode: 'linear', types: ['float32', 'uint8', 'int32'], ranks: [4], antialias: true }),
  'antialiased cubic': resize({ mode: 'cubic', types: ['float32'], ranks: [4], antialias: true }),
};

describe('Resize beside onnxruntime', () => {
  for (const [name, draw] of Object.entries(RESIZES)) {
    test(name, async () => {
      const plain = draw.filter(({ attributes: a }) => a!['antialias'] === undefined || a!['coordinate_transformation_mode'] !== 'tf_crop_and_resize');
      await fc.assert(fc.asyncProperty(plain, async (node) => {
        const { bytes, feeds } = withConstants(node);
        const there = await runOrt(bytes, feeds);
        expectEqual(await runHere(bytes, feeds), there);
      }), { numRuns: 2 * RUNS, seed: 11, endOnFailure: true });
    });
  }

  test('axes, and keeping the aspect ratio', async () => {
    const draw = fc.record({ dims: ints(4, 2, 6), sizes: ints(2, 1, 12), policy: fc.constantFrom('stretch', 'not_larger', 'not_smaller'), axes: fc.constantFrom([2, 3], [3, 2]) });
    await fc.assert(fc.asyncProperty(draw.chain((d) => fc.tuple(fc.constant(d), tensor('float32', d.dims))), async ([d, x]) => {
      const { bytes, feeds } = withConstants({
        opType: 'Resize', opset: 19, outputs: ['float32'], inputs: [x, undefined, undefined, int64(d.sizes)],
        attributes: { mode: 'nearest', axes: d.axes, keep_aspect_ratio_policy: d.policy },
      });
      expectEqual(await runHere(bytes, feeds), await runOrt(bytes, feeds));
    }), { numRuns: RUNS, seed: 11 });
  });

  test('inference knows the size that the kernel makes', async () => {
    await fc.assert(fc.asyncProperty(RESIZES['nearest'], async (node) => {
      const b = new ModelBuilder({ opset: node.opset! });
      const [x, ...rest] = node.inputs;
      const y = b.node('Resize', [b.input('x', x!.type, x!.dims), ...rest.map((t, i) => t && b.constant(`c${i}`, t))], node.attributes);
      inferGraph(b.graph);
      const { bytes, feeds } = withConstants(node);
      expect(y.type).toEqual({ kind: 'tensor', dtype: x!.type, shape: (await runHere(bytes, feeds))['y0'].dims });
    }), { numRuns: RUNS, seed: 12 });
  });
});

const regions = (count: number, image: boolean) => fc.array(fc.tuple(flag, ints(2, -16, 48), ints(2, 1, 48)), { minLength: count, maxLength: count })
  .map((boxes) => boxes.flatMap(([n, [x, y], [w, h]]) => [...(image ? [n] : []), x / 8, y / 8, (x + w) / 8, (y + h) / 8]));

const DRAWS: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  Upsample: fc.record({ rank: fc.constantFrom(2, 4), mode: fc.constantFrom('nearest', 'linear'), type: fc.constantFrom<DType>('float32', 'uint8', 'int32') })
    .chain(({ rank, mode, type }) => fc.tuple(ints(rank, 2, 5), fc.array(fc.constantFrom(1, 1.5, 2, 3), { minLength: rank, maxLength: rank })).chain(([dims, factors]) => (
      tensor(type, dims, 0, 100).map((x): OneNode => ({
        opType: 'Upsample', opset: 9, attributes: { mode }, inputs: [x, floats(...factors.map((f, i) => (i < rank - 2 ? 1 : f)))], outputs: [type],
      }))
    ))),
  GridSample: fc.record({ opset: fc.constantFrom(16, 20), volume: fc.boolean(), mode: int(0, 2), padding: fc.constantFrom('zeros', 'border', 'reflection'), align: flag })
    .chain(({ opset, volume, mode, padding, align }) => {
      const rank = opset === 20 && volume ? 3 : 2;
      const names = opset === 16 ? ['bilinear', 'nearest', 'bicubic'] : ['linear', 'nearest', 'cubic'];
      return fc.tuple(ints(rank, 2, 5), ints(rank, 1, 4)).chain(([sizes, out]) => fc.tuple(tensor('float32', [2, 2, ...sizes]), tensor('float32', [2, ...out, rank], -2, 2))
        .map((inputs): OneNode => ({ opType: 'GridSample', opset, inputs, outputs: ['float32'], attributes: { mode: names[rank === 3 ? mode % 2 : mode], padding_mode: padding, align_corners: align } })));
    }),
  AffineGrid: fc.tuple(int(2, 3), flag).chain(([rank, align]) => fc.tuple(tensor('float32', [2, rank, rank + 1]), ints(rank, 2, 4))
    .map(([theta, sizes]): OneNode => ({ opType: 'AffineGrid', opset: 20, attributes: { align_corners: align }, inputs: [theta, int64([2, 3, ...sizes])], outputs: ['float32'] }))),
  RoiAlign: fc.record({ opset: fc.constantFrom(10, 16), mode: fc.constantFrom('avg', 'max'), cells: ints(2, 1, 3), ratio: int(0, 2), scale: fc.constantFrom(1, 0.5, 2), shift: fc.constantFrom('half_pixel', 'output_half_pixel'), count: int(1, 3), spatial: ints(2, 3, 8) })
    .chain((o) => fc.tuple(tensor('float32', [2, 2, ...o.spatial]), regions(o.count, false), tensor('int64', [o.count], 0, 1)).map(([x, boxes, images]): OneNode => ({
      opType: 'RoiAlign', opset: o.opset, inputs: [x, floats(...boxes).reshape([o.count, 4]), images], outputs: ['float32'],
      attributes: {
        mode: o.mode, output_height: o.cells[0], output_width: o.cells[1], sampling_ratio: o.ratio, spatial_scale: o.scale,
        ...(o.opset === 16 && { coordinate_transformation_mode: o.shift }),
      },
    }))),
  MaxRoiPool: fc.record({ cells: ints(2, 1, 3), scale: fc.constantFrom(1, 0.5, 2), count: int(1, 3), spatial: ints(2, 3, 8) })
    .chain((o) => fc.tuple(tensor('float32', [2, 2, ...o.spatial]), regions(o.count, true)).map(([x, boxes]): OneNode => ({
      opType: 'MaxRoiPool', inputs: [x, floats(...boxes).reshape([o.count, 5])], outputs: ['float32'], attributes: { pooled_shape: o.cells, spatial_scale: o.scale },
    }))),
  NonMaxSuppression: fc.record({ count: int(1, 10), centred: flag, limit: int(0, 5), overlap: fc.constantFrom(0, 0.1, 0.5, 1), least: maybe(fc.constantFrom(0.25, 0.5)) })
    .chain((o) => fc.tuple(tensor('float32', [2, o.count, 4], 0, 8), fc.array(int(0, 4), { minLength: 4 * o.count, maxLength: 4 * o.count })).map(([boxes, scores]): OneNode => ({
      opType: 'NonMaxSuppression', attributes: { center_point_box: o.centred }, outputs: ['int64'],
      inputs: [boxes, floats(...scores.map((s) => s / 4)).reshape([2, 2, o.count]), int64([o.limit]), floats(o.overlap), o.least === undefined ? undefined : floats(o.least)],
    }))),
  Col2Im: fc.record({ block: ints(2, 1, 3), strides: ints(2, 1, 2), dilations: ints(2, 1, 2), pads: ints(4, 0, 1), image: ints(2, 5, 7) }).chain(({ block, strides, dilations, pads, image }) => {
    const blocks = image.map((d, i) => Math.floor((d + pads[i] + pads[i + 2] - (block[i] - 1) * dilations[i] - 1) / strides[i]) + 1);
    return tensor('float32', [2, 3 * block[0] * block[1], blocks[0] * blocks[1]])
      .map((x): OneNode => ({ opType: 'Col2Im', opset: 18, inputs: [x, int64(image), int64(block)], outputs: ['float32'], attributes: { strides, dilations, pads } }));
  }),
};

describe('beside onnxruntime', () => {
  for (const [name, draw] of Object.entries(DRAWS)) {
    test(name, async () => {
      await fc.assert(fc.asyncProperty(draw, async (node) => {
        const { here, there } = await both(node);
        expectEqual(here, there);
      }), { numRuns: RUNS, seed: 13, endOnFailure: true });
    });
  }
});

const resized = async (x: Tensor, attributes: OneNode['attributes'], scales: readonly number[], roi?: Tensor): Promise<Tensor> => {
  const { bytes, feeds } = withConstants({ opType: 'Resize', opset: 19, attributes: attributes!, inputs: [x, roi, floats(...scales)], outputs: [x.type] });
  return (await runHere(bytes, feeds))['y0'];
};

describe('where onnxruntime departs from the specification', () => {
  test('align_corners spreads over the exact scaled length, not the rounded one', async () => {
    const x = floats(1, 2, 3, 4);
    // 4 * 0.6 = 2.4 elements, of which 2 are made: the second lies at 3 / 1.4.
    expect((await resized(x, { mode: 'linear', coordinate_transformation_mode: 'align_corners' }, [0.6])).data).toEqual(Float32Array.of(1, Math.fround(1 + 3 / 1.4)));
  });

  test('antialiased int8 images keep their negative values', async () => {
    const x = new Tensor('int8', Int8Array.of(-100, -50, 50, 100), [1, 1, 1, 4]);
    expect((await resized(x, { mode: 'linear', antialias: 1 }, [1, 1, 1, 0.5])).data).toEqual(Int8Array.of(-62, 63));
  });

  test('a crop moves an axis that keeps its size', async () => {
    const x = floats(0, 1, 2, 3, 4);
    expect((await resized(x, { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' }, [1], floats(0.5, 1))).data).toEqual(Float32Array.of(2, 2.5, 3, 3.5, 4));
  });
});

describe('element types', () => {
  test('nearest copies strings, booleans, 64-bit integers and complex numbers', async () => {
    const scales = floats(2);
    const cases: [Tensor, unknown][] = [
      [new Tensor('string', ['a', 'b'], [2]), ['a', 'a', 'b', 'b']],
      [new Tensor('bool', Uint8Array.of(1, 0), [2]), Uint8Array.of(1, 1, 0, 0)],
      [new Tensor('int64', BigInt64Array.of(2n ** 62n + 1n, -5n), [2]), BigInt64Array.of(2n ** 62n + 1n, 2n ** 62n + 1n, -5n, -5n)],
      [new Tensor('complex64', Float32Array.of(1, 2, 3, 4), [2]), Float32Array.of(1, 2, 1, 2, 3, 4, 3, 4)],
    ];
    for (const [x, expected] of cases) {
      const { bytes, feeds } = withConstants({ opType: 'Resize', attributes: { mode: 'nearest' }, inputs: [x, undefined, scales], outputs: [x.type] });
      expect((await runHere(bytes, feeds))['y0'].data).toEqual(expected);
    }
  });

  test('strings cannot be interpolated', async () => {
    const { bytes, feeds } = oneNode({ opType: 'Resize', attributes: { mode: 'linear' }, inputs: [new Tensor('string', ['a'], [1]), undefined, floats(2)], outputs: ['string'] });
    await expect(runHere(bytes, feeds)).rejects.toMatchObject({ code: 'E_TYPE' });
  });

  test('a huge region costs no more than the image it covers', async () => {
    const x = new Tensor('float32', new Float32Array(16).fill(2), [1, 1, 4, 4]);
    const { bytes, feeds } = oneNode({ opType: 'RoiAlign', inputs: [x, floats(-1e9, -1e9, 1e9, 1e9).reshape([1, 4]), int64([0])], outputs: ['float32'] });
    expect((await runHere(bytes, feeds))['y0'].dims).toEqual([1, 1, 1, 1]);
  });
});
