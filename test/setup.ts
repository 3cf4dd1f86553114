import { CHROMIUM } from './browser/chromium.ts';
import { sharedSuites } from './shared.ts';

/** Says once what the machine lacks, so that a skipped test is never a surprise. */
export function setup(): void {
  if (sharedSuites() === undefined) console.warn('public suites not found beside the project: their cases are skipped');
  if (CHROMIUM === undefined) console.warn('no Chromium is installed (or named by the variable CHROMIUM): tests in a browser are skipped');
}
