import { fail } from '../errors.ts';
import { formatTensor } from './format.ts';
import { dtypeInfo, isDType, storageLength, type DType, type TypedArray } from './dtype.ts';

export type TensorData = TypedArray | string[];
export type TensorLocation = 'cpu' | 'gpu-buffer' | 'none';

/** Elements in the memory of a device, behind a tensor whose `location` is `gpu-buffer`. */
export interface DeviceBuffer {
  /** The memory it lies in, compared by identity: a kernel can read it only where this is its own provider's. */
  readonly memory: object;
  readonly byteLength: number;
  /** Copies the elements to the host: into this array, of their type and number, or into a new one. */
  download(into?: TypedArray): Promise<TypedArray>;
  /** Lets go of this handle; the memory is free when no handle (no view of the same elements) is left. */
  dispose(): void;
}

const DEVICE = Symbol('tensor without elements on the host');

/**
 * A dense tensor: element type, dimensions, and row-major data. Same names as onnxruntime-common's `Tensor`, with
 * every ONNX element type. Packed types (int4, uint4, int2, uint2, float4e2m1) hold their elements low bits first.
 *
 *     new Tensor('float32', [1, 2, 3, 4], [2, 2])
 *     new Tensor(Float32Array.of(1, 2), [2])
 *
 * The array is taken as it is, not copied. Throws `E_INPUT` when type, data and dimensions do not fit together.
 */
export class Tensor {
  readonly type: DType;
  readonly dims: readonly number[];
  /** Number of elements (not of array entries). */
  readonly size: number;
  private array: TensorData | undefined;
  private device: DeviceBuffer | undefined;
  private read: (() => TypedArray) | undefined;

  constructor(type: DType, data: TensorData | readonly unknown[] | typeof DEVICE, dims?: readonly number[]);
  constructor(data: TensorData | readonly unknown[], dims?: readonly number[]);
  constructor(
    a: DType | TensorData | readonly unknown[],
    b?: TensorData | readonly unknown[] | typeof DEVICE | readonly number[],
    c?: readonly number[],
  ) {
    const typed = typeof a === 'string';
    const source = (typed ? b : a) as TensorData | readonly unknown[] | typeof DEVICE;
    const type = typed ? a : inferType(source);
    const dims = (typed ? c : b) as readonly number[] | undefined;
    if (!isDType(type)) fail('E_INPUT', `${JSON.stringify(type)} is not an ONNX element type`);
    this.type = type;
    this.device = undefined;
    this.read = undefined;
    if (source === DEVICE) {
      this.array = undefined;
      this.dims = checkDims(dims ?? []);
      this.size = sizeOf(this.dims);
      return;
    }
    if (source === undefined || source === null || typeof source !== 'object') {
      fail('E_INPUT', `no data given for a ${type} tensor`, { expected: 'an array', found: String(source) });
    }
    const array = toBackingArray(type, source);
    this.array = array;
    this.dims = dims === undefined ? [array.length / dtypeInfo(type).perElement] : checkDims(dims);
    this.size = sizeOf(this.dims);
    const need = storageLength(type, this.size);
    if (array.length !== need) {
      fail('E_INPUT', `the data of a ${type} tensor does not fit its dimensions`, {
        expected: `${need} array entries for dims [${this.dims.join(', ')}]`, found: `${array.length}`,
      });
    }
  }

  /** A tensor that lives on a device: `data` throws until `getData()` has brought it to the host. */
  static onDevice(type: DType, dims: readonly number[], device: DeviceBuffer): Tensor {
    const tensor = new Tensor(type, DEVICE, dims);
    tensor.device = device;
    return tensor;
  }

  /** A tensor whose elements are read when somebody wants them, from where they can be read again. */
  static stored(type: DType, dims: readonly number[], read: () => TypedArray): Tensor {
    const tensor = new Tensor(type, DEVICE, dims);
    tensor.read = read;
    return tensor;
  }

  /** The backing array. Throws `E_INPUT` when the tensor lives on a device or was disposed. */
  get data(): TensorData {
    return (this.array ??= this.read?.()) ?? fail('E_INPUT', `the data of this tensor is not on the CPU (location: ${this.location})`, {
      hint: 'await tensor.getData()',
    });
  }

  /** Lets go of elements that can be read again; others stay. */
  unload(): void {
    if (this.read !== undefined) this.array = undefined;
  }

  get location(): TensorLocation {
    return this.array !== undefined || this.read !== undefined ? 'cpu' : this.device !== undefined ? 'gpu-buffer' : 'none';
  }

  /** The device memory, for the provider that owns it. */
  get deviceBuffer(): DeviceBuffer | undefined {
    return this.device;
  }

  /** The backing array, downloaded first when the tensor lives on a device; `releaseData` frees the device's copy. */
  async getData(releaseData = false): Promise<TensorData> {
    if (this.array === undefined && this.device !== undefined) this.array = await this.device.download();
    if (releaseData && this.array !== undefined) {
      this.device?.dispose();
      this.device = undefined;
    }
    return this.data;
  }

  /** Frees device memory, and lets go of the host array. */
  dispose(): void {
    this.device?.dispose();
    this.device = undefined;
    this.array = undefined;
    this.read = undefined;
  }

  /** Type, dimensions and elements, packed types unpacked: `int4[2, 2] [[-8, 7], [0, 1]]`; long tensors are cut off. */
  toString(): string {
    return formatTensor(this);
  }

  /** What Node's console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The same data under other dimensions of the same size. */
  reshape(dims: readonly number[]): Tensor {
    if (sizeOf(checkDims(dims)) !== this.size) {
      fail('E_INPUT', 'reshape must keep the number of elements', {
        expected: `${this.size}`, found: `[${dims.join(', ')}] = ${sizeOf(dims)}`,
      });
    }
    return new Tensor(this.type, this.data, dims);
  }
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  for (const d of dims) size *= d;
  return size;
}

function checkDims(dims: readonly number[]): readonly number[] {
  for (const d of dims) {
    if (!Number.isSafeInteger(d) || d < 0) fail('E_INPUT', 'a dimension must be a non-negative integer', { found: `[${dims.join(', ')}]` });
  }
  if (!Number.isSafeInteger(sizeOf(dims))) fail('E_LIMIT', 'the element count overflows', { found: `[${dims.join(', ')}]` });
  return dims;
}

function inferType(data: unknown): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof BigUint64Array) return 'uint64';
  if (Array.isArray(data) && typeof data[0] === 'string') return 'string';
  if (Array.isArray(data) && typeof data[0] === 'boolean') return 'bool';
  return fail('E_INPUT', 'the element type cannot be inferred from the data', { hint: "give it: new Tensor('float32', data, dims)" });
}

/** Typed arrays of the right class pass through; plain arrays of numbers, bigints, booleans or strings are converted. */
function toBackingArray(type: DType, source: TensorData | readonly unknown[]): TensorData {
  const { array } = dtypeInfo(type);
  if (array === undefined) {
    if (!Array.isArray(source) || source.some((s) => typeof s !== 'string')) fail('E_INPUT', 'a string tensor needs an array of strings');
    return source as string[];
  }
  if (source instanceof array) return source;
  // Uint8Array stands for any 8-bit or packed storage, as in onnxruntime-common.
  if (ArrayBuffer.isView(source) && !(source instanceof DataView) && array.BYTES_PER_ELEMENT === 1 && (source as Uint8Array).BYTES_PER_ELEMENT === 1) {
    return new (array as Uint8ArrayConstructor)(source.buffer as ArrayBuffer, source.byteOffset, (source as Uint8Array).length);
  }
  if (!Array.isArray(source)) {
    fail('E_INPUT', `a ${type} tensor cannot be backed by this array`, { expected: array.name, found: source.constructor.name });
  }
  try {
    if (array === BigInt64Array) return BigInt64Array.from(source as (number | bigint)[], BigInt);
    if (array === BigUint64Array) return BigUint64Array.from(source as (number | bigint)[], BigInt);
    return (array as Float32ArrayConstructor).from(source as number[], Number);
  } catch (cause) {
    return fail('E_INPUT', `the data does not convert to ${type}`, { cause });
  }
}
