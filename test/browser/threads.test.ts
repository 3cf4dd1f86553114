/** Threads of the wasm provider in pages: in isolated ones under a strict policy, and the reason where there are none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { ISOLATION } from '../../examples/browser/server.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';

const FOLDERS = { '/test/': 'test/browser/page', '/dist/': 'dist/browser', '/models/': 'models' };
const POLICY = { 'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'" };

/** See page/threads.js. */
const digits = (page: Page, numThreads: number): Promise<{ logits: number[][]; description: string }> =>
  page.evaluate(`import('/test/threads.js').then((module) => module.digits(${numThreads}))`);

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test('an isolated page: workers from a file of the same origin, and the results of one thread', async () => {
    const site = await visit(browser, '/test/', FOLDERS, { ...ISOLATION, ...POLICY });
    const [one, three] = [await digits(site.page, 1), await digits(site.page, 3)];
    expect(site.complaints).toEqual([]);
    expect(site.page.workers().map((w) => new URL(w.url()).pathname)).toEqual(['/dist/chunks/worker.js', '/dist/chunks/worker.js']);
    expect(three.description).toContain('3 threads');
    for (const logits of [...one.logits, ...three.logits]) expect(logits).toEqual(one.logits[0]);
    await site.close();
  });

  test('a page that is not isolated: one thread, and why', async () => {
    const site = await visit(browser, '/test/', FOLDERS, POLICY);
    const { description } = await digits(site.page, 3);
    expect(description).toContain('1 thread: the page is not cross-origin isolated');
    expect(site.page.workers()).toEqual([]);
    await site.close();
  });

  test('a policy that forbids workers: one thread, and why', async () => {
    const policy = { 'Content-Security-Policy': POLICY['Content-Security-Policy'].replace("worker-src 'self'", "worker-src 'none'") };
    const site = await visit(browser, '/test/', FOLDERS, { ...ISOLATION, ...policy });
    const { logits, description } = await digits(site.page, 2);
    expect(description).toContain('1 thread: ');
    expect(logits[29]).toEqual(logits[0]);
    await site.close();
  });
});
