/** The ways exporters write rotary position embedding. */
import type { Edge, Node } from '../../graph/index.ts';
import { dtypeInfo, Tensor, unpack } from '../../tensor/index.ts';
import { as, op, output, rest, shared, type OpPattern, type Pattern } from '../pattern.ts';
import { constantInts, constantOf, rankOf, readScalar, shapeOf } from './constants.ts';
import { matchAt } from './heads.ts';
import { DEQUANTIZE } from './quantization.ts';

const parts = [
  [shared(as('first', op('Slice', 'x', rest('to')))), shared(as('second', op('Slice', 'x', rest('from'))))],
  (() => {
    const both = shared(as('split', op('Split', 'x', rest('sizes'))));
    return [output(both, 0), output(both, 1)];
  })(),
] satisfies readonly (readonly [Pattern, Pattern])[];

/** (x1 cos - x2 sin, x2 cos + x1 sin), and x cos + (-x2, x1) sin with tables of doubled width. */
const FORMS: readonly OpPattern[] = parts.flatMap(([x1, x2]) => [
  as('halves', op('Concat', op('Sub', op('Mul', x1, 'cos'), op('Mul', x2, 'sin')), op('Add', op('Mul', x2, 'cos'), op('Mul', x1, 'sin')))),
  op('Add', op('Mul', 'x', 'cos'), op('Mul', as('halves', op('Concat', op('Neg', x2), x1)), 'sin')),
]);

export interface Rotation {
  /** [B, N, S, H] */
  readonly x: Edge;
  /** Tables [positions, H / 2]. */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** [S]: the row of the tables for each row of x. */
  readonly positions: Edge;
}

/** The rotation that makes a value of [B, N, S, H]; undefined when something else does. */
export function rotationOf(edge: Edge): Rotation | undefined {
  const m = matchAt(edge, ...FORMS);
  if (m === undefined) return undefined;
  const x = m.edge('x');
  const size = shapeOf(x)?.[3];
  const axis = m.node('halves').int('axis', 0);
  if (rankOf(x) !== 4 || typeof size !== 'number' || size % 2 !== 0 || (axis !== -1 && axis !== 3)) return undefined;
  const cut = m.optionalNode('split');
  const half = size / 2;
  if (cut === undefined ? !isSlice(m.list('to'), 0, half) || !isSlice(m.list('from'), half, size) : !halves(cut.outputs, half)) return undefined;
  const [cos, sin] = [tableOf(m.edge('cos'), half), tableOf(m.edge('sin'), half)];
  if (cos === undefined || sin === undefined || cos.positions !== sin.positions || cos.table.dims[0] !== sin.table.dims[0]) return undefined;
  const doubled = m.root.opType === 'Add';
  if (cos.doubled !== doubled || sin.doubled !== doubled) return undefined;
  return { x, cos: cos.table, sin: sin.table, positions: cos.positions };
}

function isSlice([starts, ends, axes, steps]: readonly (Edge | undefined)[], first: number, end: number): boolean {
  const [s, e, a, step] = [starts, ends, axes, steps].map((x) => constantInts(x));
  if (s?.length !== 1 || e?.length !== 1 || (a?.[0] !== 3 && a?.[0] !== -1) || (steps !== undefined && step?.[0] !== 1)) return false;
  return s[0] === first && (e[0] === end || (end === 2 * first && e[0] > end));
}

const halves = (outputs: readonly (Edge | undefined)[], half: number): boolean =>
  outputs.length === 2 && outputs.every((o) => rankOf(o) === 4 && shapeOf(o)?.[3] === half);

/** Rows of a constant table, picked by positions and dequantized, with axes of 1 in front. */
function tableOf(edge: Edge, half: number): { table: Tensor; doubled: boolean; positions: Edge } | undefined {
  let rows = edge;
  for (let m = matchAt(rows, shared(op('Unsqueeze', 'x', 'axes'))); m !== undefined; m = matchAt(rows, shared(op('Unsqueeze', 'x', 'axes')))) {
    if (constantInts(m.edge('axes'))?.every((a, i) => a === i) !== true) return undefined;
    rows = m.edge('x');
  }
  const dequantize = DEQUANTIZE.split('|').includes(rows.producer?.key ?? '') ? rows.producer : undefined;
  const gather = (dequantize === undefined ? rows : dequantize.inputs[0])?.producer;
  const [data, positions] = gather?.inputs ?? [];
  const constant = constantOf(data);
  if (gather?.key !== 'Gather' || gather.int('axis', 0) !== 0 || constant?.dims.length !== 2 || rankOf(positions) !== 1) return undefined;
  const table = dequantize === undefined ? constant : dequantizedTable(constant, dequantize);
  if (table?.type !== 'float32') return undefined;
  const width = table.dims[1];
  if (width === half) return { table, doubled: false, positions: positions! };
  const cut = width === 2 * half ? leftHalf(table, half) : undefined;
  return cut && { table: cut, doubled: true, positions: positions! };
}

// (codes - zero point) * scale, per tensor
function dequantizedTable(codes: Tensor, { inputs }: Node): Tensor | undefined {
  const [scale, zero] = [constantOf(inputs[1]), inputs[2] === undefined ? 0 : readScalar(inputs[2])];
  if (scale?.size !== 1 || scale.type !== 'float32' || zero === undefined || dtypeInfo(codes.type).bits > 16) return undefined;
  const [s] = unpack(scale);
  return new Tensor('float32', Float32Array.from(unpack(codes), (q) => (q - zero) * s), codes.dims);
}

// The left half of a table whose right half repeats it.
function leftHalf(table: Tensor, half: number): Tensor | undefined {
  const all = unpack(table);
  const rows = table.dims[0];
  const left = new Float32Array(rows * half);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < half; i++) {
      const at = r * 2 * half + i;
      if (all[at] !== all[at + half]) return undefined;
      left[r * half + i] = all[at];
    }
  }
  return new Tensor('float32', left, [rows, half]);
}
