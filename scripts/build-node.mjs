// Bundles the entries for Node into dist/node/: a few files start several times faster than the several hundred modules of dist/src. The
// optimizer, scalar kernels and other providers stay chunks of their own, loaded when they are needed.
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { rolldown } from 'rolldown';
import { escapeChunks } from './ascii.mjs';
import { entriesOf } from './entries.mjs';
import { everydayModules } from './everyday.mjs';
import { halves } from './halves.mjs';
import { kernelText } from './kernel-text.mjs';

const TARGET = 'dist/node';
/** What stands beside the chunk that reads it: the compiled kernels, and the script of their threads. */
const BESIDE = 'kernels/wasm/generated';
const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Engines read it faster. Functions and classes keep their names, for stack traces. */
const SHORT = { compress: false, mangle: { keepNames: { function: true, class: true } }, codegen: { removeWhitespace: true } };

/** What is small and always needed goes in; everything else is imported from where npm puts it. */
const BUNDLED = ['protobufjs', 'long', '@protobufjs/*', 'fflate'];
const packages = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).filter((name) => !BUNDLED.includes(name));

// All are bundled together: a provider registers itself in the registry that sessions read.
const entries = entriesOf('default', TARGET);
rmSync(TARGET, { recursive: true, force: true });
const options = {
  input: entries,
  platform: 'node',
  tsconfig: false,
  external: (id) => id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`)),
  logLevel: 'warn',
  checks: { sourcemapBroken: false, ineffectiveDynamicImport: false }, // what every session needs is one file, however it is imported
  plugins: [kernelText, halves, { name: 'beside', transform: (code, id) => (id.includes('wasm') ? code.replaceAll(/(?<=new URL\(['`])\.{1,2}\/generated\//g, './') : undefined) }],
};
const everyday = await everydayModules(options);
const bundle = await rolldown(options);
/** What every session needs, the optimizer too: each file more costs the loader about a millisecond. */
const isCore = (id) => (everyday.has(id) && local(id) !== '/src/main.ts') || isScalar(id);
/** What models of other operators need. */
const isOther = (id) => /^\/(src\/(ops|passes)|kernels\/wasm)\//.test(local(id));
/** Scalar kernels that nearly every model has, and what the others build on. */
const isScalar = (id) => /^\/kernels\/cpu\/(support\/|passive\/|\w+\.ts)/.test(local(id));
const local = (id) => id.replaceAll('\\', '/').replace(process.cwd(), '');
const { output } = await bundle.write({
  dir: TARGET, format: 'esm', minify: SHORT, comments: { legal: true, annotation: false, jsdoc: false }, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: { groups: [{ name: 'core', test: isCore }, { name: 'others', test: isOther }] },
});
escapeChunks(TARGET, output);
for (const { fileName, code } of output) {
  if (!code?.includes('./worker.js')) continue;
  for (const file of ['worker.js', 'simd128.wasm', 'relaxed.wasm']) copyFileSync(`${BESIDE}/${file}`, `${TARGET}/${dirname(fileName)}/${file}`);
}
