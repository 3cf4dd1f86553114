/** Imports point one way: which room may look into which. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** Rooms in the order of the longest matching path, each with the rooms its files may import from. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': [],
  'src/host.ts': [],
  'src/numeric': ['src/errors.ts'],
  'src/tensor': ['src/errors.ts', 'src/numeric'],
  'src/graph': ['src/errors.ts', 'src/tensor'],
  'src/ops': ['src/errors.ts', 'src/tensor', 'src/numeric', 'src/graph'],
  'src/model': ['src/errors.ts', 'src/tensor', 'src/numeric', 'src/graph', 'src/ops', 'proto'],
  'src/passes': ['src/errors.ts', 'src/tensor', 'src/numeric', 'src/graph', 'src/ops'],
  'src/runtime': ['src/errors.ts', 'src/host.ts', 'src/tensor', 'src/graph', 'src/ops', 'src/passes', 'src/model/limits.ts'],
  'src/download.ts': ['src/errors.ts'],
  'src/options.ts': ['src/errors.ts', 'src/download.ts', 'src/tensor', 'src/passes', 'src/runtime'],
  'src/check-options.ts': ['src/errors.ts', 'src/host.ts', 'src/options.ts'],
  'src/feeds.ts': ['src/errors.ts', 'src/graph', 'src/options.ts', 'src/tensor'],
  'src/source.ts': ['src/errors.ts', 'src/download.ts', 'src/host.ts', 'src/model', 'src/options.ts'],
  'src/optimizing.ts': ['src/errors.ts', 'src/graph', 'src/ops', 'src/model', 'src/passes', 'src/runtime', 'src/options.ts'],
  'src/checking.ts': ['src/graph', 'src/model', 'src/options.ts', 'src/tensor'],
  'src/session.ts': ['src/check-options.ts', 'src/feeds.ts', 'src/checking.ts', 'src/optimizing.ts', 'src/errors.ts', 'src/host.ts', 'src/tensor', 'src/graph', 'src/ops', 'src/model', 'src/passes', 'src/runtime', 'src/options.ts', 'src/source.ts'],
  'src/everything.ts': ['src/ops', 'src/passes'],
  'src/text': ['src/errors.ts', 'src/tensor', 'src/runtime', 'src/options.ts', 'src/session.ts'],
  'src/index.ts': ['src'],
  'src/main.ts': ['src', 'kernels'],
  'src/gpu.ts': ['src', 'kernels'],
  'src/webgpu.ts': ['src', 'kernels'],
  'src/cli': ['src', 'kernels', 'conformance', 'bench', 'models'],
  'kernels/cpu': ['src/errors.ts', 'src/host.ts', 'src/tensor', 'src/numeric', 'src/ops', 'src/graph', 'src/runtime/provider.ts'],
  'kernels/wasm': ['src/errors.ts', 'src/host.ts', 'src/tensor', 'src/numeric', 'src/ops', 'src/graph', 'src/runtime/provider.ts'],
  'kernels/gpu': ['src/errors.ts', 'src/host.ts', 'src/tensor', 'src/numeric', 'src/ops', 'src/graph', 'src/runtime/provider.ts'],
  'kernels/webgpu': ['src/errors.ts', 'src/host.ts', 'src/tensor', 'src/numeric', 'src/ops', 'src/graph', 'src/runtime/provider.ts'],
};

function* sources(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'assembly') yield* sources(path);
    } else if (path.endsWith('.ts') && !path.endsWith('.test.ts')) yield path;
  }
}

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS).filter((r) => path === r || path.startsWith(`${r}/`)).sort((a, b) => b.length - a.length)[0];
}

test('imports point one way', () => {
  const wrong: string[] = [];
  for (const file of [...sources('src'), ...sources('kernels')]) {
    const room = roomOf(file);
    if (room === undefined) continue;
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const target = normalize(join(dirname(file), specifier));
      const within = [room, ...ROOMS[room]].some((r) => target === r || target.startsWith(`${r}/`));
      if (!within) wrong.push(`${file} -> ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('only the numeric room rounds half up or narrows by hand', () => {
  const wrong = [...sources('kernels/cpu')].filter((f) => /Math\.round\(/.test(readFileSync(f, 'utf8')));
  expect(wrong).toEqual([]);
});
