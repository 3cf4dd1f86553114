/** Runs one node on constants: how the optimizer folds, through the providers of the session. */
import { fail, NotLoaded } from '../errors.ts';
import type { Node } from '../graph/index.ts';
import type { Limits } from '../model/limits.ts';
import { Tensor, type Value } from '../tensor/index.ts';
import { Budget } from './memory.ts';
import { placedNode, placeNode } from './placement.ts';
import { locate } from './program.ts';
import type { ExecutionProvider, KernelContext, Outputs } from './provider.ts';

/**
 * The outputs of a node for constant inputs, or undefined when only asynchronous providers or kernels take it. Nodes with subgraphs
 * are not evaluated. Throws what the kernel throws, with the node named, and `NotLoaded`.
 */
export function evaluateNode(
  node: Node, inputs: readonly (Value | undefined)[], providers: readonly ExecutionProvider[], limits: Limits,
): Outputs | undefined {
  const synchronous = providers.filter((p) => !p.async);
  if (synchronous.length === 0 || node.subgraphs().length > 0) return undefined;
  const budget = new Budget(limits.tensorBytes, limits.runBytes);
  const context: KernelContext = {
    output: (_, dtype, dims) => budget.allocate(dtype, dims),
    scratch: (dtype, dims) => budget.allocate(dtype, dims),
    admit: (dtype, dims) => budget.admit(dtype, dims),
    view: (_, input: Tensor, dims) => new Tensor(input.type, input.data, dims),
    wants: (index) => node.outputs[index] !== undefined,
    runSubgraph: () => [],
    release() {},
    checkAbort() {},
    random: () => Math.random,
  };
  try {
    const { provider } = placeNode(node, synchronous);
    if (provider.loaded?.(node.key) === false) throw new NotLoaded(`the kernel of ${node.key}`, () => loadKernel(provider, node.key));
    const kernel = provider.prepare(placedNode(node));
    return kernel.async ? undefined : (kernel(inputs, context) as Outputs);
  } catch (error) {
    throw error instanceof NotLoaded ? error : locate(error, node);
  }
}

async function loadKernel(provider: ExecutionProvider, operator: string): Promise<void> {
  await provider.load?.(new Set([operator]));
  if (provider.loaded?.(operator) === false) fail('E_EP', `${provider.name} has no kernel of ${operator}`);
}
