// Builds dist/: the TypeScript sources, the static protobuf code that they import, and the browser bundles.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';

const run = (bin, ...args) => execFileSync(process.execPath, [bin, ...args], { stdio: 'inherit' });

run('scripts/build-wasm.mjs');
mkdirSync('dist/proto', { recursive: true });
run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
for (const file of ['onnx.js', 'onnx.d.ts']) cpSync(`proto/${file}`, `dist/proto/${file}`);
for (const file of ['worker.js', 'simd128.wasm', 'relaxed.wasm']) cpSync(`kernels/wasm/generated/${file}`, `dist/kernels/wasm/generated/${file}`);
run('scripts/build-node.mjs');
run('scripts/build-browser.mjs');
