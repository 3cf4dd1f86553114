/** The operands of integer products on the device, and the choice of the program. */
import { fail } from '../../../src/errors.ts';
import type { InputLocation, PlacedNode } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, describeShape, sizeOf, Tensor, unpack } from '../../../src/tensor/index.ts';
import type { Block } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { storeWith } from '../wgsl/rows.ts';
import { packLeft, packRight, thinIntegers, tiledIntegers, type Finish, type IntegerForm } from './integer-product.ts';

/** Which inputs of a node take part, and how they are stored. */
export interface IntegerInputs {
  readonly a: number;
  /** 'made': no input, but a tensor that every run gives. */
  readonly aZero: number | 'made';
  readonly b: number;
  readonly bZero: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

/** Per-row parameters of single matrices, and types that are not codes of 8 bits, are left to others. */
export function supportsIntegers(node: PlacedNode, { a, aZero, b, bZero }: IntegerInputs): true | string {
  for (const i of [a, b]) {
    const type = node.inputType(i);
    if (type !== 'uint8' && type !== 'int8' && !(i === a && type === 'float32')) return `input ${i} is ${type ?? 'of unknown type'}, not uint8 or int8`;
    if ((node.inputShape(i)?.length ?? 9) > 5) return `input ${i} is of unknown rank or of rank over 5`;
  }
  for (const i of [aZero, bZero]) if (i !== 'made' && !plain(node, i)) return `input ${i} is not known to be one value or one list`;
  return true;
}

/** True for a parameter that is absent, one value, or a list. */
export function plain(node: PlacedNode, i: number): boolean {
  const shape = node.inputShape(i);
  return node.node.inputs[i] === undefined || (shape !== undefined && (shape.length <= 1 || shape.every((d) => d === 1)));
}

/** True for a parameter that is known to be one value. */
export const isSingle = (node: PlacedNode, i: number): boolean => node.inputShape(i)?.every((d) => d === 1) ?? false;

/** True for an input that is known at preparation, or absent. */
export const isConstant = (node: PlacedNode, i: number): boolean => node.node.inputs[i] === undefined || node.constant(i) !== undefined;

/** Scales and zero points of rows would need a division a result. */
export const areSingle = (node: PlacedNode, ...inputs: readonly number[]): true | string =>
  inputs.every((i) => node.node.inputs[i] === undefined || isSingle(node, i)) || 'a scale or zero point of A or Y that is not known to be one value';

/** The value of a parameter of one value; 0 stands for an absent one. */
export const first = (t: Tensor | undefined): number => (t === undefined ? 0 : unpack(t)[0]);

/** uint8 codes less 128: what is taken off them and their zero points. */
const shiftOf = (type: string | undefined): number => (type === 'uint8' ? 128 : 0);

interface Right {
  readonly packed: Block | Tensor;
  readonly sums: Block | Tensor;
  /** int32 [paddedN] */
  readonly zeros: Block | Tensor | undefined;
}

/** What a product does with its sums, and the parameters of that. */
export interface Ending {
  readonly finish: Finish;
  /** multipliers, or row scale, column scales and bias: see `IntegerForm`. */
  readonly operands: readonly (Tensor | Block)[];
  readonly aScaleStep?: number;
  /** zero, low, high of codes. */
  readonly range?: readonly [zero: number, low: number, high: number];
  readonly c?: Tensor | undefined;
}

type Operands = readonly [a: Tensor, b: Tensor | undefined, aZero: Tensor | undefined, bZero: Tensor | undefined];

export class IntegerProduct {
  readonly at: IntegerInputs;
  /** Where the node's inputs are read: those taken in here are not. */
  readonly taken: ReadonlySet<number>;
  private readonly gpu: WebgpuSession;
  private readonly aType: string;
  private readonly bType: string;
  private readonly bDims: readonly number[] | undefined;
  private readonly right: Right | undefined;
  private readonly aZero: Block | undefined;
  private readonly aZeros: number;
  private readonly bZeroKept: Block | undefined;
  private readonly bZeroKnown: boolean;

  constructor(node: PlacedNode, gpu: WebgpuSession, at: IntegerInputs) {
    this.gpu = gpu;
    this.at = at;
    this.aType = node.inputType(at.a) === 'int8' ? 'int8' : 'uint8';
    this.bType = node.inputType(at.b)!;
    const taken = new Set<number>();
    const known = (i: number): Tensor | undefined => {
      const t = node.constant(i);
      if (t !== undefined) taken.add(i);
      return t;
    };
    const aZero = at.aZero === 'made' ? undefined : known(at.aZero);
    const aValues = aZero === undefined ? [0] : unpack(aZero);
    this.aZeros = aValues.length;
    if (at.aZero !== 'made' && (aZero !== undefined || node.node.inputs[at.aZero] === undefined)) {
      this.aZero = gpu.memory.keep(Int32Array.from(aValues as ArrayLike<number>, (v) => v - shiftOf(this.aType)));
    }
    const b = known(at.b);
    const bZero = known(at.bZero);
    this.bZeroKnown = bZero !== undefined || node.node.inputs[at.bZero] === undefined;
    const shape = node.inputShape(at.b)!;
    const N = shape.length === 1 ? 1 : shape.at(at.transB ? -2 : -1);
    if (this.bZeroKnown) {
      const values = Array.from(bZero === undefined ? [0] : unpack(bZero), (v) => v - shiftOf(this.bType));
      const count = typeof N === 'number' ? pad(N) : undefined;
      if (values.some((v) => v !== 0)) {
        if (count !== undefined) this.bZeroKept = gpu.memory.keep(Int32Array.from({ length: count }, (_, n) => values[values.length === 1 ? 0 : Math.min(n, values.length - 1)]));
        else this.bZeroKnown = false;
      }
    }
    if (b !== undefined && this.bZeroKnown) {
      this.bDims = b.dims;
      const { matrices, K, N: columns } = rightShape(b.dims, at.transB);
      const packed = gpu.memory.reserve(matrices * Math.ceil(K / 16) * pad(columns) * 16), sums = gpu.memory.reserve(matrices * pad(columns) * 4);
      const raw = gpu.memory.upload(b, false);
      this.packInto(raw, packed, sums);
      raw.dispose();
      this.right = { packed, sums, zeros: this.bZeroKept };
    } else taken.delete(at.b);
    if (!this.bZeroKnown) taken.delete(at.bZero);
    this.taken = taken;
  }

  private packInto(b: Tensor, packed: Tensor | Block, sums: Tensor | Block): void {
    const { matrices, K, N } = rightShape(b.dims, this.at.transB);
    const unsigned = this.bType === 'uint8';
    const steps = this.at.transB ? [1, K] : [N, 1];
    this.gpu.run(this.gpu.program(`pack right ${unsigned}`, () => packRight(unsigned)), [b, packed, sums], [N, K, pad(N), ...steps], [Math.ceil(pad(N) / 64), matrices]);
  }

  /** int32 zero points of `count` columns from a tensor on the device. */
  private zeros(t: Tensor, count: number): Tensor {
    const type = t.type as 'uint8' | 'int8';
    const program = this.gpu.mapProgram(`zero points ${type}`, () => ({
      label: 'zero points', inputs: { x: type }, output: 'int32', params: ['size', 'shift:i32'],
      code: 'fn value(i: u32) -> i32 { return i32(x_at(min(i, p.size - 1u))) - p.shift; }',
    }));
    return this.gpu.map(program, [t], this.gpu.scratch('int32', [count]), [t.size, shiftOf(type)]);
  }

  /** The dims of the product, M, N and K. */
  shape(a: Tensor, b: Tensor | undefined): { readonly dims: readonly number[]; readonly M: number; readonly N: number; readonly K: number } {
    const bDims = this.bDims ?? b!.dims;
    const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims, right = bDims.length === 1 ? [...bDims, 1] : bDims;
    if (a.dims.length === 0 || bDims.length === 0) fail('E_SHAPE', 'a matrix product needs operands of rank 1 or more', { found: 'a scalar' });
    const [M, K] = this.at.transA ? [left.at(-1)!, left.at(-2)!] : [left.at(-2)!, left.at(-1)!];
    const [K2, N] = this.at.transB ? [right.at(-1)!, right.at(-2)!] : [right.at(-2)!, right.at(-1)!];
    if (K !== K2) fail('E_SHAPE', 'the inner dimensions of a matrix product differ', { found: `${describeShape(a.dims)} and ${describeShape(bDims)}` });
    const batch = broadcastDims(left.slice(0, -2), right.slice(0, -2));
    return { dims: [...batch, ...(a.dims.length > 1 ? [M] : []), ...(bDims.length > 1 ? [N] : [])], M, N, K };
  }

  /** y = ending of the sums. */
  run([a, b, aZero, bZero]: Operands, y: Tensor, ending: Ending): void {
    const { gpu, at } = this;
    const shape = this.shape(a, b);
    const { N, K } = shape;
    if (y.size === 0) return;
    const made: Tensor[] = [];
    const make = (t: Tensor): Tensor => {
      made.push(t);
      return t;
    };
    let right = this.right;
    const bDims = this.bDims ?? b!.dims;
    if (right === undefined) {
      const { matrices } = rightShape(bDims, at.transB);
      const packed = make(gpu.scratch('uint32', [matrices * Math.ceil(K / 16) * pad(N) * 4])), sums = make(gpu.scratch('int32', [matrices * pad(N)]));
      this.packInto(b!, packed, sums);
      right = { packed, sums, zeros: this.bZeroKept ?? (this.bZeroKnown ? undefined : make(this.zeros(bZero!, pad(N)))) };
    }
    const zero = this.aZero ?? aZero!;
    const aZeros = this.aZero === undefined ? aZero!.size : this.aZeros;
    const direct = !at.transA && K % 4 === 0;
    const leftDims = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
    const [rows, columns] = leftDims.slice(-2);
    const matrices = a.size / (rows * columns);
    const aWords = Math.ceil(K / 4);
    const unsigned = this.aType === 'uint8';
    let left = a;
    if (!direct) {
      left = make(gpu.scratch('uint32', [matrices * shape.M * aWords]));
      gpu.run(gpu.program(`pack left ${unsigned}`, () => packLeft(unsigned)), [a, left], [shape.M, K, ...(at.transA ? [1, columns] : [columns, 1])], [Math.ceil(aWords / 64), shape.M, matrices]);
    }
    const batch = batches(leftDims.slice(0, -2), bDims.slice(0, -2), shape.M * aWords, bDims.length <= 2);
    const M = shape.M * batch.rows;
    const { finish } = ending;
    const form: IntegerForm = { aUnsigned: direct && unsigned, aVectors: aWords % 4 === 0, yVectors: N % 4 === 0, aZero: this.aZero === undefined ? (aZero!.type as 'uint8' | 'int8') : 'int32', bZeros: right.zeros !== undefined, finish, c: ending.c !== undefined };
    const key = JSON.stringify(form);
    const [cRow, cColumn] = ending.c === undefined ? [0, 0] : broadcastStrides(ending.c.dims, [M, N]);
    const [point, low, high] = ending.range ?? [0, 0, 0];
    const params = [M, N, K, pad(N), aWords, batch.dims[1], batch.dims[2], ...batch.a, ...batch.b, aZeros === 1 ? 0 : 1, ending.aScaleStep ?? 0, cRow, cColumn, point, low, high];
    const count = sizeOf(batch.dims);
    storeWith(gpu, y, finish.kind === 'codes' && N % 4 !== 0 ? 'int32' : y.type, (out) => {
      const operands = [left, right.packed, right.sums, zero, ...(right.zeros ? [right.zeros] : []), ...(ending.c ? [ending.c] : []), ...ending.operands, out];
      if (M <= 4) {
        gpu.run(gpu.program(`thin integers ${M} ${key}`, () => thinIntegers(form, M)), operands, params, [Math.ceil(N / 32), 1, count]);
        return;
      }
      const t = M <= 16 ? 1 : M <= 32 || Math.ceil(M / 64) * Math.ceil(N / 64) * count < 128 ? 2 : 4;
      gpu.run(gpu.program(`integers ${t} ${key}`, () => tiledIntegers(form, t)), operands, params, [Math.ceil(N / 64), Math.ceil(M / (16 * t)), count]);
    });
    for (const t of made) t.dispose();
  }
}

export const pad = (n: number): number => Math.ceil(n / 4) * 4;

function rightShape(dims: readonly number[], transposed = false): { matrices: number; K: number; N: number } {
  const full = dims.length === 1 ? [...dims, 1] : dims;
  const [r, c] = full.slice(-2);
  return { matrices: sizeOf(full.slice(0, -2)), K: transposed ? c : r, N: transposed ? r : c };
}

/** The batch as three axes, with the distance of matrices in A (words) and B (matrices). One B for all makes more rows of it instead. */
function batches(a: readonly number[], b: readonly number[], aWords: number, single: boolean): { rows: number; dims: number[]; a: number[]; b: number[] } {
  if (single) return { rows: sizeOf(a), dims: [1, 1, 1], a: [0, 0, 0], b: [0, 0, 0] };
  const batch = broadcastDims(a, b);
  const front = <T>(list: readonly T[], by: T): T[] => [...new Array<T>(3 - list.length).fill(by), ...list];
  return {
    rows: 1, dims: front(batch, 1), a: front(broadcastStrides(a, batch).map((s) => s * aWords), 0), b: front(broadcastStrides(b, batch), 0),
  };
}

/** Where a node's inputs are read: those of `taken` nowhere, those of `host` on the host. */
export function readsOf(node: PlacedNode, taken: ReadonlySet<number>, host: readonly number[] = []): readonly InputLocation[] {
  return node.node.inputs.map((_, i) => (taken.has(i) ? 'anywhere' : host.includes(i) ? 'host' : 'device'));
}

/**
 * float32 values on the device, one for each of `count` columns: kept when they are constant, else made at every run. `values` gives them from
 * parameters on the host.
 */
export class Columns {
  private readonly gpu: WebgpuSession;
  private kept: Block | undefined;
  private readonly constant: boolean;

  constructor(gpu: WebgpuSession, constant: boolean) {
    this.gpu = gpu;
    this.constant = constant;
  }

  with<T>(make: () => Float32Array, use: (columns: Block | Tensor) => T): T {
    if (this.constant) return use((this.kept ??= this.gpu.memory.keep(make())));
    const values = make();
    const columns = this.gpu.memory.upload(new Tensor('float32', values, [values.length]), false);
    const result = use(columns);
    columns.dispose();
    return result;
  }
}

/** A parameter of one value, or of one for each of `count` columns, spread over `count` and what fills the last vector. */
export function spread(parameter: Tensor, count: number, name: string, by: (value: number) => number = (v) => v): Float32Array {
  const values = unpack(parameter);
  if (values.length !== 1 && values.length !== count) {
    fail('E_SHAPE', `${name} must be one value, or one for each of the columns`, { arg: { kind: 'input', name }, expected: `1 or ${count} values`, found: describeShape(parameter.dims) });
  }
  return Float32Array.from({ length: pad(count) }, (_, n) => by(values[values.length === 1 ? 0 : Math.min(n, count - 1)]));
}
