import { readFile } from 'node:fs/promises';
import type { ReadExternal } from '../source.ts';
import type { Limits } from './limits.ts';

export async function openModel(path: string, _limits: Limits): Promise<{ bytes: Uint8Array; readExternal: ReadExternal | undefined }> {
  return { bytes: await readFile(path), readExternal: undefined };
}
