import type { OpContract } from '../../src/ops/define.ts';
import type { InputLocation, Inputs, Kernel, KernelContext, Outputs, PlacedNode } from '../../src/runtime/provider.ts';
import type { DType } from '../../src/tensor/index.ts';
import type { GpuEngine } from './engine.ts';

/** An adapter: an operator's arguments to calls of kernels. */
export interface GpuAdapter {
  readonly op: OpContract;
  /** `true`, or why this node is left to the next provider. Decided from types, attributes and constants. */
  readonly supports: (node: PlacedNode) => true | string;
  readonly prepare: (node: PlacedNode, gpu: GpuEngine) => Kernel;
  /** Where inputs are read; on the device where nothing is said. */
  readonly reads?: readonly (InputLocation | undefined)[];
}

/** Binds a contract to its adapter, with the input tuple typed as for scalar kernels. */
export function adapt<I extends Inputs>(
  op: OpContract, supports: (node: PlacedNode) => true | string,
  prepare: (node: PlacedNode, gpu: GpuEngine) => (inputs: I, context: KernelContext) => Outputs | Promise<Outputs>,
  reads?: readonly (InputLocation | undefined)[],
): GpuAdapter {
  return {
    op, supports,
    prepare: (node, gpu) => Object.assign(prepare(node, gpu) as Kernel, reads === undefined ? {} : { reads }),
  };
}

/** Types whose values float32 holds exactly. */
export const HELD: readonly DType[] = ['float32', 'float16', 'uint8', 'int8', 'uint16', 'int16', 'bool', 'int4', 'uint4', 'int2', 'uint2'];

/** The usual refusal: an element type other than these. */
export function onlyTypes(node: PlacedNode, index: number, types: readonly DType[]): true | string {
  const type = node.inputType(index);
  return type !== undefined && types.includes(type) ? true : `input ${index} is ${type ?? 'of unknown type'}, not ${types.join(' or ')}`;
}

export const present = (node: PlacedNode, index: number): boolean => node.node.inputs[index] !== undefined;

/** The first reason of a list of verdicts, or true. */
export function all(...verdicts: readonly (true | string)[]): true | string {
  return verdicts.find((v) => v !== true) ?? true;
}
