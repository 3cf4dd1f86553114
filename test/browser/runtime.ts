/** The built bundle in a page, as a runtime that the conformance runner can judge. */
import { relative } from 'node:path';
import type { Page } from 'playwright-core';
import type { Slot } from '../../conformance/case.ts';
import type { Runtime } from '../../conformance/runtime.ts';
import { OnnxError, type OnnxErrorCode } from '../../src/errors.ts';
import type { ProviderRequest, SessionOptions } from '../../src/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { fromPlain, toPlain, type Plain } from './page/values.js';

interface Failed {
  readonly error: { readonly name: string; readonly code?: OnnxErrorCode; readonly message: string };
}

interface Loaded {
  readonly id: number;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  readonly nodes: readonly { readonly operator: string; readonly provider: string }[];
}

/** What page/page.js puts into the page. */
export interface PageGlobals {
  bring<T>(url: string): Promise<T>;
  open(entries: readonly string[]): Promise<void>;
  load(model: string, options: SessionOptions): Promise<Loaded | Failed>;
  run(id: number, feeds: Readonly<Record<string, Plain | undefined>>): Promise<{ readonly outputs: Record<string, Plain | undefined> } | Failed>;
  release(id: number): Promise<void>;
}
declare const globalThis: PageGlobals;

export interface PageRuntime extends Runtime {
  /** Nodes that each provider ran, over all models so far. */
  readonly placed: ReadonlyMap<string, number>;
}

/**
 * `folder` is what the page's server shows as `/cases/`; `entries` are URLs of bundles to import. A provider of the list that cannot
 * start fails the case: what is tested is that provider.
 */
export async function pageRuntime(page: Page, folder: string, providers: readonly ProviderRequest[], entries: readonly string[]): Promise<PageRuntime> {
  await page.evaluate((urls) => globalThis.open(urls), entries);
  const placed = new Map<string, number>();
  return {
    name: `nibble in a page (${JSON.stringify(providers)})`,
    version: page.context().browser()!.version(),
    placed,
    async load(modelPath, { level }) {
      const options: SessionOptions = { executionProviders: providers, graphOptimizationLevel: level };
      const url = `/cases/${relative(folder, modelPath)}`;
      const model = succeeded(await page.evaluate(([u, o]) => globalThis.load(u, o), [url, options] as const));
      if (model.unavailable.length > 0) throw new Error(`provider ${model.unavailable[0].name} did not start: ${model.unavailable[0].reason}`);
      for (const { provider } of model.nodes) placed.set(provider, (placed.get(provider) ?? 0) + 1);
      return {
        inputs: model.inputs,
        outputs: model.outputs,
        operators: [...new Set(model.nodes.map((n) => n.operator))],
        async run(feeds) {
          const { outputs } = succeeded(await page.evaluate(([id, f]) => globalThis.run(id, f), [model.id, mapValues(feeds, toPlain)] as const));
          return mapValues(outputs, (plain) => fromPlain(plain, Tensor));
        },
        release: () => page.evaluate((id) => globalThis.release(id), model.id),
      };
    },
  };
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function succeeded<T extends object>(answer: T | Failed): T {
  if (!('error' in answer)) return answer;
  const { name, code, message } = answer.error;
  throw code === undefined ? new Error(`${name}: ${message}`) : new OnnxError(code, message, {});
}
