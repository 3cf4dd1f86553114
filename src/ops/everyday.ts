/**
 * The operators of quantized convolutional networks and perceptrons. Their contracts are there from the start; all others come with the
 * first model that has one of them.
 */
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './conv/pool.ts';
import { conv, fusedConv } from './conv/conv.ts';
import { clip, leakyRelu, relu } from './math/activation.ts';
import { add, div, mul, sub } from './math/binary.ts';
import { fusedGemm, fusedMatMul, gemm, matMul } from './math/matmul.ts';
import { constant } from './passive/constant.ts';
import { expandDims, flatten, identity, reshape, squeeze, unsqueeze } from './passive/view.ts';
import { convInteger, qLinearConv } from './quantization/conv.ts';
import { qLinearAdd, qLinearConcat, qLinearLeakyRelu, qLinearMul } from './quantization/elementwise.ts';
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from './quantization/linear.ts';
import { dynamicQuantizeMatMul, matMulInteger, matMulIntegerToFloat, qGemm, qLinearMatMul } from './quantization/matmul.ts';
import { qLinearAveragePool, qLinearGlobalAveragePool } from './quantization/pool.ts';
import { cast } from './shape/cast.ts';
import { transpose } from './shape/move.ts';
import { concat } from './shape/parts.ts';

export const EVERYDAY = {
  conv: [averagePool, conv, fusedConv, globalAveragePool, globalMaxPool, maxPool],
  math: [add, clip, div, fusedGemm, fusedMatMul, gemm, leakyRelu, matMul, mul, relu, sub],
  quantization: [
    convInteger, dequantizeLinear, dynamicQuantizeLinear, dynamicQuantizeMatMul, matMulInteger, matMulIntegerToFloat, qGemm, qLinearAdd,
    qLinearAveragePool, qLinearConcat, qLinearConv, qLinearGlobalAveragePool, qLinearLeakyRelu, qLinearMatMul, qLinearMul, quantizeLinear,
  ],
  shape: [cast, concat, transpose],
  passive: [constant, expandDims, flatten, identity, reshape, squeeze, unsqueeze],
};
