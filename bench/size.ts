/** What a package weighs: installed, and downloaded by a page. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRequire } from 'node:module';
import { shipped } from '../src/cli/package.ts';
import { summarize } from './measure.ts';
import type { Result } from './result.ts';

const require = createRequire(import.meta.url);

/** Bytes of all files below a path. */
function bytesBelow(path: string): number {
  const stat = statSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0) : stat.size;
}

const packageFolder = (name: string): string => shipped('node_modules', name);

/** A package and all that npm installs for it. */
function installed(name: string, seen = new Set<string>()): number {
  if (seen.has(name)) return 0;
  seen.add(name);
  const folder = packageFolder(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
  return bytesBelow(folder) + Object.keys(dependencies).filter((d) => existsSync(packageFolder(d))).reduce((sum, d) => sum + installed(d, seen), 0);
}

/** The same for this package: its `files`, and its dependencies. */
function ownInstalled(): number {
  const { files, dependencies } = JSON.parse(readFileSync(shipped('package.json'), 'utf8')) as { files: string[]; dependencies: Record<string, string> };
  const seen = new Set<string>();
  return files.filter((f) => existsSync(shipped(f))).reduce((sum, f) => sum + bytesBelow(shipped(f)), 0) + Object.keys(dependencies).reduce((sum, d) => sum + installed(d, seen), 0);
}

/** What a page fetches before it has a model: the bundle and what it imports statically, with the WebAssembly inside. */
function bundled(file: string, seen = new Set<string>()): Uint8Array[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const code = readFileSync(file);
  return [code, ...[...code.toString().matchAll(/(?:from|import)\s*["'`](\.[^"'`]+)/g)].flatMap(([, next]) => bundled(join(dirname(file), next), seen))];
}

const row = (name: string, shape: string): Result['row'] => ({ name, kernel: 'size', shape, types: 'bytes', unit: 'bytes' });

export function measureSizes(): Result[] {
  const absent: { contender: string; reason: string }[] = [];
  const entries = (list: readonly (readonly [string, () => number])[]): Result['timings'] => {
    const found: Result['timings'][number][] = [];
    for (const [contender, bytes] of list) {
      try {
        found.push(summarize(contender, [bytes()]));
      } catch (error) {
        absent.push({ contender, reason: (error as Error).message.split('\n')[0] });
      }
    }
    return found;
  };
  const own = (): Uint8Array[] => bundled(shipped('dist', 'browser', 'nibble-onnx.js'));
  const web = (): Uint8Array[] => {
    const folder = dirname(require.resolve('onnxruntime-web/wasm'));
    return ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'].map((f) => readFileSync(join(folder, f)));
  };
  const gzipped = (parts: readonly Uint8Array[]): number => parts.reduce((sum, p) => sum + gzipSync(p).length, 0);
  const whole = (parts: readonly Uint8Array[]): number => parts.reduce((sum, p) => sum + p.length, 0);
  return [
    { row: row('package, installed by npm', 'package and dependencies'), absent, timings: entries([['wasm', ownInstalled], ['ort-web', () => installed('onnxruntime-web')], ['ort-node', () => installed('onnxruntime-node')]]) },
    { row: row('package, in a page', 'minified, before a model'), absent: [], timings: entries([['wasm', () => whole(own())], ['ort-web', () => whole(web())]]) },
    { row: row('package, in a page, gzipped', 'minified, before a model'), absent: [], timings: entries([['wasm', () => gzipped(own())], ['ort-web', () => gzipped(web())]]) },
    {
      row: row('package, WebAssembly alone', 'all modules'), absent: [],
      timings: entries([
        ['wasm', () => readdirSync(shipped('kernels', 'wasm', 'generated')).filter((f) => f.endsWith('.wasm')).reduce((sum, f) => sum + statSync(shipped('kernels', 'wasm', 'generated', f)).size, 0)],
        ['ort-web', () => web()[1].length],
      ]),
    },
  ];
}
