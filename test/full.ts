/**
 * How much of the long work a test does. `npm test` is the fast loop: fixed-seed slices and what this machine has. `npm run test:full`
 * (what CI runs) draws more, and drives a browser and a software GPU adapter.
 */
export const FULL = process.env.NIBBLE_TEST === 'full';

/** One of two amounts: of the fast loop, and of the full run. */
export function amount(fast: number, full: number): number {
  return FULL ? full : fast;
}
