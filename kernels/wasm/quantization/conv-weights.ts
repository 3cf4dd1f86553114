/** Weights of integer convolutions, packed: rows of a product for each group, or taps of depthwise channels. */
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { NumberArray } from '../../../src/tensor/index.ts';
import type { WasmRuntime } from '../runtime.ts';
import { singleStrips } from './strips.ts';

export interface PackedWeights {
  readonly m: number;
  readonly group: number;
  readonly outputs: number; // of a group
  readonly channels: number; // of a group
  readonly kernel: readonly number[];
  /** Taps of a group's channels to an output channel. */
  readonly k: number;
  readonly depthwise: boolean;
  /** True where products take i32 dots: then the zero points of all weights are 0. */
  readonly dots: boolean;
  /** k side by side in a lane, and lanes that k takes. */
  readonly together: 2 | 4;
  readonly steps: number;
  /** Output channels of a group that are multiplied together. */
  readonly strips: readonly { readonly row: number; readonly rows: number }[];
  /** Strips as `gemm8_4x8` or `gemm8_dot` take them, `groupRows` rows a group; or taps of depthwise channels [m][K/2][2] i16. */
  readonly w: number;
  readonly groupRows: number;
  readonly sums: number;
  readonly rowSums: Int32Array;
}

export function packWeights(node: PlacedNode, wasm: WasmRuntime, wIndex: number, zeroIndex: number): PackedWeights {
  const tensor = node.constant(wIndex)!;
  const zeros = node.constant(zeroIndex)?.data as NumberArray | undefined;
  const data = tensor.data as NumberArray;
  const [m, channels, ...kernel] = tensor.dims;
  const group = node.attrs.int('group'), outputs = m / group;
  const k = kernel.reduce((product, d) => product * d, channels);
  const depthwise = channels === 1 && outputs === 1;
  const zeroOf = (row: number): number => (zeros === undefined ? 0 : zeros[zeros.length === 1 ? 0 : row]);
  const signedZero = tensor.type === 'uint8' ? 128 : 0;
  const dots = !depthwise && wasm.kernels.dots !== undefined && Array.from({ length: m }, (_, row) => zeroOf(row)).every((z) => z === signedZero);
  const together = dots ? 4 : 2, steps = Math.ceil(k / together);
  const strips = depthwise ? Array.from({ length: outputs }, (_, row) => ({ row, rows: 1 }))
    : singleStrips(outputs, dots ? [6, 4, 2, 1] : [4, 3, 2, 1]);
  const groupRows = dots || depthwise ? outputs : 4 * Math.ceil(outputs / 4);
  const rowSums = new Int32Array(group * groupRows);
  const packed = new (dots ? Int8Array : Int16Array)(group * groupRows * steps * together);
  for (let g = 0; g < group; g++) {
    for (const { row, rows } of strips) {
      const width = (dots || depthwise ? rows : 4) * together;
      const start = (g * groupRows + row) * steps * together;
      for (let r = 0; r < rows; r++) {
        const channel = g * outputs + row + r, slot = g * groupRows + row + r, zero = zeroOf(channel);
        for (let i = 0, at = start + r * together; i < k; at += width) {
          for (let j = 0; j < together && i < k; j++, i++) {
            const value = data[channel * k + i] - zero;
            rowSums[slot] += value;
            packed[at + j] = value;
          }
        }
      }
    }
  }
  wasm.packed(tensor);
  return {
    m, group, outputs, channels, kernel, k, depthwise, dots, together, steps, strips, groupRows, rowSums,
    w: wasm.keepCopy(packed), sums: wasm.keepCopy(rowSums),
  };
}
