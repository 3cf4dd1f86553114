/** A fixed slice of `nibble fuzz --graphs`: generated graphs at every level on cpu and wasm. */
import { expect, it } from 'vitest';
import { runCampaign } from '../../conformance/fuzz/campaign.ts';
import { amount } from '../full.ts';

const GRAPHS = amount(15, 600);

it(`contracts hold on ${GRAPHS} generated graphs at every level on cpu and wasm`, { timeout: 600_000 }, async () => {
  const { failures, sessions, patches } = await runCampaign({ first: 1, graphs: GRAPHS, providers: ['cpu', 'wasm'] });
  expect(failures).toEqual([]);
  expect(sessions).toBe(GRAPHS * 8);
  expect(patches).toBeGreaterThan(GRAPHS * 10);
});
