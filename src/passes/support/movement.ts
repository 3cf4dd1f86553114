/** Operators that move elements without looking at them, so that element-wise functions pass through them. */

/** By which elements of input 0 change places, or are left out, but never change. */
export const MOVES = 'Reshape|Transpose|Squeeze|Unsqueeze|Flatten|Slice|Gather|GatherElements|GatherND|DepthToSpace|SpaceToDepth';

/** Moves that repeat elements: passing a function upwards through them is free, downwards it costs. */
export const REPEATS = 'Expand|Tile';

/** By which elements may change, but not the shape of input 0. */
export const KEEP_SHAPE: ReadonlySet<string> = new Set([
  'Cast', 'Relu', 'Sigmoid', 'Tanh', 'Neg', 'Erf', 'Sqrt', 'Identity', 'QuantizeLinear', 'DequantizeLinear', 'Softmax', 'LayerNormalization',
]);
