import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { CONV_PARAMS, layConv, windowAxes, windowWalk } from './window-walk.ts';

/** Functions that fused convolutions apply to their sums, with their parameters in order. */
const ACTIVATIONS: Readonly<Record<string, { readonly count: number; readonly code: string }>> = {
  '': { count: 0, code: 'v' },
  Relu: { count: 0, code: 'max(v, 0.0)' },
  LeakyRelu: { count: 1, code: 'select(v, v * p.first, v < 0.0)' },
  Clip: { count: 2, code: 'clamp(v, p.first, p.second)' },
};

const activationOf = ({ attrs }: PlacedNode): string => (attrs.has('activation') ? attrs.string('activation') : '');

/**
 * Y = activation(sum over channels and taps of X * W + B + Z): Conv has neither activation nor Z. X: [N, C, spatial...], or channels last.
 */
function convolution(op: OpContract, channelsLast: boolean) {
  return adapt(
    op,
    (node) => all(
      ...[0, 1, 2, 3].map((i) => onlyTypes(node, i, 'float32', 'float16')), windowAxes(node, 0), activationOf(node) in ACTIVATIONS || `activation ${activationOf(node)}`,
    ),
    (node, gpu) => {
      const name = activationOf(node);
      const { count, code } = ACTIVATIONS[name];
      const given = node.attrs.has('activation_params') ? node.attrs.floats('activation_params') : [];
      if (given.length < count) fail('E_ATTRIBUTE', `${name} needs ${count} parameters`, { arg: { kind: 'attribute', name: 'activation_params' }, expected: String(count), found: String(given.length) });
      const type = node.inputType(0) as 'float32' | 'float16';
      return ([x, w, b, z]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
        const { dims, M, params } = layConv(node, x, w, channelsLast);
        if (b !== undefined && b.size !== M) fail('E_SHAPE', 'B must have an entry a channel', { arg: { kind: 'input', name: 'B' }, expected: `[${M}]`, found: `[${b.dims.join(', ')}]` });
        const program = gpu.mapProgram(`conv ${type} ${name} ${b !== undefined} ${z !== undefined}`, () => ({
          label: op.type, inputs: { x: type, w: type, ...(b && { bias: type }), ...(z && { z: type }) }, output: type, params: [...CONV_PARAMS, 'first:f32', 'second:f32'],
          code: `fn value(i: u32) -> f32 {
  var sum = 0.0;
  ${windowWalk('sum += x_at(xAt) * w_at(wAt);')}
  let v = sum${b ? ' + bias_at(m)' : ''}${z ? ' + z_at(i)' : ''};
  return ${code};
}`,
        }));
        return [gpu.map(program, [x, w, ...(b ? [b] : []), ...(z ? [z] : [])], gpu.output(ctx, type, dims), [...params, given[0] ?? 0, given[1] ?? 0])];
      };
    },
  );
}

export const conv = convolution(contracts.conv, false);
export const fusedConv = convolution(contracts.fusedConv, false);
export const nhwcFusedConv = convolution(contracts.nhwcFusedConv, true);
