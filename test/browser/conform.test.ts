/** Cases, networks and suites through the built bundle in Chromium, for each list of providers. */
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { findCases, type Case } from '../../conformance/case.ts';
import { runCase } from '../../conformance/run-case.ts';
import { FULL } from '../full.ts';
import { sharedArchive } from '../shared.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';
import { CONFIGURATIONS } from './configurations.ts';
import { pageRuntime } from './runtime.ts';

/** A folder of cases, every n-th of which the fast loop runs; none of it, when that is 0. */
interface Suite {
  readonly name: string;
  readonly folder: string | undefined;
  readonly every: number;
  readonly levels: readonly ('all' | 'disabled')[];
  readonly official?: true;
}

const SUITES: readonly Suite[] = [
  { name: 'the pack', folder: 'conformance/pack', every: 40, levels: ['all'] },
  { name: 'digits', folder: 'models/digits', every: 0, levels: ['all'] },
  { name: 'ort-public', folder: sharedArchive('suites', 'ort-public'), every: 0, levels: ['all', 'disabled'] },
  { name: 'nets-public', folder: sharedArchive('suites', 'nets-public'), every: 0, levels: ['all', 'disabled'] },
  { name: 'the official cases', folder: sharedArchive('suites', 'onnx-backend-1.23.1'), every: 0, levels: ['all'], official: true },
];
/** Pages that share the cases of a suite. */
const PAGES = FULL ? Math.min(4, availableParallelism()) : 1;

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  describe.each(CONFIGURATIONS.filter((c) => FULL || c.slow !== true))('$name', ({ name, providers, entries, headers, exceptions = [], official: takesOfficial }) => {
    for (const { name: suite, folder, every, levels } of SUITES.filter((s) => takesOfficial === true || s.official !== true)) {
      test.skipIf(folder === undefined || (every === 0 && !FULL)).each(FULL ? levels : levels.slice(0, 1))(`${suite} at level %s`, async (level) => {
        const cases = findCases([folder!]).filter((_, i) => FULL || i % every === 0);
        const waiting = [...cases];
        const placed = new Map<string, number>();
        const failures: string[] = [];
        await Promise.all(Array.from({ length: PAGES }, async () => {
          const site = await visit(browser, '/test/', { '/test/': 'test/browser/page', '/dist/': 'dist/browser', '/cases/': folder! }, headers);
          const runtime = await pageRuntime(site.page, folder!, providers, entries);
          for (let next: Case | undefined; (next = waiting.shift()) !== undefined;) {
            const result = await runCase(next, runtime, { level }, exceptions.find((e) => e.cases.test(next!.name)));
            if (result.status === 'failed') failures.push(`${result.name}: ${result.failure!.message}`);
          }
          for (const [provider, nodes] of runtime.placed) placed.set(provider, (placed.get(provider) ?? 0) + nodes);
          failures.push(...site.complaints);
          await site.close();
        }));
        console.log(`${name}, ${suite} at level ${level}: ${cases.length} cases; nodes ${[...placed].map(([p, n]) => `${p} ${n}`).join(', ')}`);
        expect(failures).toEqual([]);
        expect(cases.length).toBeGreaterThan(0);
        const [first] = providers;
        expect(placed.get(typeof first === 'string' ? first : first.name) ?? 0).toBeGreaterThan(0);
      }, 600_000);
    }
  });
});
