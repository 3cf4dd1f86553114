/** onnxruntime's native CPU provider, through onnxruntime-node. */
import { createRequire } from 'node:module';
import * as ort from 'onnxruntime-node';
import type { Runtime } from '../runtime.ts';
import { ortRuntime } from './ort.ts';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

export const ortNode: Runtime = ortRuntime('ort-node', version, ort);
