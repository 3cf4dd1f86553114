/**
 * Quantized products in exact integer arithmetic: sums of (a - za) (b - zb) as BigInt, each multiplied once by the float32 quotient
 * (sa * sb) / sy, rounded half to even. Written apart from the kernels, to check what fusions make.
 */
import type { Edge, Node } from '../../src/graph/index.ts';
import { integerRange } from '../../src/numeric/index.ts';
import { Tensor, unpack, type Value } from '../../src/tensor/index.ts';

type ValueOf = (edge: Edge | undefined) => Value | undefined;

/** What the node must give, element by element; undefined for other operators and forms. */
export function exactProduct(node: Node, valueOf: ValueOf): number[] | undefined {
  const at = (i: number): Tensor | undefined => {
    const value = valueOf(node.inputs[i]);
    return value instanceof Tensor ? value : undefined;
  };
  switch (node.key) {
    case 'QLinearMatMul': return matmul(at(0)!, at(1)!, at(2)!, at(3)!, at(4)!, at(5)!, undefined, at(6)!, at(7)!, 1, false, false);
    case 'QLinearConv': return conv(node, at);
    case 'com.microsoft.QGemm': {
      if (node.inputs[7] === undefined) return undefined;
      const transA = node.int('transA', 0) !== 0, transB = node.int('transB', 0) !== 0;
      return matmul(at(0)!, at(1)!, at(2)!, at(3)!, at(4)!, at(5)!, at(6), at(7)!, at(8)!, node.float('alpha', 1), transA, transB);
    }
    default: return undefined;
  }
}

const big = (t: Tensor): bigint[] => Array.from(unpack(t), BigInt);
const floats = (t: Tensor): ArrayLike<number> => unpack(t);
const cyclic = <T>(values: ArrayLike<T>, i: number): T => values[values.length === 1 ? 0 : i]!;

function requantize(sum: bigint, multiplier: number, zero: number, y: Tensor): number {
  const scaled = Math.fround(Math.fround(Number(sum)) * multiplier);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  const [low, high] = integerRange(y.type);
  return Math.min(Math.max(rounded + zero, low), high);
}

// a [..., M, K], b [K, N] or [..., K, N] of the same batch.
function matmul(
  a: Tensor, sa: Tensor, za: Tensor, b: Tensor, sb: Tensor, zb: Tensor, c: Tensor | undefined, sy: Tensor, zy: Tensor, alpha: number, transA: boolean, transB: boolean,
): number[] | undefined {
  const rankA = a.dims.length, rankB = b.dims.length;
  if (rankA < 2 || rankB < 2 || (rankB > 2 && a.dims.slice(0, -2).join() !== b.dims.slice(0, -2).join()) || zb.size > 1 && rankB > 2) return undefined;
  const [m, k] = transA ? [a.dims.at(-1)!, a.dims.at(-2)!] : [a.dims.at(-2)!, a.dims.at(-1)!];
  const n = transB ? b.dims.at(-2)! : b.dims.at(-1)!;
  const batch = a.dims.slice(0, -2).reduce((p, d) => p * d, 1);
  const x = big(a), w = big(b), zx = big(za)[0]!, zw = big(zb), bias = c && big(c), scales = floats(sb);
  const left = Math.fround(alpha * floats(sa)[0]!);
  const result: number[] = [];
  for (let g = 0; g < batch; g++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = bias === undefined ? 0n : biasAt(bias, c!, i, j, n);
        for (let p = 0; p < k; p++) {
          const u = x[g * m * k + (transA ? p * m + i : i * k + p)]!;
          const v = w[(rankB > 2 ? g * k * n : 0) + (transB ? j * k + p : p * n + j)]!;
          sum += (u - zx) * (v - cyclic(zw, j));
        }
        const multiplier = Math.fround(Math.fround(left * cyclic(scales, j)) / floats(sy)[0]!);
        result.push(requantize(sum, multiplier, unpack(zy)[0]!, zy));
      }
    }
  }
  return result;
}

function biasAt(bias: bigint[], c: Tensor, i: number, j: number, n: number): bigint {
  const columns = c.dims.at(-1) ?? 1;
  const rows = c.dims.length > 1 ? c.dims.at(-2)! : 1;
  return bias[(rows === 1 ? 0 : i) * columns + (columns === 1 && n > 1 ? 0 : j % columns)]!;
}

// Two-dimensional convolutions with explicit pads.
function conv(node: Node, at: (i: number) => Tensor | undefined): number[] | undefined {
  const [x, w, zy] = [at(0)!, at(3)!, at(7)!];
  if (x.dims.length !== 4 || node.string('auto_pad', 'NOTSET') !== 'NOTSET') return undefined;
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const [out, per, kh, kw] = w.dims as [number, number, number, number];
  const group = node.int('group', 1);
  const [sh, sw] = node.ints('strides') ?? [1, 1];
  const [dh, dw] = node.ints('dilations') ?? [1, 1];
  const [top, left, bottom, right] = node.ints('pads') ?? [0, 0, 0, 0];
  const rows = Math.floor((height + top! + bottom! - dh! * (kh - 1) - 1) / sh!) + 1;
  const columns = Math.floor((width + left! + right! - dw! * (kw - 1) - 1) / sw!) + 1;
  const bias = at(8), zx = big(at(2)!)[0]!, zw = big(at(5)!);
  const image = big(x), kernel = big(w), scales = floats(at(4)!), terms = bias && big(bias);
  const result: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let m = 0; m < out; m++) {
      const first = Math.floor(m / (out / group)) * per;
      const multiplier = Math.fround(Math.fround(floats(at(1)!)[0]! * cyclic(scales, m)) / floats(at(6)!)[0]!);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = terms?.[m] ?? 0n;
          for (let c = 0; c < per; c++) {
            for (let u = 0; u < kh; u++) {
              for (let v = 0; v < kw; v++) {
                const r = i * sh! + u * dh! - top!, s = j * sw! + v * dw! - left!;
                if (r < 0 || s < 0 || r >= height || s >= width) continue;
                const pixel = image[((b * channels + first + c) * height + r) * width + s]!;
                sum += (pixel - zx) * (kernel[((m * per + c) * kh + u) * kw + v]! - cyclic(zw, m));
              }
            }
          }
          result.push(requantize(sum, multiplier, unpack(zy)[0]!, zy));
        }
      }
    }
  }
  return result;
}
