/**
 * Convolutions and pools beside onnxruntime on random geometry: kernel, strides, dilations, pads, auto_pad, groups,
 * ceil_mode. Integers must be equal; float sums may differ by rounding.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forEachRun, slide, slideTransposed, tapCounts, type AutoPad, type Window } from '../../src/ops/conv/window.ts';
import { dtypeInfo, Tensor, type DType } from '../../src/tensor/index.ts';
import { both, distance, mismatches, runHere, oneNode, type OneNode } from '../../conformance/fuzz/beside-ort.ts';
import { flag, int, ints, maybe, tensor } from '../../conformance/fuzz/draw.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 25);
const TOLERANCE = 1e-5; // of the largest output: sums of some hundred products, added in another order

/** Window attributes over `rank` axes. onnxruntime takes SAME_* padding without dilation only. */
const window = (rank: number, options: { dilations: boolean; largestPad: (kernel: readonly number[], axis: number) => number }) =>
  fc.record({ kernel: ints(rank, 1, 3), strides: ints(rank, 1, 3), dilations: ints(rank, 1, options.dilations ? 2 : 1), pads: ints(2 * rank, 0, 2), auto: fc.constantFrom('NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID') })
    .map(({ kernel, strides, dilations, pads, auto }) => {
      const same = auto.startsWith('SAME');
      return {
        kernel,
        attributes: {
          strides, auto_pad: auto,
          ...(options.dilations && { dilations: same ? dilations.map(() => 1) : dilations }),
          ...(auto === 'NOTSET' && { pads: pads.map((p, i) => Math.min(p, options.largestPad(kernel, i % rank))) }),
        },
      };
    });

const rank = int(1, 3);

const conv = fc.record({ rank, group: fc.constantFrom(1, 1, 2, 3), inputs: int(1, 3), outputs: int(1, 2), batch: int(1, 2), opset: fc.constantFrom(1, 11, 21) })
  .chain(({ rank: r, group, inputs, outputs, batch, opset }) => fc.tuple(window(r, { dilations: true, largestPad: () => 2 }), ints(r, 5, 8))
    .chain(([{ kernel, attributes }, spatial]) => fc.tuple(
      tensor('float32', [batch, inputs * group, ...spatial]), tensor('float32', [outputs * group, inputs, ...kernel]), maybe(tensor('float32', [outputs * group])),
    ).map(([x, w, b]): OneNode => ({ opType: 'Conv', opset, attributes: { ...attributes, group, kernel_shape: kernel }, inputs: [x, w, b], outputs: ['float32'] }))));

const fusedConv = fc.tuple(conv, fc.constantFrom<[string, ...number[]]>(['Relu'], ['Tanh'], ['Sigmoid'], ['LeakyRelu', 0.125], ['Clip', -1, 1], ['HardSigmoid', 0.25, 0.5]))
  .map(([node, [activation, ...params]]): OneNode => ({
    ...node, opType: 'FusedConv', domain: 'com.microsoft',
    attributes: { ...node.attributes, activation, ...(params.length > 0 && { activation_params: { type: 'floats', value: params } }) },
  }));

const convTranspose = fc.record({ rank, group: int(1, 2), inputs: int(1, 3), outputs: int(1, 2), batch: int(1, 2) })
  .chain(({ rank: r, group, inputs, outputs, batch }) => fc.tuple(
    window(r, { dilations: true, largestPad: (kernel, i) => kernel[i] - 1 }), ints(r, 2, 4), ints(r, 0, 2), fc.constantFrom('size', 'padding', 'none'),
  ).chain(([{ kernel, attributes }, spatial, extra, form]) => {
    const strides = attributes.strides;
    const more = form === 'size' ? { output_shape: spatial.map((d, i) => Math.max(1, (d - 1) * strides[i] + (kernel[i] - 1) * (attributes.dilations?.[i] ?? 1) + 1 - extra[i])) }
      : form === 'padding' ? { output_padding: extra.map((e, i) => Math.min(e, strides[i] - 1)) }
      : {};
    return fc.tuple(tensor('float32', [batch, inputs * group, ...spatial]), tensor('float32', [inputs * group, outputs, ...kernel]), maybe(tensor('float32', [outputs * group])))
      .map(([x, w, b]): OneNode => ({ opType: 'ConvTranspose', attributes: { ...attributes, ...more, group }, inputs: [x, w, b], outputs: ['float32'] }));
  }))
  // With SAME_* and a window shorter than its stride onnxruntime gives less than input * stride, which the specification asks for.
  .filter(({ attributes: a }) => !String(a!['auto_pad']).startsWith('SAME') || a!['output_shape'] !== undefined || (a!['strides'] as number[]).every((s) => s === 1));

const pool = (opType: string, types: readonly DType[], opsets: Readonly<Record<number, { dilations: boolean; ceil: boolean }>>, more: (opset: number) => fc.Arbitrary<Record<string, number>>) =>
  fc.tuple(rank, fc.constantFrom(...types), fc.constantFrom(...Object.keys(opsets).map(Number)), int(1, 2), int(1, 2)).chain(([r, type, opset, batch, channels]) => fc.tuple(
    window(r, { dilations: opsets[opset].dilations, largestPad: (kernel, i) => kernel[i] - 1 }), ints(r, 5, 8), flag, more(opset),
  ).chain(([{ kernel, attributes }, spatial, ceil, rest]) => tensor(type, [batch, channels, ...spatial], type === 'uint8' ? 0 : -9, 9).map((x): OneNode => ({
    opType, opset, inputs: [x], outputs: rest['storage_order'] === undefined ? [type] : [type, 'int64'],
    attributes: { ...attributes, ...rest, kernel_shape: kernel, ...(opsets[opset].ceil && { ceil_mode: ceil }) },
  })))
    // onnxruntime refuses a window shorter than its stride here: it computes a negative padding.
    .filter(({ attributes: a }) => !String(a!['auto_pad']).startsWith('SAME') || (a!['kernel_shape'] as number[]).every((k, i) => k >= (a!['strides'] as number[])[i])));

const none = () => fc.constant<Record<string, number>>({});

const DRAWS: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  Conv: conv,
  FusedConv: fusedConv,
  ConvTranspose: convTranspose,
  MaxPool: pool('MaxPool', ['float32', 'float64', 'int8', 'uint8'], { 12: { dilations: true, ceil: true }, 21: { dilations: true, ceil: true } }, none),
  'MaxPool with indices': pool('MaxPool', ['float32'], { 8: { dilations: false, ceil: false }, 10: { dilations: true, ceil: true }, 21: { dilations: true, ceil: true } }, () => fc.record({ storage_order: flag })),
  AveragePool: pool('AveragePool', ['float32'], { 7: { dilations: false, ceil: false }, 10: { dilations: false, ceil: true }, 21: { dilations: true, ceil: true } }, () => fc.record({ count_include_pad: flag })),
  LpPool: pool('LpPool', ['float32'], { 11: { dilations: false, ceil: false }, 18: { dilations: true, ceil: true } }, () => fc.record({ p: int(1, 3) })),
  'global pools': fc.tuple(fc.constantFrom('GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'), rank.chain((r) => ints(r, 1, 5)))
    .chain(([opType, spatial]) => tensor('float32', [2, 3, ...spatial]).map((x): OneNode => ({ opType, inputs: [x], outputs: ['float32'] }))),
  NhwcMaxPool: pool('MaxPool', ['int8', 'uint8'], { 21: { dilations: true, ceil: true } }, none)
    .filter(({ inputs: [x] }) => x!.dims.length === 4)
    .map((node): OneNode => ({ ...node, opType: 'NhwcMaxPool', domain: 'com.microsoft', inputs: [new Tensor(node.inputs[0]!.type, node.inputs[0]!.data, [0, 2, 3, 1].map((i) => node.inputs[0]!.dims[i]))] })),
  DeformConv: fc.record({ group: int(1, 2), offsetGroup: int(1, 2), kernel: ints(2, 1, 3), strides: ints(2, 1, 2), dilations: ints(2, 1, 2), pads: ints(4, 0, 1), spatial: ints(2, 5, 7) })
    .chain(({ group, offsetGroup, kernel, strides, dilations, pads, spatial }) => {
      const out = slide({ kernel, strides, dilations, padsBegin: pads.slice(0, 2), padsEnd: pads.slice(2), autoPad: 'NOTSET', ceil: false }, spatial).map((a) => a.output);
      const taps = kernel[0] * kernel[1] * offsetGroup;
      return fc.tuple(
        tensor('float32', [2, 2 * group, ...spatial]), tensor('float32', [group, 2, ...kernel]), tensor('float32', [2, 2 * taps, ...out], -2, 2),
        maybe(tensor('float32', [group])), maybe(tensor('float32', [2, taps, ...out], 0, 1)),
      ).map((inputs): OneNode => ({ opType: 'DeformConv', opset: 19, inputs, outputs: ['float32'], attributes: { group, offset_group: offsetGroup, strides, dilations, pads, kernel_shape: kernel } }));
    }),
};

describe('beside onnxruntime', () => {
  for (const [name, draw] of Object.entries(DRAWS)) {
    test(name, async () => {
      await fc.assert(fc.asyncProperty(draw, async (node) => {
        const { here, there } = await both(node);
        for (const [key, expected] of Object.entries(there)) {
          if (dtypeInfo(expected.type).class === 'float') expect(distance(here[key], expected)).toBeLessThan(TOLERANCE);
          else expect(mismatches(here[key], expected)).toBe(0);
        }
      }), { numRuns: RUNS, seed: 7, endOnFailure: true });
    });
  }
});

const anyWindow = int(1, 3).chain((r) => fc.record({
  spatial: ints(r, 1, 7), kernel: ints(r, 1, 3), strides: ints(r, 1, 3), dilations: ints(r, 1, 3), padsBegin: ints(r, 0, 4), padsEnd: ints(r, 0, 4),
  autoPad: fc.constantFrom<AutoPad>('NOTSET', 'SAME_UPPER', 'SAME_LOWER'), ceil: fc.boolean(),
})).filter(({ spatial, ...w }) => w.autoPad !== 'NOTSET' || spatial.every((d, i) => d + w.padsBegin[i] + w.padsEnd[i] > (w.kernel[i] - 1) * w.dilations[i]));

describe('windows', () => {
  test('runs pair each output with exactly the taps that lie inside the input, in order', () => {
    fc.assert(fc.property(anyWindow, ({ spatial, ...w }) => {
      const axes = slide(w satisfies Window, spatial);
      const step = axes.at(-1)!.stride;
      const seen = new Map<number, number[]>();
      forEachRun(axes, (tap, input, output, count) => {
        for (let i = 0; i < count; i++) seen.set(output + i, [...(seen.get(output + i) ?? []), tap, input + i * step]);
      });
      // The same from the definition: p = o * stride - pad + k * dilation on every axis.
      const indices = (sizes: readonly number[]): number[][] => sizes.reduce<number[][]>((all, n) => all.flatMap((a) => Array.from({ length: n }, (_, i) => [...a, i])), [[]]);
      indices(axes.map((a) => a.output)).forEach((o, at) => {
        const expected = indices(w.kernel).flatMap((k, tap) => {
          const p = axes.map((a, i) => o[i] * a.stride - a.padBegin + k[i] * a.dilation);
          return p.every((v, i) => v >= 0 && v < spatial[i]) ? [tap, p.reduce((flat, v, i) => flat * spatial[i] + v, 0)] : [];
        });
        expect(seen.get(at) ?? []).toEqual(expected);
      });
      for (const [i, a] of axes.entries()) {
        expect(Array.from(tapCounts(a, false))).toEqual(Array.from({ length: a.output }, (_, o) => Array.from({ length: a.kernel }, (_, k) => o * a.stride - a.padBegin + k * a.dilation).filter((p) => p >= 0 && p < spatial[i]).length));
      }
    }), { numRuns: 100, seed: 3 });
  });

  test('SAME padding keeps ceil(input / stride) outputs and gives them back transposed', () => {
    fc.assert(fc.property(anyWindow, fc.constantFrom<AutoPad>('SAME_UPPER', 'SAME_LOWER'), ({ spatial, ...w }, autoPad) => {
      const window = { ...w, autoPad };
      expect(slide(window, spatial).map((a) => a.output)).toEqual(spatial.map((d, i) => Math.ceil(d / w.strides[i])));
      const back = slideTransposed({ window, outputPadding: w.kernel.map(() => 0), outputShape: undefined }, spatial);
      expect(back.map((a) => a.input)).toEqual(spatial.map((d, i) => d * w.strides[i]));
    }), { numRuns: 100, seed: 3 });
  });
});

describe('where onnxruntime departs from the specification', () => {
  test('SAME padding of a pool takes dilation into account', async () => {
    const x = new Tensor('float32', Float32Array.of(1, 9, 2, 8, 3, 7), [1, 1, 6]);
    const { bytes, feeds } = oneNode({ opType: 'MaxPool', attributes: { kernel_shape: [2], dilations: [3], auto_pad: 'SAME_UPPER' }, inputs: [x], outputs: ['float32'] });
    // Padding of 3 in all, 1 in front: taps at o - 1 and o + 2.
    expect(Array.from((await runHere(bytes, feeds))['y0'].data as Float32Array)).toEqual([2, 8, 9, 7, 8, 3]);
  });

  test('a window that meets padding only takes no element', async () => {
    const x = new Tensor('float32', Float32Array.of(5), [1, 1, 1]);
    const { bytes, feeds } = oneNode({ opType: 'MaxPool', attributes: { kernel_shape: [2], dilations: [2], pads: [1, 1] }, inputs: [x], outputs: ['float32'] });
    expect((await runHere(bytes, feeds))['y0'].data).toEqual(Float32Array.of(-Infinity));
  });
});

describe('channels last', () => {
  test('NhwcFusedConv is FusedConv with its tensors transposed', async () => {
    await fc.assert(fc.asyncProperty(fusedConv.filter(({ inputs: [x] }) => x!.dims.length === 4), flag, async (node, withSum) => {
      const plain = oneNode(node);
      const y = (await runHere(plain.bytes, plain.feeds))['y0'];
      const sum = withSum === 1 ? y : undefined;
      const [x, w, b] = node.inputs;
      const nchw = oneNode({ ...node, inputs: [x, w, b, sum] });
      const nhwc = oneNode({ ...node, opType: 'NhwcFusedConv', inputs: [permute(x!, [0, 2, 3, 1]), w, b, sum && permute(sum, [0, 2, 3, 1])] });
      const expected = (await runHere(nchw.bytes, nchw.feeds))['y0'];
      const found = (await runHere(nhwc.bytes, nhwc.feeds))['y0'];
      expect(permute(found, [0, 3, 1, 2]).data).toEqual(expected.data);
    }), { numRuns: RUNS, seed: 5 });
  });
});

function permute(t: Tensor, order: readonly number[]): Tensor {
  const dims = order.map((i) => t.dims[i]);
  const out = new Float32Array(t.size);
  const at = [0, 0, 0, 0];
  for (let o = 0; o < out.length; o++) {
    for (let i = 3, rest = o; i >= 0; rest = Math.floor(rest / dims[i]), i--) at[order[i]] = rest % dims[i];
    out[o] = (t.data as Float32Array)[((at[0] * t.dims[1] + at[1]) * t.dims[2] + at[2]) * t.dims[3] + at[3]];
  }
  return new Tensor('float32', out, dims);
}
