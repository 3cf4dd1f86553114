/** A small static file server: folders under URL prefixes, with headers of your choice. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { AddressInfo } from 'node:net';

export interface ServerOptions {
  /** Folders by URL prefix, the longest prefix first to match: `{ '/': 'examples/browser', '/models/': 'models' }`. */
  readonly folders: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** 0, the default, takes any free port. */
  readonly port?: number;
}

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** Two headers make a page cross-origin isolated: only then browsers share memory between threads. */
export const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } as const;

/** What the example page is made of. */
export const EXAMPLE = { '/': 'examples/browser', '/dist/': 'dist/browser', '/models/': 'models' } as const;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.wasm': 'application/wasm',
};

export async function serve({ folders, headers = {}, port = 0 }: ServerOptions): Promise<Server> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const fileOf = (path: string): string | undefined => {
    const prefix = prefixes.find((p) => path.startsWith(p));
    if (prefix === undefined) return undefined;
    const below = normalize(`/${path.slice(prefix.length)}`); // no `..` leads out of a folder
    return join(folders[prefix], below.endsWith('/') ? `${below}index.html` : below);
  };
  const server = createServer((request, response) => {
    try {
      const file = fileOf(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
      const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
      if (file === undefined || !stats?.isFile()) return void response.writeHead(404, headers).end('not found');
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Length': stats.size });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(400, headers).end('bad request');
    }
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
