/** Under a strict content security policy every entry loads and runs, and the browser reports no violation. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { findCases } from '../../conformance/case.ts';
import { runCase } from '../../conformance/run-case.ts';
import { EXAMPLE, ISOLATION } from '../../examples/browser/server.ts';
import { FULL } from '../full.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';
import { CONFIGURATIONS, STRICT } from './configurations.ts';
import { pageRuntime, type PageGlobals } from './runtime.ts';

declare const globalThis: PageGlobals;

const FOLDERS = { '/test/': 'test/browser/page', '/dist/': 'dist/browser', '/cases/': 'models/digits' };

describe.skipIf(CHROMIUM === undefined)('a strict page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test.each(CONFIGURATIONS.filter((c) => FULL || c.slow !== true))('$name', async ({ providers, entries, headers }) => {
    const site = await visit(browser, '/test/', FOLDERS, { ...headers, ...STRICT });
    const runtime = await pageRuntime(site.page, 'models/digits', providers, entries);
    const [digits] = findCases(['models/digits'], /^qdq_u8s8$/);
    expect(await runCase(digits, runtime, { level: 'all' })).toMatchObject({ status: 'passed' });
    expect(site.complaints).toEqual([]);
    await site.close();
  });

  test('the core alone, with a provider of one\'s own', async () => {
    const site = await visit(browser, '/test/', FOLDERS, STRICT);
    const found = await site.page.evaluate(async (url) => {
      const { availableProviders, InferenceSession, registerProvider } = await globalThis.bring<typeof import('../../src/index.ts')>(url);
      const before = availableProviders();
      registerProvider({
        name: 'zeros',
        create: () => ({
          name: 'zeros', async: false, supports: () => true, dispose() {},
          prepare: () => (_, context) => [context.output(0, 'float32', [1, 10])],
        }),
      });
      const session = await InferenceSession.create('/cases/fp32/model.onnx', { executionProviders: ['zeros'] });
      return { before, providers: [...new Set(session.explain().nodes.map((n) => n.provider))] };
    }, '/dist/core.js');
    expect(found).toEqual({ before: [], providers: ['zeros'] });
    expect(site.complaints).toEqual([]);
    await site.close();
  });

  test('the example page writes text', async () => {
    const policy = `${STRICT['Content-Security-Policy']}; style-src 'self'; img-src 'self'`;
    const site = await visit(browser, '/', EXAMPLE, { ...ISOLATION, 'Content-Security-Policy': policy });
    await site.page.waitForSelector('body[data-ready=wasm]');
    await site.page.click('#write');
    await site.page.waitForFunction(() => document.getElementById('text')!.textContent!.includes('global_stmt'));
    expect(site.complaints).toEqual([]);
    await site.close();
  });
});

test.skipIf(CHROMIUM === undefined)('a violation is noticed', async () => {
  const browser = await launch();
  const site = await visit(browser, '/test/', FOLDERS, STRICT);
  await site.page.evaluate(() => {
    const image = document.createElement('img');
    image.src = 'data:,';
    document.body.append(image);
    return new Promise((resolve) => image.addEventListener('error', resolve));
  });
  expect(site.complaints.join()).toContain('Content Security Policy');
  await site.close();
  await browser.close();
});
