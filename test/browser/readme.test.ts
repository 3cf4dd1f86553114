/** The README's page in Chromium, on each provider. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { ISOLATION } from '../../examples/browser/server.ts';
import { FULL } from '../full.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';
import { CONFIGURATIONS } from './configurations.ts';

const FOLDER = '.tmp/readme-page';
const page = readFileSync('README.md', 'utf8').split('<!-- example: browser -->')[1].match(/```html\n([\s\S]*?)```/)![1];
/** What onnxruntime wrote, too: see models/tiny-llm/greedy.json. */
const TEXT = /^\n\*{20}\n\n {3}global_stmt ::= "global" identifier \("," identifier\)\*\n/;

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${FOLDER}/index.html`, page);
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(FOLDER, { recursive: true });
  });

  const names = CONFIGURATIONS.map((c) => c.providers[0]).filter((p) => typeof p === 'string');
  test.each(FULL ? names : ['wasm'])('the page of the README on %s', async (provider) => {
    const site = await visit(browser, `/?provider=${provider}`, { '/': FOLDER, '/nibble-onnx/': '.' }, ISOLATION);
    const progress = await site.page.waitForFunction(() => {
      const { value, position } = document.querySelector('progress')!;
      return position > 0 ? value : undefined;
    });
    expect(await progress.jsonValue()).toBeLessThanOrEqual(1);
    await site.page.waitForFunction(() => document.title === 'done', undefined, { timeout: 120_000 });
    expect(await site.page.textContent('#digit')).toBe('a 0');
    expect(await site.page.textContent('#text')).toMatch(TEXT);
    expect(site.complaints).toEqual([]);
    await site.close();
  }, 150_000);
});
