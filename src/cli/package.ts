/** Where this package lies, and its version. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const manifest = require.resolve('nibble-onnx/package.json');

export const { version } = require(manifest) as { version: string };

/** A file or folder that the package ships. */
export const shipped = (...path: string[]): string => join(dirname(manifest), ...path);
