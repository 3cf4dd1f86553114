/** The browser that tests drive: an installed Chromium, headless. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serve, type Server } from '../../examples/browser/server.ts';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** Where a Chromium is installed. */
export const CHROMIUM = PLACES.find((path) => path !== undefined && existsSync(path));

/** WebGPU on SwiftShader, so that the GPU providers run on machines without a GPU. */
const FLAGS = ['--no-sandbox', '--disable-background-networking', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: FLAGS });
}

export interface Site {
  readonly page: Page;
  readonly server: Server;
  /** What the page complained about: errors, unhandled rejections, refused resources. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Serves folders and opens a page of them. */
export async function visit(
  browser: Browser, path: string, folders: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = await serve({ folders, headers });
  const page = await browser.newPage();
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 })); // asked for unasked
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(server.url + path);
  return {
    page, server, complaints,
    async close() {
      await page.close();
      await server.close();
    },
  };
}
