import { dynamicQuantizeMatMul as dynamic, matMulIntegerToFloat as toFloat } from '../../../src/ops/contracts.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { quantizeDynamically } from './dynamic.ts';
import { Columns, IntegerProduct, plain, readsOf, spread, supportsIntegers, type IntegerInputs } from './integer-operands.ts';

/** Scales and bias of B: constants, so that they are spread over the columns once. */
function supports(node: PlacedNode, at: IntegerInputs, aScale: number, bScale: number, bias: number): true | string {
  return all(
    supportsIntegers(node, at), onlyTypes(node, aScale, 'float32'), onlyTypes(node, bScale, 'float32'), onlyTypes(node, bias, 'float32'),
    plain(node, bScale) || 'scales of single matrices of B', aScale < 0 || plain(node, aScale) || 'scales of single matrices of A',
  );
}

interface Rescaling {
  readonly scales: Columns;
  readonly bias: Columns | undefined;
}

function prepareRescaling(node: PlacedNode, gpu: WebgpuSession, bScale: number, bias: number): Rescaling {
  return {
    scales: new Columns(gpu, node.constant(bScale) !== undefined),
    bias: node.node.inputs[bias] === undefined ? undefined : new Columns(gpu, node.constant(bias) !== undefined),
  };
}

function multiply(
  product: IntegerProduct, rescaling: Rescaling, operands: readonly [Tensor, Tensor, Tensor | undefined, Tensor | undefined], aScale: Tensor, bScale: Tensor, bias: Tensor | undefined, y: Tensor,
): void {
  const { N } = product.shape(operands[0], operands[1]);
  const aScaleStep = aScale.size === 1 ? 0 : 1;
  rescaling.scales.with(() => spread(bScale, N, 'b_scale'), (columns) => {
    if (rescaling.bias === undefined) product.run(operands, y, { finish: { kind: 'floats', bias: false }, operands: [aScale, columns], aScaleStep });
    else {
      rescaling.bias.with(() => spread(bias!, N, 'bias'), (added) =>
        product.run(operands, y, { finish: { kind: 'floats', bias: true }, operands: [aScale, columns, added], aScaleStep }));
    }
  });
}

const TO_FLOAT = { a: 0, b: 1, aZero: 4, bZero: 5 };

/** Y = (A - a_zero_point) * (B - b_zero_point), multiplied by a_scale * b_scale, plus bias. */
export const matMulIntegerToFloat = adapt(toFloat, (node) => supports(node, TO_FLOAT, 2, 3, 6), (node, gpu) => {
  const product = new IntegerProduct(node, gpu, TO_FLOAT);
  const rescaling = prepareRescaling(node, gpu, 3, 6);
  return Object.assign(([a, b, aScale, bScale, aZero, bZero, bias]: [Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx: KernelContext) => {
    const y = gpu.output(ctx, 'float32', product.shape(a, b).dims);
    multiply(product, rescaling, [a, b, aZero, bZero], aScale, bScale, bias, y);
    return [y];
  }, { reads: readsOf(node, product.taken, [3, 6]) });
});

// A is quantized here: its zero point is no input of the node, and comes to the product as a tensor on the device.
const DYNAMIC = { a: 0, b: 1, aZero: 'made', bZero: 3 } as const;

/** The same with a float A, which is first quantized as a whole: uint8 over the range of its values and 0. */
export const dynamicQuantizeMatMul = adapt(dynamic, (node) => all(onlyTypes(node, 0, 'float32'), supports(node, DYNAMIC, -1, 2, 4)), (node, gpu) => {
  const product = new IntegerProduct(node, gpu, DYNAMIC);
  const rescaling = prepareRescaling(node, gpu, 2, 4);
  return Object.assign(([a, b, bScale, bZero, bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx: KernelContext) => {
    const y = gpu.output(ctx, 'float32', product.shape(a, b).dims);
    const { codes, scale, zeroPoint } = quantizeDynamically(gpu, a, (type, dims) => gpu.scratch(type, dims));
    multiply(product, rescaling, [codes, b, zeroPoint, bZero], scale, bScale, bias, y);
    for (const t of [codes, scale, zeroPoint]) t.dispose();
    return [y];
  }, { reads: readsOf(node, product.taken, [2, 4]) });
});
