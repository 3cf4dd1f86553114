/** onnxruntime's WebAssembly CPU provider in Node, through onnxruntime-web, on one thread. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web/wasm';
import type { Runtime } from '../runtime.ts';
import { ortRuntime } from './ort.ts';

// The package does not export its package.json.
const root = join(dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/wasm'))), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

export const ortWeb: Runtime = ortRuntime('ort-web', version, ort);
