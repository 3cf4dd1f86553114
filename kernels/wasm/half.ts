/** float16 through float32: operands are widened, the float32 kernel runs, results are rounded once. */
import type { Inputs, Kernel, KernelContext, Outputs, PlacedNode } from '../../src/runtime/provider.ts';
import { sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';
import { f16ToF32 } from '../../src/numeric/index.ts';
import type { WasmAdapter } from './implement.ts';
import { align, type WasmRuntime } from './runtime.ts';

/** The same adapter for nodes of float16 too, where the scalar provider computes in float32 and rounds results once. */
export function alsoHalf(adapter: WasmAdapter): WasmAdapter {
  const isHalf = (node: PlacedNode): boolean => node.node.inputs.some((_, i) => node.inputType(i) === 'float16');
  return {
    op: adapter.op,
    supports: (node) => adapter.supports(isHalf(node) ? widened(node) : node),
    prepare: (node, wasm) => (isHalf(node) ? throughFloat(adapter, node, wasm) : adapter.prepare(node, wasm)),
  };
}

const widerType = (type: DType | undefined): DType | undefined => (type === 'float16' ? 'float32' : type);

/** The node as if its float16 were float32. */
function widened(node: PlacedNode): PlacedNode {
  const constants = new Map<Tensor, Tensor>();
  return {
    ...node, inputType: (i) => widerType(node.inputType(i)), outputType: (i) => widerType(node.outputType(i)),
    constant: (i) => {
      const tensor = node.constant(i);
      if (tensor?.type !== 'float16') return tensor;
      let wide = constants.get(tensor);
      if (wide === undefined) constants.set(tensor, (wide = new Tensor('float32', Float32Array.from(tensor.data as Uint16Array, f16ToF32), tensor.dims)));
      return wide;
    },
  };
}

function throughFloat(adapter: WasmAdapter, node: PlacedNode, wasm: WasmRuntime): Kernel {
  const wide = widened(node);
  const kernel = adapter.prepare(wide, wasm);
  const constants = node.node.inputs.map((_, i) => (node.inputType(i) === 'float16' ? wide.constant(i) : undefined));
  for (const constant of constants) if (constant !== undefined) wasm.keepConstant(constant);
  const attempt = (inputs: Inputs, ctx: KernelContext): Outputs => {
    const addresses: number[] = [];
    const floats = (dims: readonly number[]): Tensor => {
      const size = sizeOf(dims);
      const { buffer, byteOffset } = wasm.arena.allocate(4 * size);
      addresses.push(byteOffset);
      return new Tensor('float32', new Float32Array(buffer as ArrayBuffer, byteOffset, size), dims);
    };
    try {
      const operands = inputs.map((x, i) => {
        if (constants[i] !== undefined) return constants[i];
        if (!(x instanceof Tensor) || x.type !== 'float16') return x;
        const y = floats(x.dims);
        wasm.begin(wasm.outside(x));
        wasm.kernels.simd.f16_to_f32(wasm.input(x), addresses.at(-1)!, x.size);
        return y;
      });
      const context: KernelContext = Object.assign(Object.create(ctx) as KernelContext, {
        output: (index: number, dtype: DType, dims: readonly number[]) =>
          (dtype === 'float32' && node.outputType(index) === 'float16' ? floats(dims) : ctx.output(index, dtype, dims)),
      });
      const results = kernel(operands, context) as Outputs;
      return results.map((y, i) => (y instanceof Tensor && y.type === 'float32' && node.outputType(i) === 'float16' ? narrowed(wasm, ctx, i, y) : y));
    } finally {
      for (const address of addresses) wasm.arena.free(address);
    }
  };
  return (inputs, ctx) => {
    // A memory that is not shared detaches its views when it grows: then the widened operands are made once more.
    for (;;) {
      const { epoch } = wasm.arena;
      try {
        const results = attempt(inputs, ctx);
        if (wasm.arena.epoch === epoch) return results;
      } catch (error) {
        if (wasm.arena.epoch === epoch) throw error;
      }
    }
  };
}

function narrowed(wasm: WasmRuntime, ctx: KernelContext, index: number, x: Tensor): Tensor {
  wasm.begin(align(2 * x.size));
  const y = wasm.output(ctx, index, 'float16', x.dims);
  wasm.kernels.simd.f32_to_f16(wasm.input(x), y.ptr, x.size);
  return y.done();
}
