/** The pages that the command and the docs give, as a browser shows them: no complaint, nothing beside the screen, controls that work. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { reportHtml } from '../../bench/report/html.ts';
import type { Timing } from '../../bench/result.ts';
import { KERNEL_ROWS } from '../../bench/rows/index.ts';
import { html } from '../../src/cli/graph-html.ts';
import { picturesOf } from '../../src/cli/graph-picture.ts';
import { InferenceSession } from '../../src/main.ts';
import { diffGraphs, summarize } from '../../src/passes/index.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';

const FOLDER = '.tmp/pages';

/** Elements that reach beyond the right edge of the window, outside of what scrolls. */
const beyond = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(FOLDER, { recursive: true });
  });

  test('docs/scoreboard.html', async () => {
    const { page, complaints, close } = await visit(browser, '/scoreboard.html', { '/': 'docs' });
    expect(await beyond(page)).toBeLessThanOrEqual(0);
    await page.fill('#filter', 'ort-node:wrong');
    const shown = Number(await page.textContent('#shown'));
    expect(shown).toBeGreaterThan(0);
    expect(await page.locator('details:visible').count()).toBe(shown);
    expect(complaints).toEqual([]);
    await close();
  });

  test('nibble diff --format html: both graphs on the screen, and a way to what changed', async () => {
    const [before, after] = await Promise.all((['disabled', 'all'] as const).map(async (graphOptimizationLevel) =>
      summarize((await InferenceSession.create('models/digits/qdq_u8s8/model.onnx', { graphOptimizationLevel })).model.graph)));
    writeFileSync(`${FOLDER}/diff.html`, html('digits', picturesOf(diffGraphs(before, after), ['before', 'after']), ''));
    const { page, complaints, close } = await visit(browser, '/diff.html', { '/': FOLDER });
    expect(await beyond(page)).toBeLessThanOrEqual(0);
    const sections = await page.locator('section').evaluateAll((all) => all.map((s) => s.getBoundingClientRect()).map((r) => r.right <= innerWidth && r.bottom <= innerHeight));
    expect(sections).toEqual([true, true]);
    await page.click('a.key.added');
    expect(await page.locator('#added rect').evaluate((rect) => {
      const { top, left } = rect.getBoundingClientRect();
      return top > 0 && top < innerHeight && left > 0 && left < innerWidth;
    })).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  test('nibble bench --html', async () => {
    const timing = (contender: string, median: number): Timing => ({ contender, median, min: median, quartiles: [median, median], samples: 9, difference: 0 });
    const results = KERNEL_ROWS.slice(0, 3).map(({ make: _, ...row }) => ({ row, timings: [timing('cpu', 90), timing('wasm simd128', 4), timing('ort-web', 5)], absent: [] }));
    const ceilings = { 'i16 dot': 80, 'i8 dot': NaN, 'i32 dot': NaN, 'f32 mul+add': 40, 'f32 madd': NaN, read: 20, write: 10 };
    writeFileSync(`${FOLDER}/bench.html`, reportHtml({ machine: { node: 'any' }, date: '2026-01-01', ceilings, results }));
    const { page, complaints, close } = await visit(browser, '/bench.html', { '/': FOLDER });
    expect(await beyond(page)).toBeLessThanOrEqual(0);
    expect(await page.locator('svg:visible').count()).toBeGreaterThan(2);
    expect(complaints).toEqual([]);
    await close();
  });
});
