import type { OpContract } from '../../src/ops/define.ts';
import type { Inputs, Kernel, KernelContext, Outputs, PlacedNode } from '../../src/runtime/provider.ts';
import type { WebgpuSession } from './runtime/session.ts';

/** An adapter: an operator's arguments to dispatches of shaders. */
export interface WebgpuAdapter {
  readonly op: OpContract;
  /** `true`, or why this node is left to the next provider. Decided from types, attributes and constants. */
  readonly supports: (node: PlacedNode) => true | string;
  readonly prepare: (node: PlacedNode, gpu: WebgpuSession) => Kernel;
}

/** Binds a contract to its adapter, with the input tuple typed as for scalar kernels; `reads` says where inputs are read. */
export function adapt<I extends Inputs>(
  op: OpContract, supports: (node: PlacedNode) => true | string,
  prepare: (node: PlacedNode, gpu: WebgpuSession) => (inputs: I, context: KernelContext) => Outputs | Promise<Outputs>,
  reads?: Kernel['reads'],
): WebgpuAdapter {
  return {
    op, supports,
    prepare: (node, gpu) => {
      const kernel = prepare(node, gpu) as Kernel;
      return reads === undefined ? kernel : Object.assign(kernel, { reads });
    },
  };
}

/** The usual refusal: an element type other than these. An input that is absent is no reason. */
export function onlyTypes(node: PlacedNode, index: number, ...types: readonly string[]): true | string {
  if (node.node.inputs[index] === undefined) return true;
  const type = node.inputType(index);
  return type !== undefined && types.includes(type) ? true : `input ${index} is ${type ?? 'of unknown type'}, not ${types.join(' or ')}`;
}

/** The first reason of a list of verdicts, or true. */
export function all(...verdicts: readonly (true | string)[]): true | string {
  return verdicts.find((v) => v !== true) ?? true;
}
