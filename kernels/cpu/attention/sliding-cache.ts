/**
 * A cache that holds only the newest rows of a sequence (`sliding_window_cache`).
 *
 * Rows lie at [0, end). New rows are appended at `end`; only when they do not fit any more are old ones dropped from the
 * front, gap = capacity - window + 1 at a time, so that most steps move nothing. `end` follows from the length of the
 * sequence alone, which keeps the operator free of state:
 *
 *     end(n) = n                                                   while n <= capacity
 *     end(n) = n - gap * ceil((n - capacity) / gap)                after that
 *
 * Causal and window masks depend on distances only, so attention over the resident rows equals attention over all.
 */
import { clearRows, copyRows, newCache, sharesMemory, writeRows, type Cache } from './kv-cache.ts';
import type { Heads } from './heads.ts';

export function residentRows(length: number, capacity: number, window: number): number {
  if (length <= capacity) return length;
  const gap = capacity - window + 1;
  return length - gap * Math.ceil((length - capacity) / gap);
}

/** Rows of a sample before and after a step. */
export interface SlidingStep {
  readonly before: number;
  readonly after: number;
}

export function slidingStep(pastLength: number, added: number, capacity: number, window: number): SlidingStep {
  return { before: residentRows(pastLength, capacity, window), after: residentRows(pastLength + added, capacity, window) };
}

/**
 * The resident rows followed by the new ones, for attention to read; and present, which keeps the last `after` of them.
 * Returns the former.
 */
export function slide(past: Cache, present: Cache, x: Heads, added: number, steps: readonly SlidingStep[]): Cache {
  const all = newCache(past, Math.max(...steps.map((s) => s.before)) + added);
  steps.forEach(({ before, after }, b) => {
    copyRows(all, 0, past, 0, b, before);
    writeRows(all, before, x, b, added);
    copyRows(present, 0, all, before + added - after, b, after);
    if (!sharesMemory(past, present)) clearRows(present, after, b);
  });
  return all;
}
