// Bundles the entries for browsers into dist/browser/: ES modules that need nothing else. Scalar kernels, image codecs and the encoder
// are chunks of their own, which a page fetches when its models need them.
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** Entries by file name, as package.json exports them under the condition `browser`. */
const ENTRIES = {
  'nibble-onnx': 'src/main.ts',
  core: 'src/index.ts',
  webgpu: 'src/webgpu.ts',
};
const TARGET = 'dist/browser';
const { resolve } = createRequire(import.meta.url);

/** Leaves out what browsers have no use for. */
const lean = {
  name: 'lean',
  resolveId: (id) => (id === 'fs' || id === 'path' ? { id: '\0empty', external: false } : undefined), // of Emscripten's branch for Node
  load: (id) => (id === '\0empty' ? 'export {}' : undefined),
  transform(code, id) {
    // Before imports are followed, so that those of Node's branches are not.
    if (code.includes('host.ts')) return code.replace(/import \{ isNode \} from '.*?host.ts';/, 'const isNode = false;');
    // The sentences of contracts and passes are for those who read the source, and for docs/.
    if (/src\/(ops|passes)\//.test(id)) return code.replace(/\bdoc: '(?:[^'\\]|\\.)*'/g, "doc: ''");
  },
};

/** What every entry shares. Without this group, each set of modules with the same users would be a file of its own. */
function isCore(id) {
  return /^\/src\/(?!main\.ts|webgpu\.ts|gpu\.ts|model\/(save|encode))/.test(id.replaceAll('\\', '/').replace(process.cwd(), ''));
}

rmSync(TARGET, { recursive: true, force: true });
const bundle = await rolldown({
  input: ENTRIES,
  platform: 'browser',
  tsconfig: false,
  external: /^node:/, // looked for below
  logLevel: 'warn',
  checks: { sourcemapBroken: false },
  plugins: [lean],
});
const { output } = await bundle.write({
  dir: TARGET, format: 'esm', minify: true, comments: { legal: true, annotation: false, jsdoc: false }, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: { groups: [{ name: 'core', test: isCore }] },
});
copyFileSync(resolve('@jsquash/webp/codec/dec/webp_dec.wasm'), `${TARGET}/chunks/webp_dec.wasm`);

const chunks = new Map(output.filter((o) => o.type === 'chunk').map((chunk) => [chunk.fileName, chunk]));
for (const { fileName, code } of chunks.values()) {
  const builtin = code.match(/(?:from|import\(?)\s*["'`](node:[^"'`]+)/);
  if (builtin !== null) throw new Error(`${fileName} imports ${builtin[1]}, which browsers do not have`);
}
for (const name of Object.keys(ENTRIES)) {
  const code = [...closure(`${name}.js`)].map((file) => chunks.get(file).code);
  const raw = code.reduce((sum, c) => sum + Buffer.byteLength(c), 0);
  const gzip = code.reduce((sum, c) => sum + gzipSync(c, { level: 9 }).length, 0);
  console.log(`${TARGET}/${name}.js  ${kb(raw)} minified, ${kb(gzip)} gzip`);
}

/** A chunk and what it imports statically: what a page fetches before it has a model. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const next of chunks.get(file).imports) if (chunks.has(next)) closure(next, seen);
  return seen;
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
