import type { OpContract } from '../../src/ops/define.ts';
import type { Inputs, Kernel, KernelContext, Outputs, PlacedNode } from '../../src/runtime/provider.ts';
import type { WasmRuntime } from './runtime.ts';

/** An adapter: an operator's arguments to calls of micro-kernels. */
export interface WasmAdapter {
  readonly op: OpContract;
  /** `true`, or why this node is left to the next provider. Decided from types, attributes and constants. */
  readonly supports: (node: PlacedNode) => true | string;
  readonly prepare: (node: PlacedNode, wasm: WasmRuntime) => Kernel;
}

/** Binds a contract to its adapter, with the input tuple typed as for scalar kernels. */
export function adapt<I extends Inputs>(
  op: OpContract, supports: (node: PlacedNode) => true | string,
  prepare: (node: PlacedNode, wasm: WasmRuntime) => (inputs: I, context: KernelContext) => Outputs,
): WasmAdapter {
  return { op, supports, prepare: prepare as WasmAdapter['prepare'] };
}

/** The usual refusal: an element type other than these. */
export function onlyTypes(node: PlacedNode, index: number, ...types: readonly string[]): true | string {
  const type = node.inputType(index);
  return type !== undefined && types.includes(type) ? true : `input ${index} is ${type ?? 'of unknown type'}, not ${types.join(' or ')}`;
}

/** The first reason of a list of verdicts, or true. */
export function all(...verdicts: readonly (true | string)[]): true | string {
  return verdicts.find((v) => v !== true) ?? true;
}
