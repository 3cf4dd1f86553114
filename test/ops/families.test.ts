/** Contracts and scalar kernels mirror each other, folder by folder: the cpu provider loads a family by its contracts. */
import { expect, test } from 'vitest';
import { loadedKernel, loadFamilies } from '../../kernels/cpu/families.ts';
import { FAMILIES } from '../../src/ops/families.ts';
import { familyOf, OPS } from '../../src/ops/registry.ts';

test.each(FAMILIES)('every contract of %s has a scalar kernel in the folder of the same name', async (family) => {
  const contracts = [...OPS.keys()].filter((key) => familyOf(key) === family);
  await loadFamilies([contracts[0]]);
  expect(contracts.filter((key) => loadedKernel(key)?.op !== OPS.get(key))).toEqual([]);
});
