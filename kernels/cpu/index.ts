/**
 * The scalar provider: each operator as the specification's plain loops. It is the reference the other providers are
 * tested against, and the last in every priority list.
 */
import { fail } from '../../src/errors.ts';
import type { ExecutionProvider, ProviderFactory } from '../../src/runtime/provider.ts';
import { loadedKernel, loadFamilies } from './families.ts';

export const cpu: ProviderFactory = {
  name: 'cpu',
  create(): ExecutionProvider {
    return {
      name: 'cpu',
      async: false,
      supports: () => true, // every contract has a scalar kernel
      load: loadFamilies,
      loaded: (operator) => loadedKernel(operator) !== undefined,
      prepare: (placed) => {
        const kernel = loadedKernel(placed.node.key) ?? fail('E_EP', `the scalar kernel of ${placed.node.key} is not loaded`, { node: placed.node.ref });
        return kernel.prepare(placed);
      },
      dispose() {},
    };
  },
};
