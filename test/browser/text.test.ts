/** Language models in Chromium write what onnxruntime wrote, token by token. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import type { ProviderRequest } from '../../src/index.ts';
import { FULL } from '../full.ts';
import { sharedArchive } from '../shared.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';
import { CONFIGURATIONS } from './configurations.ts';
import type { PageGlobals } from './runtime.ts';

interface Recorded {
  readonly prompt_ids: readonly (readonly number[])[];
  readonly tokens: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** What page/text.js gives. */
interface Written {
  readonly written: readonly (readonly number[])[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly placed: Readonly<Record<string, number>>;
}

declare const globalThis: PageGlobals;

const shared = FULL ? sharedArchive('models', 'tiny-llm') : undefined;
const folder = shared === undefined ? 'models/tiny-llm' : join(shared, 'llm');
const recorded = JSON.parse(readFileSync(join(folder, 'greedy.json'), 'utf8')) as Recorded;
const variants = FULL ? Object.keys(recorded.tokens).filter((v) => existsSync(join(folder, v))) : ['genai_int4_b32_sym'];

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  describe.each(CONFIGURATIONS.filter((c) => (FULL ? c.prompts > 0 : c.name === 'wasm,cpu')))('$name', ({ name, providers, entries, headers, prompts }) => {
    test.each(variants)('%s', async (variant) => {
      const site = await visit(browser, '/test/', { '/test/': 'test/browser/page', '/dist/': 'dist/browser', '/llm/': folder }, headers);
      const wanted = recorded.tokens[variant].slice(0, FULL ? prompts : 1);
      const given = { entries, variant, providers: providers as ProviderRequest[], prompts: recorded.prompt_ids.slice(0, FULL ? prompts : 1), count: wanted[0].length };
      const { written, unavailable, placed } = await site.page.evaluate(async (g) => {
        const { tokens } = await globalThis.bring<{ tokens: (...a: unknown[]) => Promise<Written> }>('/test/text.js');
        return tokens(g.entries, '/llm', g.variant, g.providers, g.prompts, g.count);
      }, given);
      console.log(`${name}, ${variant}: nodes ${Object.entries(placed).map(([p, n]) => `${p} ${n}`).join(', ')}`);
      expect(unavailable).toEqual([]);
      expect(written).toEqual(wanted);
      expect(site.complaints).toEqual([]);
      await site.close();
    }, 300_000);
  });
});
