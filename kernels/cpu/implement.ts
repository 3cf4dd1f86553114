import type { OpContract } from '../../src/ops/define.ts';
import type { Inputs, Kernel, KernelContext, Outputs, PlacedNode } from '../../src/runtime/provider.ts';

/** A scalar kernel: for which operator, and how a node of it is prepared. */
export interface CpuKernel {
  readonly op: OpContract;
  readonly prepare: (node: PlacedNode) => Kernel;
}

/**
 * Binds a contract to its kernel. `prepare` reads attributes once and returns the function that runs; the tuple type
 * names the inputs, with `?` on optional ones.
 *
 *     export const relu = implement(contracts.relu, () => ([x]: [Tensor], ctx) => [...]);
 */
export function implement<I extends Inputs>(
  op: OpContract, prepare: (node: PlacedNode) => ((inputs: I, context: KernelContext) => Outputs | Promise<Outputs>) & Pick<Kernel, 'async'>,
): CpuKernel {
  return { op, prepare: prepare as CpuKernel['prepare'] };
}
