// Bundles the entries for browsers into dist/browser/: ES modules that need nothing else. The optimizer, scalar kernels, image codecs
// and the encoder are chunks of their own, which a page fetches when a model needs them.
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { escapeChunks } from './ascii.mjs';
import { entriesOf } from './entries.mjs';
import { everydayModules } from './everyday.mjs';
import { halves } from './halves.mjs';
import { kernelText } from './kernel-text.mjs';

const TARGET = 'dist/browser';
const entries = entriesOf('browser', TARGET);
const WORKER = '../generated/worker.js';
const { resolve } = createRequire(import.meta.url);

/** Leaves out what browsers have no use for. */
const lean = {
  name: 'lean',
  resolveId: (id) => (['fs', 'path'].includes(id) ? '\0empty' : undefined), // in branches for Node
  load: (id) => (id === '\0empty' ? 'export {}' : undefined),
  transform(code, id) {
    // Before imports are followed, so that those of Node's branches are not.
    if (code.includes('host.ts')) code = code.replace(/import \{ isNode \} from '.*?host.ts';/, 'const isNode = false;');
    // The script of the wasm provider's threads stands beside the chunk that starts them.
    if (code.includes(WORKER)) code = code.replaceAll(WORKER, './worker.js');
    // The sentences of contracts and passes are for those who read the source, and for docs/.
    if (/src\/(ops|passes)\//.test(id)) code = code.replace(/\bdoc: '(?:[^'\\]|\\.)*'/g, "doc: ''");
    return code;
  },
};

/** What every entry shares. Without this group, each set of modules with the same users would be a file of its own. */
function isCore(id) {
  return /^\/src\/(?!main\.ts|webgpu\.ts|gpu\.ts|text\/|optimizing\.ts|passes\/|model\/(save|encode))/.test(local(id)) || PASS_TOOLS.test(local(id));
}
/** What passes of the user's own are written with. The rest of that room, the optimizer, is loaded beside a model. */
const PASS_TOOLS = /^\/src\/passes\/(index|pass|pattern|diff|snapshot|settings|support\/constants)\.ts/;
const local = (id) => id.replaceAll('\\', '/').replace(process.cwd(), '');

rmSync(TARGET, { recursive: true, force: true });
const options = {
  input: entries,
  platform: 'browser',
  tsconfig: false,
  external: /^node:/, // looked for below
  logLevel: 'warn',
  checks: { sourcemapBroken: false },
  plugins: [kernelText, halves, lean],
};
const everyday = await everydayModules(options);
const bundle = await rolldown(options);
// A group takes along what its modules import, so what others share with it comes before them.
const groups = [
  { name: 'core', test: (id) => isCore(id) && everyday.has(id) },
  { name: 'optimizer', test: (id) => /^\/src\/(optimizing\.ts|passes\/)/.test(local(id)) && everyday.has(id) },
  { name: 'wasm', test: (id) => /^\/kernels\/wasm\//.test(local(id)) && everyday.has(id) },
  { name: 'other-operators', test: (id) => /^\/src\/ops\//.test(local(id)) },
  { name: 'other-passes', test: (id) => /^\/src\/passes\//.test(local(id)) },
  { name: 'other-adapters', test: (id) => /^\/kernels\/wasm\//.test(local(id)) },
];
const { output } = await bundle.write({
  dir: TARGET, format: 'esm', minify: true, comments: { legal: true, annotation: false, jsdoc: false }, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: { groups },
});
escapeChunks(TARGET, output);
for (const { fileName, code } of output) {
  if (!code?.includes('`./worker.js`')) continue;
  const worker = await rolldown({ input: 'kernels/wasm/threads/worker.ts', platform: 'browser', tsconfig: false, logLevel: 'warn', plugins: [lean] });
  await worker.write({ file: `${TARGET}/${dirname(fileName)}/worker.js`, format: 'esm', minify: true });
}
copyFileSync(resolve('@jsquash/webp/codec/dec/webp_dec.wasm'), `${TARGET}/chunks/webp_dec.wasm`);

const chunks = new Map(output.filter((o) => o.type === 'chunk').map((chunk) => [chunk.fileName, chunk]));
for (const { fileName, code } of chunks.values()) {
  const builtin = code.match(/(?:from|import\(?)\s*["'`](node:[^"'`]+)/);
  if (builtin !== null) throw new Error(`${fileName} imports ${builtin[1]}, which browsers do not have`);
}
if (process.env.npm_config_loglevel !== 'silent') { // `npm start` and `npm test` build without a word
  for (const name of Object.keys(entries)) show(`${TARGET}/${name}.js`, [...closure(`${name}.js`)]);
  show('with the first model: the optimizer', named('optimizer'));
  show('with the models that need them: contracts, passes, wasm adapters', ['operators', 'passes', 'adapters'].flatMap((what) => named(`other-${what}`)));
  const scalar = readdirSync('kernels/cpu').flatMap((family) => named(family).flatMap((file) => [...closure(file)]));
  const main = closure('nibble-onnx.js');
  show('with the models that need them: scalar kernels, all', [...new Set(scalar)].filter((file) => !main.has(file)));
}

/** Chunks made from a module or folder of this name. */
function named(name) {
  return [...chunks.values()].filter((chunk) => chunk.name === name && !chunk.isEntry).map((chunk) => chunk.fileName);
}

function show(what, files) {
  const code = files.map((file) => chunks.get(file).code);
  const raw = code.reduce((sum, c) => sum + Buffer.byteLength(c), 0);
  const gzip = code.reduce((sum, c) => sum + gzipSync(c, { level: 9 }).length, 0);
  console.log(`${what}  ${kb(raw)} minified, ${kb(gzip)} gzip`);
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
